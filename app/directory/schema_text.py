"""Reading the descriptions of RFC 4512 §4.1, as servers write them.

Active Directory puts syntaxes in quotes and tells lengths and indexes in descriptions of its own; 389 Directory
Server has words for OIDs. What cannot be read is left out: one strange description does not hide all others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from app.directory.model import Entry
from app.directory.schema import AttributeType, ContentRule, Kind, ObjectClass, Schema

_TOKEN = re.compile(r"\s*(?:(?P<mark>[()$])|'(?P<quoted>[^']*)'|(?P<word>[^\s()$']+))")
_ESCAPE = re.compile(r"\\(27|5[cC])")
_ESCAPED: Final = {"27": "'", "5c": "\\"}
_SYNTAX = re.compile(r"(?P<oid>[^{]+)(?:\{(?P<length>\d+)\})?\Z")
_FLAGS = frozenset(
    {
        "OBSOLETE",
        "SINGLE-VALUE",
        "COLLECTIVE",
        "NO-USER-MODIFICATION",
        "ABSTRACT",
        "STRUCTURAL",
        "AUXILIARY",
        "INDEXED",
        "SYSTEM-ONLY",
    }
)
_QUOTE = "'"
_MARKS = ("(", ")", "$")
_KINDS: tuple[Kind, ...] = ("ABSTRACT", "AUXILIARY")
SCHEMA_ATTRIBUTES = ("attributeTypes", "objectClasses", "dITContentRules", "extendedAttributeInfo")
"""The attributes of a subschema entry that are read."""

Made = TypeVar("Made")


class InvalidDescription(ValueError):
    """A text is no description of RFC 4512 §4.1."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A description's OID, and the values behind each of its words."""

    oid: str
    values: Mapping[str, tuple[str, ...]]

    def all(self, word: str) -> tuple[str, ...]:
        """Return all values behind a word; none if it is not there."""
        return self.values.get(word, ())

    def first(self, word: str) -> str | None:
        """Return the first value behind a word."""
        return next(iter(self.all(word)), None)

    def has(self, word: str) -> bool:
        """Tell whether a word is there."""
        return word in self.values


def read_schema(subschema: Entry) -> Schema:
    """Read a subschema entry as far as its ``SCHEMA_ATTRIBUTES`` were fetched."""
    extended = dict(_each(subschema, "extendedAttributeInfo", _with_oid))
    attributes = _each(subschema, "attributeTypes", attribute_type)
    return Schema(
        attribute_types=tuple(_extended(each, extended.get(each.oid)) for each in attributes),
        object_classes=tuple(_each(subschema, "objectClasses", object_class)),
        content_rules=tuple(_each(subschema, "dITContentRules", content_rule)),
    )


def attribute_type(text: str) -> AttributeType:
    """Read an AttributeTypeDescription (RFC 4512 §4.1.2); raise InvalidDescription."""
    fields = parse(text)
    syntax = _SYNTAX.match(fields.first("SYNTAX") or "")
    length = syntax.group("length") if syntax else None
    return AttributeType(
        oid=fields.oid,
        names=fields.all("NAME"),
        superior=fields.first("SUP"),
        syntax=syntax.group("oid") if syntax else None,
        length=int(length) if length else None,
        single_valued=fields.has("SINGLE-VALUE"),
        equality=fields.first("EQUALITY"),
        ordering=fields.first("ORDERING"),
        substrings=fields.first("SUBSTR"),
        is_collective=fields.has("COLLECTIVE"),
        is_writable=not fields.has("NO-USER-MODIFICATION"),
        usage=fields.first("USAGE") or "userApplications",
    )


def object_class(text: str) -> ObjectClass:
    """Read an ObjectClassDescription (RFC 4512 §4.1.1); raise InvalidDescription."""
    fields = parse(text)
    return ObjectClass(
        oid=fields.oid,
        names=fields.all("NAME"),
        superiors=fields.all("SUP"),
        kind=next((kind for kind in _KINDS if fields.has(kind)), "STRUCTURAL"),
        must=fields.all("MUST"),
        may=fields.all("MAY"),
    )


def content_rule(text: str) -> ContentRule:
    """Read a DITContentRuleDescription (RFC 4512 §4.1.6); raise InvalidDescription."""
    fields = parse(text)
    return ContentRule(
        oid=fields.oid,
        names=fields.all("NAME"),
        auxiliaries=fields.all("AUX"),
        must=fields.all("MUST"),
        may=fields.all("MAY"),
    )


def parse(text: str) -> Fields:
    """Take a description apart.

    Raises:
        InvalidDescription: if its parentheses do not match, or there is no OID.
    """
    tokens = list(_tokens(text))
    if len(tokens) < 3 or tokens[0] != "(" or tokens[-1] != ")":  # noqa: PLR2004 - ( OID )
        raise InvalidDescription("is not in parentheses")
    oid, rest = tokens[1], iter(tokens[2:-1])
    if oid.startswith(_MARKS):
        raise InvalidDescription("has no OID")
    values: dict[str, tuple[str, ...]] = {}
    for word in rest:
        if word.startswith((*_MARKS, _QUOTE)):
            raise InvalidDescription(f"has a {word.strip(_QUOTE)!r} where a word should be")
        values[word] = () if word in _FLAGS else tuple(map(_plain, _values(rest)))
    return Fields(_plain(oid), values)


def _tokens(text: str) -> Iterator[str]:
    """Cut a text into marks, words and quoted texts; these keep a quote in front."""
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise InvalidDescription("has a quote that is not closed")
        at = found.end()
        quoted = found.group("quoted")
        yield found.group("mark") or found.group("word") or f"{_QUOTE}{quoted}"


def _values(rest: Iterator[str]) -> Iterator[str]:
    first = next(rest, None)
    if first is None:
        raise InvalidDescription("ends where a value should be")
    if first != "(":
        yield first
        return
    for each in rest:
        if each == ")":
            return
        if each != "$":
            yield each
    raise InvalidDescription("has a list that is not closed")


def _plain(text: str) -> str:
    if not text.startswith(_QUOTE):
        return text
    return _ESCAPE.sub(lambda escape: _ESCAPED[escape.group(1).lower()], text.removeprefix(_QUOTE))


def _each(entry: Entry, attribute: str, read: Callable[[str], Made]) -> Iterable[Made]:
    for value in entry.values(attribute):
        try:
            yield read(value.decode("utf-8", "replace"))
        except InvalidDescription:
            continue


def _with_oid(text: str) -> tuple[str, Fields]:
    fields = parse(text)
    return fields.oid, fields


def _extended(attribute: AttributeType, info: Fields | None) -> AttributeType:
    # MS-ADTS §3.1.1.3.1.1.5: what Active Directory says besides of an attribute.
    if info is None:
        return attribute
    longest = info.first("RANGE-UPPER")
    return replace(
        attribute,
        length=int(longest) if longest and longest.isdecimal() else attribute.length,
        is_writable=attribute.is_writable and not info.has("SYSTEM-ONLY"),
        is_indexed=info.has("INDEXED"),
    )
