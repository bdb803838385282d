"""What a SCIM 2.0 service says that it keeps of resources, in its schemas (RFC 7643 §7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from app.scim.errors import InvalidSyntax
from app.scim.messages import parse_list_response
from app.scim.resource import is_complex, is_list
from app.scim.schema import Attribute, ResourceType, Schema, Value

Kept: TypeAlias = Mapping[str, Mapping[str, frozenset[str]]]
"""The parts of attributes, by schema and attribute; all in small letters."""


def read_kept(document: Value) -> Kept:
    """Read a list of schemas; empty where it is none that can be gone by."""
    try:
        found = parse_list_response(document).resources
    except InvalidSyntax:
        return {}
    return {str(each["id"]).lower(): dict(_attributes(each)) for each in found if "id" in each}


def kept_attributes(resource_type: ResourceType, kept: Kept) -> ResourceType:
    """Cut a type down to what a service keeps of it; one whose schema the service does not describe stays whole."""
    if not kept.get(resource_type.schema.id.lower()):
        return resource_type
    return replace(
        resource_type,
        schema=_cut(resource_type.schema, kept),
        extensions=tuple(replace(each, schema=_cut(each.schema, kept)) for each in resource_type.extensions),
    )


def _attributes(schema: Mapping[str, Value]) -> Iterator[tuple[str, frozenset[str]]]:
    for attribute in _described(schema.get("attributes")):
        parts = _described(attribute.get("subAttributes"))
        yield str(attribute["name"]).lower(), frozenset(str(part["name"]).lower() for part in parts)


def _described(value: Value) -> Iterator[Mapping[str, Value]]:
    for each in value if is_list(value) else ():
        if is_complex(each) and "name" in each:
            yield each


def _cut(schema: Schema, kept: Kept) -> Schema:
    names = kept.get(schema.id.lower(), {})
    found = (
        _kept(each, names[each.name.lower()]) for each in schema.attributes if each.name.lower() in names
    )
    return replace(schema, attributes=tuple(found))


def _kept(attribute: Attribute, parts: frozenset[str]) -> Attribute:
    # Some services describe complex attributes without their parts.
    if not parts:
        return attribute
    found = tuple(part for part in attribute.sub_attributes if part.name.lower() in parts)
    return replace(attribute, sub_attributes=found)
