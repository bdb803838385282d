"""User Management, Users: see one, switch one off, give one another password. The list and the forms are as for groups."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.provisioning.effective_groups import MOST, EffectiveGroup, effective_groups
from app.provisioning.live import live_entry
from app.provisioning.members import MEMBERS
from app.provisioning.target import everything
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.audit import AuditFilter
from app.web.console.directory import entries_of, map_of, service_url, target_of, type_named
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.console.resource_pages import Kind, blueprint_of
from app.web.console.resource_rows import attributes_of, document_of, json_of, name_of, row_of
from app.web.current import services

USER, GROUP = "User", "Group"
LATEST = 10
USERS = Kind(type_name=USER, one="user", many="users", row=row_of, wants=everything)
blueprint = blueprint_of(USERS)


@blueprint.get("/<domain>/<resource_id>")
@needs(Role.VIEWER)
def show(domain: str, resource_id: str) -> ResponseReturnValue:
    """Show one user."""
    return _user_page(domain, USERS.read(domain, resource_id), Form())


@blueprint.post("/<domain>/<resource_id>/active")
@needs(Role.OPERATOR)
def set_active(domain: str, resource_id: str) -> ResponseReturnValue:
    """Switch a user on or off."""
    form = Form(request.form)
    with form:
        is_active = form.has("active", "true")
        user = USERS.patch(domain, resource_id, _replace("active", is_active))
        flash(f"{name_of(user)} is {'enabled' if is_active else 'disabled'}.")
        return redirect(USERS.url("show", domain=domain, resource_id=resource_id))
    return _user_page(domain, USERS.read(domain, resource_id), form)


@blueprint.get("/<domain>/<resource_id>/password")
@needs(Role.OPERATOR)
def password(domain: str, resource_id: str) -> ResponseReturnValue:
    """Ask for a new password."""
    return _password_page(domain, USERS.read(domain, resource_id), Form())


@blueprint.post("/<domain>/<resource_id>/password")
@needs(Role.OPERATOR)
def set_password(domain: str, resource_id: str) -> ResponseReturnValue:
    """Set a password."""
    user, form = USERS.read(domain, resource_id), Form(request.form)
    if not form.secret("password"):
        form.refuse("Type the new password.", "password")
    elif form.secret("password") != form.secret("again"):
        form.refuse("The two passwords differ.", "again")
    else:
        with form:
            USERS.patch(domain, resource_id, _replace("password", form.secret("password")))
            flash(f"{name_of(user)} has a new password.")
            return redirect(USERS.url("show", domain=domain, resource_id=resource_id))
    return _password_page(domain, user, form)


def _replace(path: str, value: Value) -> Value:
    return {"op": "replace", "path": path, "value": value}


def _user_page(domain: str, user: Resource, form: Form) -> ResponseReturnValue:
    document, user_id = document_of(user, service_url()), str(user.attributes["id"])
    body = render_template(
        "console/user.html",
        domain=domain,
        user=row_of(user),
        attributes=list(attributes_of(document)),
        json=json_of(document),
        groups=_groups(domain, user_id),
        most_groups=MOST,
        ldif=live_entry(entries_of(domain, USER), user_id),
        entries=services().audit.page(AuditFilter(resource_type=USER, resource_id=user_id), limit=LATEST),
        form=form,
    )
    return body, form.status


def _groups(domain: str, user_id: str) -> list[EffectiveGroup] | None:
    """Return the groups that a user is in; None where the domain has no groups with members."""
    group_map = map_of(domain, GROUP)
    if group_map is None or group_map.reference_of(MEMBERS) is None:
        return None
    return effective_groups(target_of(domain, GROUP), type_named(GROUP), user_id)


def _password_page(domain: str, user: Resource, form: Form) -> ResponseReturnValue:
    body = render_template("console/user_password.html", domain=domain, user=row_of(user), form=form)
    return body, form.status
