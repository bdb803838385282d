"""What a filter or an order looks at, so that no more is fetched for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from app.mapping.model import SchemaMap
from app.provisioning.entries import Entries
from app.scim.filters.nodes import And, Comparison, Filter, Not, Or, Present, ValuePath
from app.scim.path import AttributePath


def paths_in(condition: Filter) -> Iterator[AttributePath]:
    """Yield the paths that a filter looks at; a value path looks at the whole attribute."""
    match condition:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from paths_in(operand)
        case Not(operand):
            yield from paths_in(operand)
        case Comparison(path) | Present(path) | ValuePath(path):
            yield path
        case _:
            assert_never(condition)


def places_at(schema_map: SchemaMap, paths: Iterable[AttributePath]) -> frozenset[AttributePath]:
    """Return the places of a map whose values decide what stands at some paths."""
    return frozenset(place for path in paths for place in _places(schema_map, path))


def attributes_at(entries: Entries, paths: Iterable[AttributePath]) -> tuple[str, ...]:
    """Name the directory attributes that decide what stands at some paths, and the id's."""
    looked_at, dialect = list(paths), entries.domain.dialect
    names = [
        dialect.id_attribute,
        *entries.map.directory_attributes(places_at(entries.map, looked_at).__contains__),
    ]
    if any(path.schema is None and path.attribute == "meta" for path in looked_at):
        names += [dialect.created_attribute, dialect.modified_attribute, *dialect.version_attributes]
    if any(entries.map.aspect_of(path) for path in looked_at):
        names += dialect.account_attributes
    return tuple(dict.fromkeys(names))


def _places(schema_map: SchemaMap, path: AttributePath) -> Iterator[AttributePath]:
    """Yield the places at a path. One part of many elements depends on the others: the type and the primary one."""
    reference = schema_map.reference_of(path)
    if reference is not None:
        yield reference.place.path
    if schema_map.aspect_of(path) is not None:
        yield path
    places = [rule.place for rule in schema_map.rules_of(path)]
    single = [
        place.path for place in places if place.path == path and not place.resolved.attribute.multi_valued
    ]
    yield from single or [place.path for place in places]
