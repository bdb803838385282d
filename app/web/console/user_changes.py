"""A user that is changed: its attributes by a form made from the domain's map, and its password."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.provisioning.target import everything
from app.scim.patch_operations import parse_patch
from app.scim.resource import Resource
from app.web.console.directory import map_of, target_of, type_named
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.console.resource_edit import operations, shown
from app.web.console.resource_form import Field, editable_fields_of
from app.web.console.resource_rows import name_of, row_of
from app.web.console.users import USER

blueprint = Blueprint("user_changes", __name__, url_prefix="/users/<domain>/<user_id>")


@blueprint.get("/edit")
@needs(Role.OPERATOR)
def edit(domain: str, user_id: str) -> ResponseReturnValue:
    """Show the form with what the user has."""
    return _edit_page(domain, _read(domain, user_id), Form())


@blueprint.post("/edit")
@needs(Role.OPERATOR)
def update(domain: str, user_id: str) -> ResponseReturnValue:
    """Change what the form says differently."""
    user, form = _read(domain, user_id), Form(request.form)
    with form:
        found = operations(_fields(domain), form, user)
        if found:
            patch = parse_patch({"Operations": found}, type_named(USER))
            user = target_of(domain, USER).patch(user_id, patch)
        flash(f"{name_of(user)} is updated." if found else "Nothing was changed.")
        return redirect(url_for("console.users.show", domain=domain, user_id=user_id))
    return _edit_page(domain, user, form)


@blueprint.get("/password")
@needs(Role.OPERATOR)
def password(domain: str, user_id: str) -> ResponseReturnValue:
    """Ask for a new password."""
    return _password_page(domain, _read(domain, user_id), Form())


@blueprint.post("/password")
@needs(Role.OPERATOR)
def set_password(domain: str, user_id: str) -> ResponseReturnValue:
    """Set a password."""
    user, form = _read(domain, user_id), Form(request.form)
    if not form.secret("password"):
        form.refuse("Type the new password.", "password")
    elif form.secret("password") != form.secret("again"):
        form.refuse("The two passwords differ.", "again")
    else:
        with form:
            operation = {"op": "replace", "path": "password", "value": form.secret("password")}
            target_of(domain, USER).patch(user_id, parse_patch({"Operations": [operation]}, type_named(USER)))
            flash(f"{name_of(user)} has a new password.")
            return redirect(url_for("console.users.show", domain=domain, user_id=user_id))
    return _password_page(domain, user, form)


def _read(domain: str, user_id: str) -> Resource:
    return target_of(domain, USER).read(user_id, wants=everything)


def _fields(domain: str) -> list[Field]:
    schema_map = map_of(domain, USER)
    return editable_fields_of(schema_map) if schema_map else []


def _edit_page(domain: str, user: Resource, form: Form) -> ResponseReturnValue:
    fields = _fields(domain)
    body = render_template(
        "console/user_edit.html",
        domain=domain,
        user=row_of(user),
        fields=fields,
        present={field.name: shown(field, user) for field in fields},
        form=form,
    )
    return body, form.status


def _password_page(domain: str, user: Resource, form: Form) -> ResponseReturnValue:
    body = render_template("console/user_password.html", domain=domain, user=row_of(user), form=form)
    return body, form.status
