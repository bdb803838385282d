"""Reading search filters from RFC 4515 text, as administrators write them."""

from __future__ import annotations

import re

from app.directory.filters import (
    Equals,
    Extensible,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Present,
    Substrings,
    all_of,
    any_of,
)

_ITEM = re.compile(
    r"(?P<attribute>(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)(?:;[A-Za-z0-9-]+)*)"
    r"(?:(?::(?P<rule>[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+):=)|(?P<operator>>=|<=|~=|=))(?P<value>[^()\0]*)",
    re.ASCII,
)
_HEX = re.compile(rb"\\([0-9A-Fa-f]{2})")
_LONE_BACKSLASH = re.compile(r"\\(?![0-9A-Fa-f]{2})")
_MAX_DEPTH = 50


class InvalidFilterText(ValueError):
    """The text is not a search filter."""


def parse_filter(text: str) -> Filter:
    """Read a filter.

    Raises:
        InvalidFilterText: if the text is not one.
    """
    reader = _Reader(text.strip())
    node = reader.filter(depth=0)
    if reader.at != len(reader.text):
        raise reader.error("the end")
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def filter(self, *, depth: int) -> Filter:
        if depth > _MAX_DEPTH:
            raise self.error(f"at most {_MAX_DEPTH} levels")
        self._expect("(")
        node = self._body(depth + 1)
        self._expect(")")
        return node

    def error(self, expected: str) -> InvalidFilterText:
        return InvalidFilterText(
            f"{self.text!r} is not a search filter: expected {expected} at {self.at + 1}"
        )

    def _body(self, depth: int) -> Filter:
        match self.text[self.at : self.at + 1]:
            case "&":
                return all_of(self._operands(depth))
            case "|":
                return any_of(self._operands(depth))
            case "!":
                self.at += 1
                return Not(self.filter(depth=depth))
            case _:
                return self._item()

    def _operands(self, depth: int) -> list[Filter]:
        self.at += 1
        operands = []
        while self.text[self.at : self.at + 1] == "(":
            operands.append(self.filter(depth=depth))
        return operands

    def _item(self) -> Filter:
        found = _ITEM.match(self.text, self.at)
        if not found:
            raise self.error("attribute=value")
        attribute, rule, operator, value = found.group("attribute", "rule", "operator", "value")
        lone = _LONE_BACKSLASH.search(value)
        self.at = found.start("value") + (lone.start() if lone else 0)
        if lone:
            raise self.error("two hexadecimal digits after the backslash")
        if operator == "=":
            node = self._equality(attribute, value)
        else:
            node = self._assertion(attribute, rule or operator, value)
        self.at = found.end()
        return node

    def _assertion(self, attribute: str, rule: str, value: str) -> Filter:
        if "*" in value:
            raise self.error("no * (written as \\2a)")
        match rule:
            case ">=":
                return GreaterOrEqual(attribute, _unescaped(value))
            case "<=":
                return LessOrEqual(attribute, _unescaped(value))
            case "~=":
                raise self.error("another operator than ~=")
            case _:
                return Extensible(attribute, rule, _unescaped(value))

    def _equality(self, attribute: str, value: str) -> Filter:
        if value == "*":
            return Present(attribute)
        if "**" in value:
            raise self.error("no two * in a row")
        initial, *others = value.split("*")
        if not others:
            return Equals(attribute, _unescaped(initial))
        *middle, final = others
        return Substrings(
            attribute,
            _unescaped(initial) or None,
            tuple(_unescaped(part) for part in middle),
            _unescaped(final) or None,
        )

    def _expect(self, character: str) -> None:
        if self.text[self.at : self.at + 1] != character:
            raise self.error(repr(character))
        self.at += 1


def _unescaped(value: str) -> bytes:
    return _HEX.sub(lambda found: bytes.fromhex(found.group(1).decode()), value.encode())
