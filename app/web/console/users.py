"""User Management, Users: find users in a domain, see one, make one, switch one off, delete one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.provisioning.live import live_entry
from app.provisioning.target import Page, everything
from app.scim.codec import ResourceCodec
from app.scim.patch_operations import parse_patch
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.audit import AuditFilter
from app.web.console.directory import (
    chosen_domain,
    domain_names,
    entries_of,
    map_of,
    service_url,
    target_of,
    type_named,
)
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.console.resource_form import Field, body_of, fields_of
from app.web.console.resource_rows import attributes_of, document_of, json_of, name_of, row_of
from app.web.console.resource_search import COUNTS, Pages, count_of, query_of
from app.web.current import services

USER = "User"
LATEST = 10
blueprint = Blueprint("users", __name__, url_prefix="/users")


@blueprint.get("")
@needs(Role.VIEWER)
def list_() -> ResponseReturnValue:
    """Show a page of the users that match."""
    form, page = Form(request.args), Page([], 0, 1)
    domain = chosen_domain(form)
    with form:
        if domain:
            page = target_of(domain, USER).search(query_of(form, type_named(USER)), wants=everything)
    return _list_page(form, domain, page)


@blueprint.get("/<domain>/new")
@needs(Role.OPERATOR)
def new(domain: str) -> ResponseReturnValue:
    """Ask for a new user's attributes."""
    return _new_page(domain, Form(), _fields(domain))


@blueprint.post("/<domain>/new")
@needs(Role.OPERATOR)
def create(domain: str) -> ResponseReturnValue:
    """Create a user."""
    form, fields = Form(request.form), _fields(domain)
    with form:
        resource = ResourceCodec(type_named(USER)).load(body_of(fields, form), purpose="create")
        user = target_of(domain, USER).create(resource)
        flash(f"{name_of(user)} is created in {domain}.")
        return redirect(url_for(".show", domain=domain, user_id=user.attributes["id"]))
    return _new_page(domain, form, fields)


@blueprint.get("/<domain>/<user_id>")
@needs(Role.VIEWER)
def show(domain: str, user_id: str) -> ResponseReturnValue:
    """Show one user."""
    return _user_page(domain, _read(domain, user_id), Form())


@blueprint.post("/<domain>/<user_id>/active")
@needs(Role.OPERATOR)
def set_active(domain: str, user_id: str) -> ResponseReturnValue:
    """Switch a user on or off."""
    form = Form(request.form)
    with form:
        is_active = form.has("active", "true")
        operations = parse_patch(_active_body(is_active=is_active), type_named(USER))
        user = target_of(domain, USER).patch(user_id, operations)
        flash(f"{name_of(user)} is {'enabled' if is_active else 'disabled'}.")
        return redirect(url_for(".show", domain=domain, user_id=user_id))
    return _user_page(domain, _read(domain, user_id), form)


@blueprint.get("/<domain>/<user_id>/delete")
@needs(Role.OPERATOR)
def confirm_delete(domain: str, user_id: str) -> ResponseReturnValue:
    """Ask whether to delete a user."""
    return _delete_page(domain, _read(domain, user_id), Form())


@blueprint.post("/<domain>/<user_id>/delete")
@needs(Role.OPERATOR)
def delete(domain: str, user_id: str) -> ResponseReturnValue:
    """Delete a user."""
    user, form = _read(domain, user_id), Form()
    with form:
        target_of(domain, USER).delete(user_id)
        flash(f"{name_of(user)} is deleted from {domain}.")
        return redirect(url_for(".list_", domain=domain))
    return _delete_page(domain, user, form)


def _read(domain: str, user_id: str) -> Resource:
    return target_of(domain, USER).read(user_id, wants=everything)


def _fields(domain: str) -> list[Field]:
    """Return what a new user of a domain can have; none where it cannot be used."""
    schema_map = map_of(domain, USER)
    return fields_of(schema_map) if schema_map else []


def _active_body(*, is_active: bool) -> Value:
    return {"Operations": [{"op": "replace", "path": "active", "value": is_active}]}


def _list_page(form: Form, domain: str, page: Page) -> ResponseReturnValue:
    body = render_template(
        "console/users.html",
        form=form,
        domains=domain_names(),
        domain=domain,
        users=[row_of(user) for user in page.resources],
        pages=Pages(page.start_index or 1, count_of(form), len(page.resources), page.total),
        counts=COUNTS,
        is_filtered=bool(form.text("q") or form.text("filter")),
    )
    return body, form.status


def _new_page(domain: str, form: Form, fields: list[Field]) -> ResponseReturnValue:
    target_of(domain, USER)  # refuses domains that cannot be used
    return render_template("console/user_new.html", domain=domain, form=form, fields=fields), form.status


def _user_page(domain: str, user: Resource, form: Form) -> ResponseReturnValue:
    document, user_id = document_of(user, service_url()), str(user.attributes["id"])
    body = render_template(
        "console/user.html",
        domain=domain,
        user=row_of(user),
        attributes=list(attributes_of(document)),
        json=json_of(document),
        ldif=live_entry(entries_of(domain, USER), user_id),
        entries=services().audit.page(AuditFilter(resource_type=USER, resource_id=user_id), limit=LATEST),
        form=form,
    )
    return body, form.status


def _delete_page(domain: str, user: Resource, form: Form) -> ResponseReturnValue:
    page = render_template("console/user_delete.html", domain=domain, user=row_of(user), form=form)
    return page, form.status
