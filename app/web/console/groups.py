"""User Management, Groups: see one with a page of its members. The list and the forms are as for users."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.provisioning.live import live_entry
from app.provisioning.members import MEMBERS, MemberPage, page_of_members
from app.scim.path import AttributePath
from app.store.audit import AuditFilter
from app.web.console.directory import entries_of, service_url
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.console.resource_pages import Kind, blueprint_of
from app.web.console.resource_rows import attributes_of, document_of, group_row_of, json_of
from app.web.console.resource_search import Pages, count_of, start_of
from app.web.current import services

GROUP = "Group"
LATEST = 10


def _without_members(path: AttributePath) -> bool:
    return path.parent != MEMBERS


GROUPS = Kind(type_name=GROUP, one="group", many="groups", row=group_row_of, wants=_without_members)
blueprint = blueprint_of(GROUPS)


@blueprint.get("/<domain>/<resource_id>")
@needs(Role.VIEWER)
def show(domain: str, resource_id: str) -> ResponseReturnValue:
    """Show one group with a page of its members."""
    return group_page(domain, resource_id, Form(request.args))


def group_page(domain: str, group_id: str, form: Form) -> ResponseReturnValue:
    """Show one group, with what is wrong where something is."""
    group, start, count = GROUPS.read(domain, group_id), start_of(form), count_of(form)
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
