"""What a domain really offers, so that discovery never claims more: its resource types, cut down to what their maps hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.mapping.model import ReferenceRule, Rule, SchemaMap
from app.provisioning.common_types import common_type
from app.provisioning.domain import Domain
from app.provisioning.paging import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from app.scim.discovery import Capabilities, Pagination
from app.scim.path import AttributePath
from app.scim.schema import Attribute, Extension, ResourceType, Schema
from app.store.snapshots import KEEP_SECONDS

MAX_BULK_OPERATIONS = 1000
MAX_BULK_BYTES = 1_048_576
_PARTS_OF_REFERENCES = frozenset({"value", "$ref", "display", "displayName", "type"})


def capabilities_of(domains: Sequence[Domain]) -> Capabilities:
    """Say what can be done in each of some domains."""
    return Capabilities(
        pagination=Pagination(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, cursor_timeout_seconds=KEEP_SECONDS),
        max_results=MAX_PAGE_SIZE,
        bulk_max_operations=MAX_BULK_OPERATIONS,
        bulk_max_payload_bytes=MAX_BULK_BYTES,
        change_password=bool(domains) and all(map(_keeps_passwords, domains)),
        etag=all(domain.dialect.version_attribute for domain in domains),
    )


def forwarded_capabilities(*, filtering: bool, sort: bool, etag: bool, change_password: bool) -> Capabilities:
    """Say what can be done where requests go on to other systems, of which these things can be said."""
    return Capabilities(
        pagination=Pagination(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
        max_results=MAX_PAGE_SIZE,
        bulk_max_operations=MAX_BULK_OPERATIONS,
        bulk_max_payload_bytes=MAX_BULK_BYTES,
        filter=filtering,
        sort=sort,
        etag=etag,
        change_password=change_password,
    )


def resource_types_of(domains: Iterable[Domain]) -> list[ResourceType]:
    """List the resource types of domains, each once, with only the attributes that all their maps hold."""
    found: dict[str, list[ResourceType]] = {}
    for domain in domains:
        for name, schema_map in domain.maps.items():
            found.setdefault(name, []).append(published(schema_map))
    return [common_type(types) for types in found.values()]


def _keeps_passwords(domain: Domain) -> bool:
    return any(found.path_of("password") for found in domain.maps.values())


def published(schema_map: SchemaMap) -> ResourceType:
    """Return a map's resource type with only the attributes that it holds."""
    whole = schema_map.resource_type
    extensions = (
        Extension(_schema(schema_map, extension.schema, urn=extension.schema.id), extension.required)
        for extension in whole.extensions
    )
    return replace(
        whole,
        schema=_schema(schema_map, whole.schema, urn=None),
        extensions=tuple(extension for extension in extensions if extension.schema.attributes),
    )


def _schema(schema_map: SchemaMap, schema: Schema, *, urn: str | None) -> Schema:
    found = (
        _attribute(schema_map, attribute, AttributePath(attribute.name, None, urn))
        for attribute in schema.attributes
    )
    return replace(schema, attributes=tuple(attribute for attribute in found if attribute))


def _attribute(schema_map: SchemaMap, attribute: Attribute, path: AttributePath) -> Attribute | None:
    if schema_map.aspect_of(path):
        return attribute
    reference = schema_map.reference_of(path)
    if reference is not None:
        return _reference(attribute, reference)
    rules = schema_map.rules_of(path)
    if not rules:
        return None
    if attribute.type != "complex":
        return _directed(attribute, rules)
    parts = tuple(_elements(attribute, rules) if attribute.multi_valued else _parts(attribute, rules))
    return replace(_directed(attribute, rules), sub_attributes=parts)


def _reference(attribute: Attribute, rule: ReferenceRule) -> Attribute:
    """Refer to the types that the map allows."""
    parts = tuple(
        _reference_part(part, rule) for part in attribute.sub_attributes if part.name in _PARTS_OF_REFERENCES
    )
    return replace(attribute if rule.writes else _read_only(attribute), sub_attributes=parts)


def _reference_part(part: Attribute, rule: ReferenceRule) -> Attribute:
    if part.name == "$ref":
        part = replace(part, reference_types=rule.types)
    if part.name == "type" and rule.writes:
        part = replace(part, canonical_values=rule.types)
    return part if rule.writes else _read_only(part)


def _parts(attribute: Attribute, rules: Sequence[Rule]) -> Iterator[Attribute]:
    for part in attribute.sub_attributes:
        own = [rule for rule in rules if rule.place.path.sub_attribute == part.name]
        if own:
            yield _directed(part, own)


def _elements(attribute: Attribute, rules: Sequence[Rule]) -> Iterator[Attribute]:
    kinds = _kinds(rules)
    for part in attribute.sub_attributes:
        own = [rule for rule in rules if (rule.place.path.sub_attribute or "value") == part.name]
        if own:
            yield _directed(part, own)
        elif part.name == "type" and kinds:
            yield replace(_directed(part, rules), canonical_values=kinds)
        elif part.name == "primary" and any(rule.place.is_elements for rule in rules):
            # The order of a directory attribute's values tells which is the primary one.
            yield _directed(part, rules)


def _kinds(rules: Sequence[Rule]) -> tuple[str, ...]:
    """List the types of elements that hold every part there is; a type that holds less is taken, but not promised.

    Where some types can be written, those that are only shown are not promised either.
    """
    parts: dict[str, set[str | None]] = {}
    for rule in [rule for rule in rules if rule.writes] or rules:
        if rule.place.element_type:
            parts.setdefault(rule.place.element_type, set()).add(rule.place.path.sub_attribute)
    every = set().union(*parts.values())
    return tuple(kind for kind, held in parts.items() if held == every) or tuple(parts)


def _directed(attribute: Attribute, rules: Sequence[Rule]) -> Attribute:
    """Say of an attribute whether it can be read and written, whether more than once, and whether it must be."""
    if not any(rule.writes for rule in rules):
        return _read_only(attribute)
    if any(rule.required for rule in rules):
        attribute = replace(attribute, required=True)
    if not any(rule.reads for rule in rules):
        return replace(attribute, mutability="writeOnly", returned="never")
    if not any(rule.changes for rule in rules):
        return _set_once(attribute)
    return attribute


def _read_only(attribute: Attribute) -> Attribute:
    return replace(attribute, mutability="readOnly", required=False)


def _set_once(attribute: Attribute) -> Attribute:
    is_settable = attribute.mutability == "readWrite"
    return replace(attribute, mutability="immutable") if is_settable else attribute
