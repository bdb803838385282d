"""The form for a resource: one field for each place that the domain's map can hold, and the resource made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.exchange.places import is_many, places_of, put
from app.mapping.model import Place, SchemaMap
from app.scim.resource import values_of
from app.scim.schema import Value
from app.web.console.forms import Form

MAIN = ("userName", "name", "displayName", "emails", "password", "active")
"""The attributes that most resources have, in the order in which people fill them in; the others stand below."""
ACCOUNT = frozenset({"password", "active"})
"""What a page of its own, or a button, changes."""

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
    return sorted(map(_field, places_of(schema_map)), key=_order)


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
                put(body, field.place, value)
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
    kind: Kind = "lines" if is_many(place) else "text"
    if leaf.type == "boolean":
        kind = "checkbox"
    if leaf.mutability == "writeOnly":
        kind = "password"
    return Field(place, kind, place.resolved.attribute.required and place.path.sub_attribute is None)


def _order(field: Field) -> tuple[int, int]:
    path = field.place.path
    if not field.is_main:
        return len(MAIN) + (path.schema is not None), 0
    return MAIN.index(path.attribute), path.sub_attribute != "givenName"
