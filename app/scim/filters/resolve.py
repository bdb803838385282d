"""Bind a parsed filter to a resource type: canonical names, and only comparisons that have a meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias, assert_never

from app.scim.errors import InvalidFilter
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
from app.scim.instant import parse_instant
from app.scim.path import AttributePath, UnknownAttribute
from app.scim.path import resolve as resolve_path
from app.scim.schema import Attribute, ResourceType, Type

_Lookup: TypeAlias = Callable[[AttributePath], tuple[AttributePath, Attribute]]

_EQUALITY: Final[frozenset[Operator]] = frozenset({"eq", "ne"})
_ORDER: Final[frozenset[Operator]] = _EQUALITY | {"gt", "ge", "lt", "le"}
_SUBSTRING: Final[frozenset[Operator]] = frozenset({"co", "sw", "ew"})
_BOOLEANS: Final = {"true": True, "false": False}

# RFC 7644 §3.4.2.2: booleans and binary have no order; only texts have substrings.
_OPERATORS: Final[Mapping[Type, frozenset[Operator]]] = {
    "string": _ORDER | _SUBSTRING,
    "reference": _ORDER | _SUBSTRING,
    "dateTime": _ORDER,
    "integer": _ORDER,
    "decimal": _ORDER,
    "boolean": _EQUALITY,
    "binary": _EQUALITY,
}


def resolve(condition: Filter, resource_type: ResourceType) -> Filter:
    """Give every path its canonical form and check every comparison. Raises InvalidFilter.

    A complex attribute that is compared means its ``value`` (``members eq``, ``manager eq``). Comparisons with null
    become presence, and so do substrings that are empty: what is left has values of the attribute's type only.
    """

    def lookup(path: AttributePath) -> tuple[AttributePath, Attribute]:
        try:
            found = resolve_path(path, resource_type)
        except UnknownAttribute as error:
            raise InvalidFilter(str(error)) from error
        _refuse_secret(found.path, found.attribute)
        return found.path, found.leaf

    return _resolve(condition, lookup)


def resolve_element(condition: Filter, attribute: Attribute) -> Filter:
    """Do the same for a filter on the elements of ``attribute``, whose paths are relative to an element."""

    def lookup(path: AttributePath) -> tuple[AttributePath, Attribute]:
        if path.schema is None and path.sub_attribute is None:
            sub = _sub_attribute(attribute, path.attribute)
            if sub is not None:
                return AttributePath(sub.name), sub
        raise InvalidFilter(f"{attribute.name} has no sub-attribute {str(path)!r}")

    return _resolve(condition, lookup)


def _sub_attribute(attribute: Attribute, name: str) -> Attribute | None:
    if attribute.multi_valued and attribute.type != "complex" and name.lower() == "value":
        # RFC 7643 §2.4: the values of a simple multi-valued attribute stand for themselves.
        return replace(attribute, name="value", multi_valued=False)
    return attribute.sub_attribute(name)


def _resolve(condition: Filter, lookup: _Lookup) -> Filter:
    match condition:
        case Comparison(path, operator, value):
            return _comparison(*lookup(path), operator, value)
        case Present(path):
            found, leaf = lookup(path)
            _refuse_secret(found, leaf)
            return Present(found)
        case ValuePath(path, inner):
            found, leaf = lookup(path)
            return ValuePath(found, resolve_element(inner, leaf))
        case Not(operand):
            return Not(_resolve(operand, lookup))
        case And(operands):
            return And(tuple(_resolve(operand, lookup) for operand in operands))
        case Or(operands):
            return Or(tuple(_resolve(operand, lookup) for operand in operands))
    assert_never(condition)


def _comparison(
    path: AttributePath, attribute: Attribute, operator: Operator, value: ComparedValue
) -> Filter:
    if attribute.type == "complex":
        path, attribute = _value_of(path, attribute)
    _refuse_secret(path, attribute)
    if value is None:
        return _presence(path, operator)
    if operator not in _OPERATORS[attribute.type]:
        raise InvalidFilter(f"{path} is of type {attribute.type}, which {operator} does not apply to")
    typed = _typed(path, attribute, value)
    # Every text has the empty text in it, and no index serves it.
    return Present(path) if operator in _SUBSTRING and typed == "" else Comparison(path, operator, typed)


def _value_of(path: AttributePath, attribute: Attribute) -> tuple[AttributePath, Attribute]:
    value = attribute.sub_attribute("value")
    if value is None:
        raise InvalidFilter(f"{path} is complex: compare one of its sub-attributes")
    return replace(path, sub_attribute=value.name), value


def _presence(path: AttributePath, operator: Operator) -> Filter:
    # RFC 7643 §2.5: null and unassigned are the same.
    match operator:
        case "eq":
            return Not(Present(path))
        case "ne":
            return Present(path)
        case _:
            raise InvalidFilter(f"{path}: null is only compared by eq and ne")


def _typed(path: AttributePath, attribute: Attribute, value: ComparedValue) -> ComparedValue:
    match attribute.type, value:
        case "boolean", bool():
            return value
        case "boolean", str() if value.lower() in _BOOLEANS:
            # Entra asks for roles[primary eq "True"].
            return _BOOLEANS[value.lower()]
        case "integer" | "decimal", int() | float() if not isinstance(value, bool):
            return value
        case "dateTime", str() if _is_instant(value):
            return value
        case "string" | "reference" | "binary", str():
            return value
        case _:
            raise InvalidFilter(f"{path} is of type {attribute.type}, which the value does not fit")


def _is_instant(text: str) -> bool:
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True


def _refuse_secret(path: AttributePath, attribute: Attribute) -> None:
    if attribute.returned == "never":
        # A filter on what is never returned would tell it, one guess at a time.
        raise InvalidFilter(f"{path} cannot be used in a filter")
