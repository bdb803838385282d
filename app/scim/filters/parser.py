"""Read filters and PATCH paths (RFC 7644 §3.4.2.2 and §3.5.2).

Precedence is grouping, ``not``, ``and``, ``or``. Whether the attributes exist is left to ``resolve``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Final, get_args

from app.scim.errors import InvalidFilter
from app.scim.filters.lexer import Token, tokens
from app.scim.filters.nodes import (
    And,
    ComparedValue,
    Comparison,
    Filter,
    Not,
    Operator,
    Or,
    Present,
    ValuePath,
)
from app.scim.path import AttributePath, MalformedPath, parse_path

MAX_LENGTH: Final = 65_536
MAX_DEPTH: Final = 32

_OPERATORS: Final[dict[str, Operator]] = {name: name for name in get_args(Operator)}
_CONSTANTS: Final[dict[str, ComparedValue]] = {"true": True, "false": False, "null": None}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,400})(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
# An attribute, an operator, and a string that means what it says: nothing escaped, no character that may not be in it.
_COMPARISON: Final = re.compile(
    '\\s*([^\\s()\\[\\]"]+)\\s+([A-Za-z]{2})\\s*"([^"\\\\\\x00-\\x1f\ud800-\udfff]*)"\\s*'
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def parse(text: str, *, max_length: int = MAX_LENGTH, max_depth: int = MAX_DEPTH) -> Filter:
    """Read a filter. Raises InvalidFilter with the column."""
    simple = _comparison(text) if len(text) <= max_length else None
    if simple is not None:
        return simple
    parser = _Parser(text, max_length=max_length, max_depth=max_depth)
    condition = parser.alternatives()
    parser.finish()
    return condition


def parse_target(
    text: str, *, max_length: int = MAX_LENGTH, max_depth: int = MAX_DEPTH
) -> tuple[str, Filter | None, str | None]:
    """Read ``attribute[filter].subAttribute`` as PATCH has it: the attribute's text, filter and sub-attribute.

    What stands outside the brackets is left as it is for the caller to judge. Raises InvalidFilter.
    """
    attribute, bracket, _ = text.partition("[")
    if not bracket:
        return text, None, None
    parser = _Parser(
        text[len(attribute) :], max_length=max_length, max_depth=max_depth, offset=len(attribute)
    )
    condition, sub = parser.brackets()
    parser.finish()
    return attribute, condition, sub


def _comparison(text: str) -> Comparison | None:
    """Read at one glance what nearly all filters are; None where it is something else, or wrong."""
    found = _COMPARISON.fullmatch(text)
    operator = _OPERATORS.get(found[2].lower()) if found else None
    if found is None or operator is None or found[1].lower() == "not":
        return None
    try:
        return Comparison(parse_path(found[1]), operator, found[3])
    except MalformedPath:
        return None


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str, *, max_length: int, max_depth: int, offset: int = 0) -> None:
        if len(text) > max_length:
            raise InvalidFilter(f"the filter has more than {max_length} characters")
        self._tokens = [*tokens(text)]
        self._next = 0
        self._offset = offset
        self._left = max_depth
        self._in_brackets = False

    def finish(self) -> None:
        """Make sure that nothing is left."""
        if self._peek().kind != "end":
            raise self._wrong("expected and, or, or the end", self._peek())

    def alternatives(self) -> Filter:
        """Read what ``or`` joins, the loosest."""
        operands = self._joined("or", self._conjunction)
        return Or(operands) if len(operands) > 1 else operands[0]

    def _conjunction(self) -> Filter:
        operands = self._joined("and", self._term)
        return And(operands) if len(operands) > 1 else operands[0]

    def _joined(self, word: str, operand: Callable[[], Filter]) -> tuple[Filter, ...]:
        operands = [operand()]
        while self._peek().is_word(word):
            self._take()
            operands.append(operand())
        return tuple(operands)

    def _term(self) -> Filter:
        token = self._take()
        if token.is_mark("("):
            return self._enclosed(token, ")")
        if token.is_word("not"):
            return Not(self._enclosed(self._expect("("), ")"))
        if token.kind != "word":
            raise self._wrong("expected an attribute, not or (", token)
        return self._expression(token)

    def _expression(self, attribute: Token) -> Filter:
        path = self._path(attribute)
        if not self._peek().is_mark("["):
            return self._test(path)
        condition, sub = self.brackets()
        if sub is None:
            return ValuePath(path, condition)
        # Entra asks for emails[type eq "work"].value eq "x", which is not in the ABNF: one element fulfils both.
        last = self._test(AttributePath(sub))
        first = condition.operands if isinstance(condition, And) else (condition,)
        return ValuePath(path, And((*first, last)))

    def brackets(self) -> tuple[Filter, str | None]:
        """Read ``[filter]``, and ``.subAttribute`` where it follows."""
        opening = self._expect("[")
        if self._in_brackets:
            raise self._wrong("a sub-attribute has no elements to choose from", opening)
        self._in_brackets = True
        condition = self._enclosed(opening, "]")
        self._in_brackets = False
        after = self._peek()
        if after.kind != "word" or not after.text.startswith("."):
            return condition, None
        return condition, self._take().text[1:]

    def _enclosed(self, opening: Token, closing: str) -> Filter:
        if self._left == 0:
            raise self._wrong("the filter is nested too deeply", opening, got=False)
        self._left -= 1
        enclosed = self.alternatives()
        self._expect(closing)
        self._left += 1
        return enclosed

    def _test(self, path: AttributePath) -> Filter:
        token = self._take()
        if token.is_word("pr"):
            return Present(path)
        operator = _OPERATORS.get(token.text.lower()) if token.kind == "word" else None
        if operator is None:
            raise self._wrong(f"expected an operator ({', '.join(_OPERATORS)} or pr)", token)
        return Comparison(path, operator, self._value())

    def _value(self) -> ComparedValue:
        token = self._take()
        if token.kind == "string":
            return self._string(token)
        if token.kind == "word" and token.text.lower() in _CONSTANTS:
            return _CONSTANTS[token.text.lower()]
        if token.kind == "word" and _NUMBER.match(token.text):
            return self._number(token)
        raise self._wrong(
            "expected a value (a string in double quotes, a number, true, false or null)", token
        )

    def _string(self, token: Token) -> str:
        try:
            text: str = json.loads(token.text)
        except json.JSONDecodeError as error:
            problem = "the string has a control character or an escape that JSON does not know"
            raise self._wrong(problem, token, got=False) from error
        if _SURROGATE.search(text):
            raise self._wrong(
                "the string has half of a surrogate pair, which is no character", token, got=False
            )
        return text

    def _number(self, token: Token) -> int | float:
        number: int | float = json.loads(token.text)
        if isinstance(number, float) and not math.isfinite(number):
            raise self._wrong("the number is too large", token, got=False)
        return number

    def _path(self, token: Token) -> AttributePath:
        try:
            return parse_path(token.text)
        except MalformedPath as error:
            raise self._wrong("expected an attribute", token) from error

    def _expect(self, mark: str) -> Token:
        token = self._take()
        if not token.is_mark(mark):
            raise self._wrong(f"expected {mark}", token)
        return token

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _wrong(self, problem: str, token: Token, *, got: bool = True) -> InvalidFilter:
        detail = f"{problem}, got {token}" if got else problem
        return InvalidFilter(detail, column=token.column + self._offset)
