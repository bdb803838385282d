"""What changes when somebody edits a resource: one operation for each field that says something else now.

A field that nobody touched is in no operation, so what others have changed meanwhile stays as it is. Values that the form
does not show, such as emails of other types, stay, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Value
from app.web.console.forms import Form
from app.web.console.resource_form import Field, read_field

Operation: TypeAlias = dict[str, Value]


def shown(field: Field, resource: Resource) -> str:
    """Write what a resource has at a field's place as the form shows it; of several values, each on a line."""
    if field.is_many:
        return "\n".join(_values(field, resource))
    return _text(_value(field, resource))


def operations(fields: Iterable[Field], form: Form, current: Resource) -> list[Operation]:
    """Say what makes the resource what the form says, as operations of a PATCH."""
    return [operation for field in fields for operation in _operations(field, form, current)]


def _operations(field: Field, form: Form, current: Resource) -> Iterator[Operation]:
    if not form.has(field.name) and field.kind != "checkbox":
        return
    wanted = read_field(field, form)
    if field.is_many:
        before, after = _values(field, current), list(values_of(wanted))
        yield from _element_operations(field, before, [str(value) for value in after])
        return
    present = _value(field, current)
    if _text(wanted) == _text(present) or (wanted is False and present is None):
        return
    path = _path(field)
    if wanted in {"", None}:
        yield {"op": "remove", "path": path}
    else:
        yield {"op": "add" if present is None else "replace", "path": path, "value": wanted}


def _element_operations(field: Field, before: list[str], after: list[str]) -> Iterator[Operation]:
    gone = [value for value in before if value not in after]
    new = [value for value in after if value not in before]
    name = str(field.place.path.parent)
    if len(gone) == len(new) == 1:
        # One for one: what else the element has, such as primary, stays.
        yield {"op": "replace", "path": f"{name}[{_condition(field, gone[0])}].value", "value": new[0]}
        return
    for value in gone:
        yield {"op": "remove", "path": f"{name}[{_condition(field, value)}]"}
    if new:
        kind: dict[str, Value] = {"type": field.place.element_type} if field.place.element_type else {}
        yield {"op": "add", "path": name, "value": [{"value": value, **kind} for value in new]}


def _condition(field: Field, value: str) -> str:
    kind = field.place.element_type
    of_type = f"type eq {json.dumps(kind)} and " if kind else ""
    return f"{of_type}value eq {json.dumps(value)}"


def _path(field: Field) -> str:
    place = field.place
    if not (place.is_element_part and place.element_type):
        return str(place.path)
    return f"{place.path.parent}[type eq {json.dumps(place.element_type)}].{place.path.sub_attribute}"


def _value(field: Field, resource: Resource) -> Value:
    place = field.place
    if not place.is_element_part:
        return resource.get(place.path)
    part = str(place.path.sub_attribute)
    return next((element[part] for element in _elements(field, resource) if part in element), None)


def _values(field: Field, resource: Resource) -> list[str]:
    return [_text(element["value"]) for element in _elements(field, resource) if "value" in element]


def _elements(field: Field, resource: Resource) -> list[Mapping[str, Value]]:
    place = field.place
    found = values_of(resource.get(AttributePath(place.path.attribute, None, place.path.schema)))
    elements = [element for element in found if is_complex(element)]
    return [element for element in elements if place.element_type in {None, element.get("type")}]


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
