"""The places of a resource that people can fill in, in a form or in a column of a table, and the body made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.mapping.model import Place, SchemaMap
from app.scim.path import AttributePath
from app.scim.path import resolve as resolve_path
from app.scim.resource import is_complex, values_of
from app.scim.schema import Attribute, Value

HOLDABLE = frozenset({"string", "reference", "boolean", "integer", "decimal", "dateTime"})


def places_of(schema_map: SchemaMap) -> list[Place]:
    """Return the places that the map writes and that take a text, a number, a time or yes or no."""
    places = [rule.place for rule in schema_map.rules if rule.writes]
    # Administrators reset passwords; a new account has none until now.
    paths = (path for aspect, path in schema_map.aspects if aspect != "current_password")
    aspects = [Place(resolve_path(path, schema_map.resource_type)) for path in paths]
    found = {str(place): place for place in (*places, *aspects) if _can_be_typed(place)}
    return list(found.values())


def put(body: dict[str, Value], place: Place, value: Value) -> None:
    """Put a value where a body of a create request has it; of several, one more."""
    parent = _below(body, place.path.schema) if place.path.schema else body
    name, part = place.path.attribute, place.path.sub_attribute
    kind: dict[str, Value] = {"type": place.element_type} if place.element_type else {}
    if place.is_elements:
        parent[name] = [*_elements(parent, name), {"value": value, **kind}]
    elif place.is_element_part and part:
        same = next((found for found in _elements(parent, name) if found.get("type") == kind.get("type")), {})
        others = [found for found in _elements(parent, name) if found is not same]
        parent[name] = [*others, {**same, **kind, part: value}]
    elif part:
        _below(parent, name)[part] = value
    elif place.resolved.attribute.multi_valued:
        parent[name] = [*values_of(parent.get(name)), value]
    else:
        parent[name] = value


def value_at(place: Place, attributes: Mapping[str, Value]) -> Value:
    """Return what stands at a place that takes one value."""
    if not place.is_element_part:
        return _get(place.path, attributes)
    part = str(place.path.sub_attribute)
    return next((element[part] for element in elements_at(place, attributes) if part in element), None)


def values_at(place: Place, attributes: Mapping[str, Value]) -> list[str]:
    """Write the values of a place that takes several."""
    if not place.is_elements:
        return [text_of(value) for value in values_of(value_at(place, attributes))]
    return [text_of(element["value"]) for element in elements_at(place, attributes) if "value" in element]


def elements_at(place: Place, attributes: Mapping[str, Value]) -> list[Mapping[str, Value]]:
    """Return the elements of a multi-valued attribute that belong to a place."""
    found = values_of(_get(place.path.parent, attributes))
    elements = [element for element in found if is_complex(element)]
    return [element for element in elements if place.element_type in {None, element.get("type")}]


def text_of(value: Value) -> str:
    """Write a value as people read it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def is_many(place: Place) -> bool:
    """Tell whether a place takes several values."""
    return place.is_elements or (place.resolved.attribute.multi_valued and not place.is_element_part)


def _can_be_typed(place: Place) -> bool:
    leaf = _typed(place)
    is_settable = "readOnly" not in {place.resolved.attribute.mutability, place.resolved.leaf.mutability}
    return leaf is not None and leaf.type in HOLDABLE and is_settable


def _typed(place: Place) -> Attribute | None:
    """Return the attribute that a typed value is for: of an element, its ``value``."""
    attribute = place.resolved.attribute
    return attribute.sub_attribute("value") if place.is_elements else place.resolved.leaf


def _get(path: AttributePath, attributes: Mapping[str, Value]) -> Value:
    within = attributes.get(path.schema) if path.schema else attributes
    value = within.get(path.attribute) if is_complex(within) else None
    if path.sub_attribute is None:
        return value
    return value.get(path.sub_attribute) if is_complex(value) else None


def _below(body: dict[str, Value], name: str) -> dict[str, Value]:
    below = body.setdefault(name, {})
    assert isinstance(below, dict)  # noqa: S101 - narrows what this module made itself
    return below


def _elements(parent: Mapping[str, Value], name: str) -> Iterator[Mapping[str, Value]]:
    found = parent.get(name)
    for element in found if isinstance(found, list) else ():
        if isinstance(element, Mapping):
            yield element
