"""Bring what clients send into the canonical shape, before anything checks the values.

Names get the schema's spelling, unknown ones go, lists and single values become what the schema says, and whatever
means "unassigned" (RFC 7643 §2.5) is left out. Whether the values fit their types is left to the codec's fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.scim.errors import InvalidSyntax
from app.scim.json_text import parse_json
from app.scim.resource import is_complex, is_list
from app.scim.schema import Attribute, ResourceType, Value


def shape_resource(
    resource_type: ResourceType, body: Mapping[str, Value], *, read_only: bool = False
) -> dict[str, Value]:
    """Shape a whole resource. Read-only attributes are left out unless ``read_only`` asks for them."""
    shaped = shape_attributes(resource_type.core_attributes, body, read_only=read_only)
    shaped.pop("schemas", None)
    for name, value in body.items():
        extension = resource_type.extension(name)
        if extension is not None and value is not None:
            below = _shape_extension(extension.schema.attributes, value, read_only=read_only)
            if below != {}:
                shaped[extension.schema.id] = below
    return shaped


def shape_attributes(
    attributes: Iterable[Attribute], body: Mapping[str, Value], *, read_only: bool = False
) -> dict[str, Value]:
    """Shape the attributes that ``body`` has; RFC 7644 §3.3: read-only ones SHALL be ignored."""
    sent = {name.lower(): value for name, value in body.items()}
    shaped: dict[str, Value] = {}
    for attribute in attributes:
        value = sent.get(attribute.key)
        if value is not None and (read_only or attribute.mutability != "readOnly"):
            found = shape(attribute, value, read_only=read_only)
            if found is not None:
                shaped[attribute.name] = found
    return shaped


def shape(attribute: Attribute, value: Value, *, read_only: bool = False) -> Value:
    """Shape one attribute's value. None means unassigned."""
    if attribute.multi_valued:
        # Some clients send a single value for a multi-valued attribute.
        sent = value if is_list(value) else [value]
        elements = [_shape_one(attribute, element, read_only=read_only) for element in sent]
        return [element for element in elements if element is not None] or None
    if is_list(value) and len(value) <= 1:
        # Entra sends the manager, and others a boolean, as a list of one.
        value = value[0] if value else None
    return _shape_one(attribute, value, read_only=read_only)


def _shape_one(attribute: Attribute, value: Value, *, read_only: bool) -> Value:
    if attribute.type == "complex":
        value = read_complex(attribute, value)
        if is_complex(value):
            return None if is_cleared(value) else _shape_complex(attribute, value, read_only=read_only)
    # Okta sends "" for what has no value, and no directory can hold it.
    return None if value == "" else spelled(attribute, value)


def spelled(attribute: Attribute, value: Value) -> Value:
    """Write a canonical value as the schema does, where case says nothing; RFC 7643 §7: others are as good."""
    if attribute.case_exact or not attribute.canonical_values or not isinstance(value, str):
        return value
    return next((each for each in attribute.canonical_values if each.lower() == value.lower()), value)


def _shape_complex(attribute: Attribute, value: Mapping[str, Value], *, read_only: bool) -> Value:
    return shape_attributes(attribute.sub_attributes, value, read_only=read_only) or None


def read_complex(attribute: Attribute, value: Value) -> Value:
    """Read a complex value that came as a string; anything else stays as it is."""
    if attribute.type != "complex" or not isinstance(value, str) or not value:
        return value
    if value.startswith("{"):
        # Older SCIM-SDK clients send complex values as JSON in a string.
        try:
            return parse_json(value)
        except InvalidSyntax:
            return value
    # Entra sends the manager's id alone.
    return {"value": value} if attribute.sub_attribute("value") else value


def is_cleared(value: Mapping[str, Value]) -> bool:
    """Tell whether a complex value says that there is none: Entra clears the manager by ``{"value": ""}``."""
    return any(name.lower() == "value" and below == "" for name, below in value.items())


def _shape_extension(attributes: Iterable[Attribute], value: Value, *, read_only: bool) -> Value:
    return shape_attributes(attributes, value, read_only=read_only) if is_complex(value) else value
