"""Administrators: who there is, with which role. Passwords are taken and never told."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate

from app.access.administrators import Administrator, NoSuchAdministrator, Role
from app.web.admin.bodies import read
from app.web.admin.recording import note
from app.web.admin.routes import Answer, Operation
from app.web.current import services

KIND = "Administrator"


class ChangeSchema(Schema):
    """What may be changed of an administrator."""

    role = fields.Enum(Role, by_value=True)
    enabled = fields.Boolean(truthy={True}, falsy={False})
    password = fields.String(load_only=True)


class CreateSchema(Schema):
    """A new administrator."""

    name = fields.String(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    password = fields.String(required=True, load_only=True, validate=validate.Length(min=1))


def list_administrators() -> Answer:
    """List administrators."""
    return [_shown(each) for each in services().administrators.list()]


def create() -> Answer:
    """Make another administrator."""
    wanted = read(CreateSchema)
    made = services().administrators.add(wanted["name"], wanted["password"], wanted["role"])
    note("create", KIND, made.name)
    return _shown(made)


def change(name: str) -> Answer:
    """Change an administrator's role, password, or whether it is let in."""
    wanted = read(ChangeSchema)
    if "role" in wanted:
        services().administrators.set_role(name, wanted["role"])
    if "enabled" in wanted:
        services().administrators.set_enabled(name, enabled=wanted["enabled"])
    if "password" in wanted:
        services().administrators.set_password(name, wanted["password"])
    found = services().administrators.get(name)
    if found is None:
        raise NoSuchAdministrator(f"there is no administrator {name}")
    note("update", KIND, name, detail=", ".join(sorted(wanted)))
    return _shown(found)


def remove(name: str) -> None:
    """Remove an administrator."""
    services().administrators.remove(name)
    note("remove", KIND, name)


_ONE = "/administrators/<name>"
OPERATIONS = (
    Operation(method="GET", path="/administrators", role=Role.ADMINISTRATOR, view=list_administrators),
    Operation(
        method="POST",
        path="/administrators",
        role=Role.ADMINISTRATOR,
        view=create,
        body=CreateSchema,
        status=HTTPStatus.CREATED,
    ),
    Operation(method="PATCH", path=_ONE, role=Role.ADMINISTRATOR, view=change, body=ChangeSchema),
    Operation(method="DELETE", path=_ONE, role=Role.ADMINISTRATOR, view=remove),
)


def _shown(administrator: Administrator) -> Mapping[str, Any]:
    return {
        "name": administrator.name,
        "role": administrator.role.value,
        "enabled": administrator.enabled,
    }
