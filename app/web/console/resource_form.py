"""The form for a resource: one field for each place that the domain's map can hold, and the resource made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.mapping.model import Place, SchemaMap
from app.scim.path import AttributePath
from app.scim.path import resolve as resolve_path
from app.scim.resource import values_of
from app.scim.schema import Attribute, Value
from app.web.console.forms import Form

MAIN = ("userName", "name", "displayName", "emails", "password", "active")
"""The attributes that most resources have, in the order in which people fill them in; the others stand below."""
ACCOUNT = frozenset({"password", "active"})
"""What a page of its own, or a button, changes."""
HOLDABLE = frozenset({"string", "reference", "boolean", "integer", "decimal", "dateTime"})

Kind = Literal["text", "lines", "password", "checkbox"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field, named as the map names its place."""

    place: Place
    kind: Kind
    required: bool = False

    @property
    def name(self) -> str:
        """Return the field's name, such as ``emails[work]``."""
        return str(self.place)

    @property
    def is_many(self) -> bool:
        """Whether it takes several values, each on a line."""
        return self.kind == "lines"

    @property
    def is_main(self) -> bool:
        """Whether most resources have it."""
        path = self.place.path
        return path.schema is None and path.attribute in MAIN and path.sub_attribute != "formatted"


def fields_of(schema_map: SchemaMap) -> list[Field]:
    """Return the fields of a new resource, the main ones first."""
    places = [rule.place for rule in schema_map.rules if rule.writes]
    # Administrators reset passwords; a new account has none until now.
    paths = (path for aspect, path in schema_map.aspects if aspect != "current_password")
    aspects = [Place(resolve_path(path, schema_map.resource_type)) for path in paths]
    found = {str(place): _field(place) for place in (*places, *aspects) if _can_be_typed(place)}
    return sorted(found.values(), key=_order)


def editable_fields_of(schema_map: SchemaMap) -> list[Field]:
    """Return the fields of a resource that is there already."""
    return [
        field
        for field in fields_of(schema_map)
        if field.place.path.attribute not in ACCOUNT and field.place.resolved.leaf.mutability != "immutable"
    ]


def body_of(fields: list[Field], form: Form) -> dict[str, Value]:
    """Make the body of a create request from what was filled in."""
    body: dict[str, Value] = {}
    for field in fields:
        for value in values_of(read_field(field, form)):
            if value != "":
                _put(_parent(body, field.place.path), field.place, value)
    return body


def read_field(field: Field, form: Form) -> Value:
    """Return what was filled in: a text, yes or no, or of several values a list."""
    match field.kind:
        case "checkbox":
            return form.has(field.name)
        case "password":
            return form.secret(field.name)
        case "lines":
            lines = (line.strip() for line in form.text(field.name).splitlines())
            return [line for line in dict.fromkeys(lines) if line]
        case _:
            return form.text(field.name)


def _field(place: Place) -> Field:
    leaf = place.resolved.leaf
    kind: Kind = "lines" if place.is_elements else "text"
    if leaf.type == "boolean":
        kind = "checkbox"
    if leaf.mutability == "writeOnly":
        kind = "password"
    return Field(place, kind, place.resolved.attribute.required and place.path.sub_attribute is None)


def _can_be_typed(place: Place) -> bool:
    leaf = _typed(place)
    is_settable = "readOnly" not in {place.resolved.attribute.mutability, place.resolved.leaf.mutability}
    return leaf is not None and leaf.type in HOLDABLE and is_settable


def _typed(place: Place) -> Attribute | None:
    """Return the attribute that a typed value is for: of an element, its ``value``."""
    attribute = place.resolved.attribute
    return attribute.sub_attribute("value") if place.is_elements else place.resolved.leaf


def _order(field: Field) -> tuple[int, int]:
    path = field.place.path
    if not field.is_main:
        return len(MAIN) + (path.schema is not None), 0
    return MAIN.index(path.attribute), path.sub_attribute != "givenName"


def _parent(body: dict[str, Value], path: AttributePath) -> dict[str, Value]:
    return _below(body, path.schema) if path.schema else body


def _put(parent: dict[str, Value], place: Place, value: Value) -> None:
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
    else:
        parent[name] = value


def _below(parent: dict[str, Value], name: str) -> dict[str, Value]:
    below = parent.setdefault(name, {})
    assert isinstance(below, dict)  # noqa: S101 - narrows what this module made itself
    return below


def _elements(parent: Mapping[str, Value], name: str) -> Iterator[Mapping[str, Value]]:
    found = parent.get(name)
    for element in found if isinstance(found, list) else ():
        if isinstance(element, Mapping):
            yield element
