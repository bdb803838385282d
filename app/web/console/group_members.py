"""Who joins and leaves a group, one at a time; however many members it has, they are not read for it."""

from __future__ import annotations

import json

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.provisioning.target import Query
from app.scim.errors import InvalidValue
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.patch_operations import parse_patch
from app.scim.path import AttributePath
from app.scim.schema import Value
from app.web.console.directory import target_of, type_named
from app.web.console.forms import Form
from app.web.console.groups import GROUP, GROUPS, group_page
from app.web.console.guard import needs
from app.web.console.users import USER

KINDS = {USER: "userName", GROUP: "displayName"}
"""What people call users and groups by."""
blueprint = Blueprint("group_members", __name__, url_prefix="/groups/<domain>/<resource_id>/members")


@blueprint.post("")
@needs(Role.OPERATOR)
def add(domain: str, resource_id: str) -> ResponseReturnValue:
    """Have a user or a group join, by its name."""
    form = Form(request.form)
    with form:
        member = {"value": _id_of(domain, form.text("kind", USER), form.text("member"))}
        _patch(domain, resource_id, {"op": "add", "path": "members", "value": [member]})
        flash(f"{form.text('member')} is a member.")
        return redirect(GROUPS.url("show", domain=domain, resource_id=resource_id))
    return group_page(domain, resource_id, form)


@blueprint.post("/remove")
@needs(Role.OPERATOR)
def remove(domain: str, resource_id: str) -> ResponseReturnValue:
    """Have a member leave, by its id."""
    form = Form(request.form)
    with form:
        path = f"members[value eq {json.dumps(form.text('id'))}]"
        _patch(domain, resource_id, {"op": "remove", "path": path})
        flash("The member is removed.")
        return redirect(GROUPS.url("show", domain=domain, resource_id=resource_id))
    return group_page(domain, resource_id, form)


def _patch(domain: str, resource_id: str, operation: Value) -> None:
    operations = parse_patch({"Operations": [operation]}, type_named(GROUP))
    target_of(domain, GROUP).patch(resource_id, operations, wants=lambda path: path == AttributePath("id"))


def _id_of(domain: str, kind: str, name: str) -> str:
    """Find the one who is called so.

    Raises:
        InvalidValue: if there is none, or more than one.
    """
    if kind not in KINDS:
        raise InvalidValue("kind: choose a user or a group")
    condition = resolve(parse(f"{KINDS[kind]} eq {json.dumps(name)}"), type_named(kind))
    found = target_of(domain, kind).search(Query(filter=condition, count=2), wants=lambda _: False)
    if len(found.resources) != 1:
        said = f"more than one {kind.lower()} is" if found.resources else f"no {kind.lower()} of {domain} is"
        raise InvalidValue(f"member: {said} called {name}")
    return str(found.resources[0].attributes["id"])
