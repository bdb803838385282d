"""What changes when somebody edits a resource: one operation for each field that says something else now.

A field that nobody touched is in no operation, so what others have changed meanwhile stays as it is. Values that the form
does not show, such as emails of other types, stay, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.exchange.changes import Operation, changes
from app.exchange.places import text_of, value_at, values_at
from app.scim.resource import Resource
from app.web.console.forms import Form
from app.web.console.resource_form import Field, read_field


def shown(field: Field, resource: Resource) -> str:
    """Write what a resource has at a field's place as the form shows it; of several values, each on a line."""
    if field.is_many:
        return "\n".join(values_at(field.place, resource.attributes))
    return text_of(value_at(field.place, resource.attributes))


def operations(fields: Iterable[Field], form: Form, current: Resource) -> list[Operation]:
    """Say what makes the resource what the form says, as operations of a PATCH."""
    return [operation for field in fields for operation in _operations(field, form, current)]


def _operations(field: Field, form: Form, current: Resource) -> Iterator[Operation]:
    if form.has(field.name) or field.kind == "checkbox":
        yield from changes(field.place, read_field(field, form), current)
