"""Users and groups as tables show them: a row of the list, and all attributes of one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.scim.calling import full_name
from app.scim.codec import ResourceCodec
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, is_list, values_of
from app.scim.schema import Value


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user in the list. ``is_active`` is None where the domain does not tell."""

    id: str
    user_name: str
    name: str
    email: str
    is_active: bool | None

    @property
    def label(self) -> str:
        """Return what the user is found by."""
        return self.user_name


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group in the list."""

    id: str
    name: str

    @property
    def label(self) -> str:
        """Return what the group is found by."""
        return self.name


def group_row_of(group: Resource) -> GroupRow:
    """Make a group's row."""
    name = _text(group.get(AttributePath("displayName")))
    return GroupRow(_text(group.get(AttributePath("id"))), name or _text(group.get(AttributePath("id"))))


def row_of(user: Resource) -> UserRow:
    """Make a user's row."""
    active = user.get(AttributePath("active"))
    return UserRow(
        id=_text(user.get(AttributePath("id"))),
        user_name=_text(user.get(AttributePath("userName"))),
        name=name_of(user),
        email=_primary(user.get(AttributePath("emails"))),
        is_active=active if isinstance(active, bool) else None,
    )


def name_of(user: Resource) -> str:
    """Return the name to call a user by."""
    return full_name(user) or _text(user.get(AttributePath("userName")))


def attributes_of(document: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Lay a document out as paths with their values."""
    for name, value in document.items():
        if name != "schemas":
            yield from _rows(name, value)


def json_of(document: Mapping[str, Value]) -> str:
    """Write a document for people to read."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def document_of(resource: Resource, service_url: str) -> dict[str, Value]:
    """Write a resource as SCIM clients see it, with its location."""
    meta, resource_id = resource.attributes.get("meta"), resource.attributes.get("id")
    location = f"{service_url}/scim2{resource.type.endpoint}/{resource_id}"
    located = {**resource.attributes, "meta": {**(meta if is_complex(meta) else {}), "location": location}}
    return ResourceCodec(resource.type).dump(Resource(resource.type, located))


def _rows(path: str, value: Value) -> Iterator[tuple[str, str]]:
    if is_complex(value):
        dot = ":" if path.startswith("urn:") and "." not in path.rpartition(":")[2] else "."
        for name, below in value.items():
            yield from _rows(f"{path}{dot}{name}", below)
    elif is_list(value):
        for element in value:
            yield from _element_rows(path, element)
    else:
        yield path, _text(value)


def _element_rows(path: str, element: Value) -> Iterator[tuple[str, str]]:
    """Lay out one element of several, by its type where it has one."""
    if not is_complex(element):
        yield path, _text(element)
        return
    kind = element.get("type")
    place = f"{path}[{kind}]" if kind else path
    for name, below in element.items():
        if name not in {"type", "$ref"}:
            yield from _rows(place if name == "value" else f"{place}.{name}", below)


def _primary(emails: Value) -> str:
    elements: Sequence[Mapping[str, Value]] = [found for found in values_of(emails) if is_complex(found)]
    ordered = sorted(elements, key=lambda element: element.get("primary") is not True)
    return next((_text(element.get("value")) for element in ordered), "")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
