"""What a filter compares: references, and what resources do not show. What a directory makes of it is left to ``filters``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from app.mapping.model import ReferenceRule, SchemaMap
from app.scim.filters import nodes as scim
from app.scim.path import AttributePath

_SHOWN_BY = {"eq", "co", "sw", "ew"}


def asks_unseen(node: scim.Filter, schema_map: SchemaMap) -> bool:
    """Tell whether a filter compares what resources do not show."""
    path = schema_map.path_of("any_name")
    return path is not None and path in _compared_paths(node)


def refers(node: scim.Filter, schema_map: SchemaMap) -> bool:
    """Tell whether a filter compares references."""
    return any(True for _ in _compared_references(node, schema_map))


def referred_ids(node: scim.Filter, schema_map: SchemaMap) -> Iterator[tuple[ReferenceRule, str]]:
    """Yield the ids that a filter compares references with."""
    for rule, comparison in _compared_references(node, schema_map):
        if comparison.operator == "eq" and comparison.path.sub_attribute == "value":
            yield rule, str(comparison.value).lower()


def shown_references(
    node: scim.Filter, schema_map: SchemaMap
) -> Iterator[tuple[ReferenceRule, scim.Comparison]]:
    """Yield the comparisons of what references show, such as ``groups.display``."""
    for rule, comparison in _compared_references(node, schema_map):
        if comparison.operator in _SHOWN_BY and comparison.path.sub_attribute in {"display", "displayName"}:
            yield rule, comparison


def _compared_paths(node: scim.Filter) -> Iterator[AttributePath]:
    match node:
        case scim.And(operands) | scim.Or(operands):
            for operand in operands:
                yield from _compared_paths(operand)
        case scim.Not(operand):
            yield from _compared_paths(operand)
        case scim.Comparison(path):
            yield path
        case _:
            return


def _compared_references(
    node: scim.Filter, schema_map: SchemaMap
) -> Iterator[tuple[ReferenceRule, scim.Comparison]]:
    match node:
        case scim.And(operands) | scim.Or(operands):
            for operand in operands:
                yield from _compared_references(operand, schema_map)
        case scim.Not(operand):
            yield from _compared_references(operand, schema_map)
        case scim.ValuePath(path, inner):
            yield from _compared_references(_absolute(path, inner), schema_map)
        case scim.Comparison(path, _, str()):
            rule = schema_map.reference_of(path)
            if rule is not None:
                yield rule, node
        case _:
            return


def _absolute(path: AttributePath, inner: scim.Filter) -> scim.Filter:
    """Make comparisons of elements comparisons of the attribute."""
    match inner:
        case scim.And(operands):
            return scim.And(tuple(_absolute(path, operand) for operand in operands))
        case scim.Or(operands):
            return scim.Or(tuple(_absolute(path, operand) for operand in operands))
        case scim.Not(operand):
            return scim.Not(_absolute(path, operand))
        case scim.Comparison():
            return moved(path, inner)
        case scim.Present() | scim.ValuePath():
            return inner
    assert_never(inner)


def moved(path: AttributePath, inner: scim.Comparison) -> scim.Comparison:
    """Make a comparison of an element's part one of the attribute's."""
    return replace(inner, path=AttributePath(path.attribute, inner.path.attribute, path.schema))
