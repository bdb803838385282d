"""What several domains have in common, so that discovery claims nothing of all that one of them cannot do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce

from app.scim.schema import Attribute, Extension, ResourceType, Schema


def common_type(types: Sequence[ResourceType]) -> ResourceType:
    """Return a resource type with the attributes that all of its versions have."""
    return reduce(_common_type, types)


def _common_type(left: ResourceType, right: ResourceType) -> ResourceType:
    others = {extension.schema.id: extension for extension in right.extensions}
    extensions = (
        Extension(_common_schema(each.schema, others[each.schema.id].schema), each.required)
        for each in left.extensions
        if each.schema.id in others
    )
    return replace(
        left,
        schema=_common_schema(left.schema, right.schema),
        extensions=tuple(each for each in extensions if each.schema.attributes),
    )


def _common_schema(left: Schema, right: Schema) -> Schema:
    return replace(left, attributes=_common(left.attributes, right.attributes))


def _common(left: Iterable[Attribute], right: Iterable[Attribute]) -> tuple[Attribute, ...]:
    others = {attribute.name: attribute for attribute in right}
    shared = (_common_attribute(each, others[each.name]) for each in left if each.name in others)
    return tuple(each for each in shared if each.type != "complex" or each.sub_attributes)


def _common_attribute(left: Attribute, right: Attribute) -> Attribute:
    stricter = left if left.mutability == "readOnly" or right.mutability == "readWrite" else right
    return replace(
        stricter,
        required=left.required or right.required,
        canonical_values=tuple(each for each in left.canonical_values if each in right.canonical_values),
        sub_attributes=_common(left.sub_attributes, right.sub_attributes),
    )
