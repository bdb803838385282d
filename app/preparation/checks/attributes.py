"""Which attributes a map speaks of, and whether the directory has them under that name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from app.directory.filters import attributes_of
from app.directory.schema import AttributeType, Schema
from app.mapping.model import SchemaMap
from app.preparation import map_codes as codes
from app.preparation.finding import Finding
from app.store.schema_errors import Key


@dataclass(frozen=True, slots=True)
class Use:
    """An attribute that a map reads or writes, and the key that says so."""

    name: str
    key: Key
    reads: bool = True
    writes: bool = False


def uses(schema_map: SchemaMap) -> Iterator[Use]:
    """Yield every attribute that a map speaks of."""
    for rule in schema_map.rules:
        yield Use(rule.attribute, ("attributes", str(rule.place)), rule.reads, rule.writes)
    for reference in schema_map.references:
        reads = reference.direction != "to_directory"
        key = ("attributes", str(reference.place))
        yield Use(reference.attribute, key, reads, reference.writes)
        if reference.by is not None:
            yield Use(reference.by, key)
    for fixed in schema_map.entry.attributes:
        yield Use(fixed.attribute, ("entry", "attributes", fixed.attribute), reads=False, writes=True)
    for name in sorted(attributes_of(schema_map.entry.scope)):
        yield Use(name, ("entry", "scope"))


def check_attributes(schema_map: SchemaMap, schema: Schema) -> Iterator[Finding]:
    """Find attributes that are not there, go by another name, or are written twice."""
    writers: dict[str, Use] = {}
    for use in uses(schema_map):
        attribute = schema.attribute(use.name)
        if attribute is None:
            yield _unknown(use, schema)
            continue
        if use.reads and _bare(use.name) != attribute.name.lower() and use.key != ("entry", "scope"):
            seen = f"{use.name} is another name of {attribute.name}."
            yield Finding(codes.OTHER_NAME, seen, f"Write {attribute.name}.", use.key)
        if use.writes:
            yield from _written(use, attribute, writers)


def _unknown(use: Use, schema: Schema) -> Finding:
    known = [name for each in schema.attribute_types for name in each.names]
    near = get_close_matches(use.name, known, n=3, cutoff=0.75)
    meant = f"Write {' or '.join(near)}, or load" if near else "Take another attribute, or load"
    code = codes.UNKNOWN_ATTRIBUTE if use.writes or use.key == ("entry", "scope") else codes.UNKNOWN_READ
    fix = f"{meant} the schema, or the overlay, that brings {use.name}."
    return Finding(code, f"The directory has no attribute {use.name}.", fix, use.key)


def _written(use: Use, attribute: AttributeType, writers: dict[str, Use]) -> Iterator[Finding]:
    if not attribute.is_writable:
        seen = f"{attribute.name} is kept by the directory."
        yield Finding(codes.NOT_WRITABLE, seen, "Give the rule direction: to_scim.", use.key)
    # Options make attributes of their own (RFC 4512 §2.5.2).
    target = f"{attribute.oid};{use.name.lower().partition(';')[2]}"
    first = writers.setdefault(target, use)
    if first is not use:
        seen = f"{use.name} is {attribute.name}, which {'.'.join(map(str, first.key))} writes already."
        yield Finding(codes.WRITTEN_TWICE, seen, "Give one of them direction: to_scim.", use.key)


def _bare(name: str) -> str:
    return name.lower().partition(";")[0]
