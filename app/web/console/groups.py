"""User Management, Groups: find groups in a domain, see one, make one, rename one, delete one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.provisioning.live import live_entry
from app.provisioning.members import MEMBERS, MemberPage, page_of_members
from app.provisioning.target import Page
from app.scim.codec import ResourceCodec
from app.scim.patch_operations import parse_patch
from app.scim.path import AttributePath
from app.scim.resource import Resource
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
from app.web.console.resource_edit import operations, shown
from app.web.console.resource_form import Field, body_of, editable_fields_of, fields_of
from app.web.console.resource_rows import GroupRow, attributes_of, document_of, group_row_of, json_of
from app.web.console.resource_search import COUNTS, Pages, count_of, query_of, start_of
from app.web.current import services

GROUP = "Group"
LATEST = 10
blueprint = Blueprint("groups", __name__, url_prefix="/groups")


@blueprint.get("")
@needs(Role.VIEWER)
def list_() -> ResponseReturnValue:
    """Show a page of the groups that match."""
    form, page = Form(request.args), Page([], 0, 1)
    domain = chosen_domain(form)
    with form:
        if domain:
            page = target_of(domain, GROUP).search(query_of(form, type_named(GROUP)), wants=_without_members)
    return _list_page(form, domain, page)


@blueprint.get("/<domain>/new")
@needs(Role.OPERATOR)
def new(domain: str) -> ResponseReturnValue:
    """Ask for a new group's attributes."""
    return _form_page(domain, Form(), _fields(domain))


@blueprint.post("/<domain>/new")
@needs(Role.OPERATOR)
def create(domain: str) -> ResponseReturnValue:
    """Create a group."""
    form, fields = Form(request.form), _fields(domain)
    with form:
        resource = ResourceCodec(type_named(GROUP)).load(body_of(fields, form), purpose="create")
        group = group_row_of(target_of(domain, GROUP).create(resource, wants=_without_members))
        flash(f"{group.name} is created in {domain}.")
        return redirect(url_for(".show", domain=domain, group_id=group.id))
    return _form_page(domain, form, fields)


@blueprint.get("/<domain>/<group_id>")
@needs(Role.VIEWER)
def show(domain: str, group_id: str) -> ResponseReturnValue:
    """Show one group with a page of its members."""
    return group_page(domain, group_id, Form(request.args))


@blueprint.get("/<domain>/<group_id>/edit")
@needs(Role.OPERATOR)
def edit(domain: str, group_id: str) -> ResponseReturnValue:
    """Show the form with what the group has."""
    return _form_page(domain, Form(), _editable(domain), group=_read(domain, group_id))


@blueprint.post("/<domain>/<group_id>/edit")
@needs(Role.OPERATOR)
def update(domain: str, group_id: str) -> ResponseReturnValue:
    """Change what the form says differently."""
    group, form = _read(domain, group_id), Form(request.form)
    with form:
        found = operations(_editable(domain), form, group)
        if found:
            patch = parse_patch({"Operations": found}, type_named(GROUP))
            group = target_of(domain, GROUP).patch(group_id, patch, wants=_without_members)
        flash(f"{group_row_of(group).name} is updated." if found else "Nothing was changed.")
        return redirect(url_for(".show", domain=domain, group_id=group_id))
    return _form_page(domain, form, _editable(domain), group=group)


@blueprint.get("/<domain>/<group_id>/delete")
@needs(Role.OPERATOR)
def confirm_delete(domain: str, group_id: str) -> ResponseReturnValue:
    """Ask whether to delete a group."""
    return _delete_page(domain, group_row_of(_read(domain, group_id)), Form())


@blueprint.post("/<domain>/<group_id>/delete")
@needs(Role.OPERATOR)
def delete(domain: str, group_id: str) -> ResponseReturnValue:
    """Delete a group."""
    group, form = group_row_of(_read(domain, group_id)), Form()
    with form:
        target_of(domain, GROUP).delete(group_id)
        flash(f"{group.name} is deleted from {domain}.")
        return redirect(url_for(".list_", domain=domain))
    return _delete_page(domain, group, form)


def group_page(domain: str, group_id: str, form: Form) -> ResponseReturnValue:
    """Show one group, with what is wrong where something is."""
    group, start, count = _read(domain, group_id), start_of(form), count_of(form)
    document = document_of(group, service_url())
    members = _members(domain, group_id, start=start, count=count)
    body = render_template(
        "console/group.html",
        domain=domain,
        group=group_row_of(group),
        attributes=list(attributes_of(document)),
        json=json_of(document),
        ldif=live_entry(entries_of(domain, GROUP), group_id) if members.total <= count else "",
        members=members.members,
        pages=Pages(start, count, len(members.members), members.total),
        entries=services().audit.page(AuditFilter(resource_type=GROUP, resource_id=group_id), limit=LATEST),
        form=form,
    )
    return body, form.status


def _members(domain: str, group_id: str, *, start: int, count: int) -> MemberPage:
    entries = entries_of(domain, GROUP)
    if entries.map.reference_of(MEMBERS) is None:
        return MemberPage((), 0)
    return page_of_members(entries, group_id, start=start, count=count)


def _read(domain: str, group_id: str) -> Resource:
    return target_of(domain, GROUP).read(group_id, wants=_without_members)


def _without_members(path: AttributePath) -> bool:
    return path.parent != MEMBERS


def _fields(domain: str) -> list[Field]:
    """Return what a new group of a domain can have; none where it cannot be used."""
    schema_map = map_of(domain, GROUP)
    return fields_of(schema_map) if schema_map else []


def _editable(domain: str) -> list[Field]:
    schema_map = map_of(domain, GROUP)
    return editable_fields_of(schema_map) if schema_map else []


def _list_page(form: Form, domain: str, page: Page) -> ResponseReturnValue:
    body = render_template(
        "console/groups.html",
        form=form,
        domains=domain_names(),
        domain=domain,
        groups=[group_row_of(group) for group in page.resources],
        pages=Pages(page.start_index or 1, count_of(form), len(page.resources), page.total),
        counts=COUNTS,
        is_filtered=bool(form.text("q") or form.text("filter")),
    )
    return body, form.status


def _form_page(
    domain: str, form: Form, fields: list[Field], *, group: Resource | None = None
) -> ResponseReturnValue:
    target_of(domain, GROUP)  # refuses domains that cannot be used
    body = render_template(
        "console/group_form.html",
        domain=domain,
        form=form,
        fields=fields,
        group=group_row_of(group) if group else None,
        present={field.name: shown(field, group) for field in fields} if group else {},
    )
    return body, form.status


def _delete_page(domain: str, group: GroupRow, form: Form) -> ResponseReturnValue:
    page = render_template("console/group_delete.html", domain=domain, group=group, form=form)
    return page, form.status
