"""Whether the values that rules write fit their attributes: syntax, number and length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.directory.schema import AttributeType
from app.mapping.model import ReferenceRule, Rule, SchemaMap
from app.preparation import map_codes as codes
from app.preparation.finding import Finding
from app.preparation.live import Live
from app.preparation.products import ENFORCES_LENGTH, LENGTHS
from app.preparation.syntaxes import Family, syntax_of
from app.store.schema_errors import Key

_FITS: Mapping[str, frozenset[Family]] = {
    "boolean": frozenset({"boolean", "text", "narrow text"}),
    "integer": frozenset({"integer", "text", "narrow text"}),
    "decimal": frozenset({"text", "narrow text"}),
    "generalizedTime": frozenset({"time", "text", "narrow text"}),
    "fileTime": frozenset({"integer"}),
    "bits": frozenset({"integer"}),
    "dataUri": frozenset({"octets"}),
    "binary": frozenset({"octets"}),
    "postalAddress": frozenset({"postal address", "text"}),
}
"""The families of syntaxes that the results of transforms may have; all others make text."""
_TEXT: frozenset[Family] = frozenset({"text", "narrow text", "octets"})
_ANY_TEXT = frozenset({"table", "regex", "list", "prefix", "suffix"})
"""Transforms that may make anything, as the map says: a table may have numbers in it."""


def check_values(schema_map: SchemaMap, live: Live) -> Iterator[Finding]:
    """Find values that the directory would refuse."""
    for rule in schema_map.rules:
        attribute = live.schema.attribute(rule.attribute)
        if attribute is not None and rule.writes:
            key = ("attributes", str(rule.place))
            yield from _syntax(rule, attribute, key)
            yield from _number(rule, attribute, key)
            yield from _length(attribute, live, key)
    for reference in schema_map.references:
        attribute = live.schema.attribute(reference.attribute)
        if attribute is not None:
            yield from _reference(reference, attribute)


def _syntax(rule: Rule, attribute: AttributeType, key: Key) -> Iterator[Finding]:
    syntax = syntax_of(attribute)
    if syntax is None or rule.transform.name in _ANY_TEXT:
        return
    if syntax.family not in _FITS.get(rule.transform.name, _TEXT):
        seen = f"{attribute.name} holds {syntax.title}, and the rule writes {rule.transform.name}."
        fix = "Take an attribute of another syntax, or a transform that makes what this one holds."
        yield Finding(codes.SYNTAX, seen, fix, key)
    elif syntax.family == "narrow text" and rule.transform.is_text:
        fix = "Nothing needs to be done where clients send no others."
        yield Finding(codes.NARROW_SYNTAX, f"{attribute.name} holds {syntax.title}.", fix, key)


def _number(rule: Rule, attribute: AttributeType, key: Key) -> Iterator[Finding]:
    is_list = rule.place.resolved.attribute.multi_valued and not rule.place.is_element_part
    if is_list and attribute.single_valued:
        kind = rule.place.element_type
        several = f"several elements of the type {kind}" if kind else "several elements"
        seen = f"A resource may have {several}, and {attribute.name} is single-valued."
        yield Finding(codes.SINGLE_VALUE, seen, "Take an attribute of several values.", key)


def _length(attribute: AttributeType, live: Live, key: Key) -> Iterator[Finding]:
    if live.dialect.name not in ENFORCES_LENGTH:
        return
    longest = LENGTHS.get(live.dialect.name, {}).get(attribute.name.lower(), attribute.length)
    syntax = syntax_of(attribute)
    if longest is not None and longest < _LONG and syntax and syntax.family in _TEXT:
        seen = f"{attribute.name} holds at most {longest} characters."
        fix = "Nothing needs to be done where clients send shorter ones."
        yield Finding(codes.TOO_LONG, seen, fix, key)


_LONG = 65
"""From here on nobody needs to be told."""


def _reference(rule: ReferenceRule, attribute: AttributeType) -> Iterator[Finding]:
    key = ("attributes", str(rule.place))
    syntax = syntax_of(attribute)
    if syntax is not None and rule.by is None and syntax.family != "name":
        seen = f"{attribute.name} holds {syntax.title}, and no names of entries."
        fix = "Take an attribute with the syntax DN, or say by which attribute of theirs it has the others."
        yield Finding(codes.SYNTAX, seen, fix, key)
    if syntax is not None and rule.by is not None and syntax.family not in _TEXT:
        seen = f"{attribute.name} holds {syntax.title}, and not what others have as {rule.by}."
        yield Finding(codes.SYNTAX, seen, "Leave by out, or take an attribute that holds text.", key)
    if rule.writes and rule.place.resolved.attribute.multi_valued and attribute.single_valued:
        seen = f"A resource may refer to several others, and {attribute.name} is single-valued."
        yield Finding(codes.SINGLE_VALUE, seen, "Take an attribute of several values.", key)
