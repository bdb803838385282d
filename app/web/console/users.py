"""User Management, Users: find users in a domain, see one, make one, switch one off, delete one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.access.application import RESIDENT
from app.provisioning.routing import Destination
from app.provisioning.target import Page, Target
from app.scim.codec import ResourceCodec
from app.scim.patch_operations import parse_patch
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import ResourceType, Value
from app.store.audit import AuditFilter
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import CONSOLE
from app.web.console.user_form import Field, body_of, fields_of
from app.web.console.user_rows import attributes_of, document_of, json_of, name_of, row_of
from app.web.console.user_search import COUNTS, Pages, count_of, query_of
from app.web.current import services
from app.web.recording import recorder

LATEST = 10
blueprint = Blueprint("users", __name__, url_prefix="/users")


@blueprint.get("")
@needs(Role.VIEWER)
def list_() -> ResponseReturnValue:
    """Show a page of the users that match."""
    form, names = Form(request.args), _domain_names()
    domain, page = _chosen_domain(form, names), Page([], 0, 1)
    with form:
        if domain:
            page = _target(domain).search(query_of(form, _user_type()), wants=_everything)
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
        resource = ResourceCodec(_user_type()).load(body_of(fields, form), purpose="create")
        user = _target(domain).create(resource)
        flash(f"{name_of(user)} is created in {domain}.")
        return redirect(_url_of(domain, user))
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
        user = _target(domain).patch(user_id, parse_patch(_active_body(is_active=is_active), _user_type()))
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
        _target(domain).delete(user_id)
        flash(f"{name_of(user)} is deleted from {domain}.")
        return redirect(url_for(".list_", domain=domain))
    return _delete_page(domain, user, form)


def _user_type() -> ResourceType:
    return services().resource_types["User"]


def _target(domain: str) -> Target:
    """Find where requests for a domain's users go, on behalf of who is signed in."""
    return services().router.target(
        _user_type().name, Destination(RESIDENT, domain), record=recorder(me().name, CONSOLE)
    )


def _read(domain: str, user_id: str) -> Resource:
    return _target(domain).read(user_id, wants=_everything)


def _everything(_path: AttributePath) -> bool:
    return True


def _domain_names() -> list[str]:
    return [document.name for document in services().documents.list("Domain")]


def _chosen_domain(form: Form, names: list[str]) -> str:
    """Return the domain that was chosen, or else the first that can be used."""
    usable = [name for name in names if name in services().configurations.current().domains]
    return form.text("domain") or next(iter([*usable, *names]), "")


def _fields(domain: str) -> list[Field]:
    """Return what a new user of a domain can have; none where it cannot be used."""
    found = services().configurations.current().domains.get(domain)
    schema_map = found.maps.get(_user_type().name) if found else None
    return fields_of(schema_map) if schema_map else []


def _active_body(*, is_active: bool) -> Value:
    return {"Operations": [{"op": "replace", "path": "active", "value": is_active}]}


def _url_of(domain: str, user: Resource) -> str:
    return url_for(".show", domain=domain, user_id=user.attributes["id"])


def _list_page(form: Form, domain: str, page: Page) -> ResponseReturnValue:
    body = render_template(
        "console/users.html",
        form=form,
        domains=_domain_names(),
        domain=domain,
        users=[row_of(user) for user in page.resources],
        pages=Pages(page.start_index or 1, count_of(form), len(page.resources), page.total),
        counts=COUNTS,
        is_filtered=bool(form.text("q") or form.text("filter")),
    )
    return body, form.status


def _new_page(domain: str, form: Form, fields: list[Field]) -> ResponseReturnValue:
    _target(domain)  # refuses domains that cannot be used
    return render_template("console/user_new.html", domain=domain, form=form, fields=fields), form.status


def _user_page(domain: str, user: Resource, form: Form) -> ResponseReturnValue:
    service_url = (services().settings.public_url or request.host_url).rstrip("/")
    document = document_of(user, service_url)
    user_id = str(user.attributes["id"])
    body = render_template(
        "console/user.html",
        domain=domain,
        user=row_of(user),
        attributes=list(attributes_of(document)),
        json=json_of(document),
        entries=services().audit.page(AuditFilter(resource_type="User", resource_id=user_id), limit=LATEST),
        form=form,
    )
    return body, form.status


def _delete_page(domain: str, user: Resource, form: Form) -> ResponseReturnValue:
    page = render_template("console/user_delete.html", domain=domain, user=row_of(user), form=form)
    return page, form.status
