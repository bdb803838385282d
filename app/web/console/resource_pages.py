"""The pages that users and groups have in common: the list, and forms to make, change and delete one.

What is different from kind to kind stands in a ``Kind``; the page of a single one is left to ``users`` and ``groups``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from itertools import chain
from typing import Any, TypeAlias

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.exchange.exports import FORMS
from app.provisioning.target import Page, Wants
from app.scim.codec import ResourceCodec
from app.scim.filters.text import render
from app.scim.patch_operations import parse_patch
from app.scim.resource import Resource
from app.scim.schema import ResourceType, Value
from app.store.csv_text import BYTE_ORDER_MARK
from app.web.console.directory import chosen_domain, domain_names, map_of, target_of, type_named
from app.web.console.filter_builder import OPERATORS, attributes_of, parameters, read_rows
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.console.resource_edit import operations, shown
from app.web.console.resource_form import Field, body_of, editable_fields_of, fields_of
from app.web.console.resource_rows import GroupRow, UserRow
from app.web.console.resource_search import COUNTS, Pages, count_of, query_of
from app.web.current import services

View: TypeAlias = Callable[..., ResponseReturnValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Users or groups: what they are called, how a row of them is made, and what is read of one."""

    type_name: str
    one: str
    many: str
    row: Callable[[Resource], UserRow | GroupRow]
    wants: Wants

    @property
    def type(self) -> ResourceType:
        """Return the resource type."""
        return type_named(self.type_name)

    def url(self, page: str, **arguments: Any) -> str:
        """Return where a page of this kind is."""
        return url_for(f"console.{self.many}.{page}", **arguments)

    def read(self, domain: str, resource_id: str) -> Resource:
        """Read one."""
        return target_of(domain, self.type_name).read(resource_id, wants=self.wants)

    def patch(self, domain: str, resource_id: str, *said: Value) -> Resource:
        """Change one by operations."""
        patch = parse_patch({"Operations": [*said]}, self.type)
        return target_of(domain, self.type_name).patch(resource_id, patch, wants=self.wants)

    def fields(self, domain: str) -> list[Field]:
        """Return what a new one can have in a domain; none where the domain cannot be used."""
        schema_map = map_of(domain, self.type_name)
        return fields_of(schema_map) if schema_map else []

    def editable(self, domain: str) -> list[Field]:
        """Return what can be changed of one that is there."""
        schema_map = map_of(domain, self.type_name)
        return editable_fields_of(schema_map) if schema_map else []


def list_(kind: Kind) -> ResponseReturnValue:
    """Show a page of those that match."""
    form, page = Form(request.args), Page([], 0, 1)
    domain = chosen_domain(form)
    with form:
        if domain:
            page = target_of(domain, kind.type_name).search(query_of(form, kind.type), wants=kind.wants)
    return _list_page(kind, form, domain, page)


def export(kind: Kind, form_name: str) -> ResponseReturnValue:
    """Send all that match what is looked for, in one of the forms."""
    form = Form(request.args)
    if form_name not in FORMS:
        abort(404)
    domain, condition = chosen_domain(form), query_of(form, kind.type).filter
    begun = services().exports.begin(domain, kind.type_name, form_name, condition)
    texts = chain([BYTE_ORDER_MARK], begun.texts) if form_name == "csv" else begun.texts
    headers = {"Content-Disposition": f'attachment; filename="{kind.many}.{form_name}"'}
    content_type = f"{begun.media_type}; charset=utf-8"
    return Response(stream_with_context(texts), content_type=content_type, headers=headers)


def new(kind: Kind, domain: str) -> ResponseReturnValue:
    """Ask for the attributes of a new one."""
    return _form_page(kind, domain, Form(), fields=kind.fields(domain))


def create(kind: Kind, domain: str) -> ResponseReturnValue:
    """Create one."""
    form, fields = Form(request.form), kind.fields(domain)
    with form:
        resource = ResourceCodec(kind.type).load(body_of(fields, form), purpose="create")
        made = kind.row(target_of(domain, kind.type_name).create(resource, wants=kind.wants))
        flash(f"{made.name} is created in {domain}.")
        return redirect(kind.url("show", domain=domain, resource_id=made.id))
    return _form_page(kind, domain, form, fields=fields)


def edit(kind: Kind, domain: str, resource_id: str) -> ResponseReturnValue:
    """Show the form with what one has."""
    present = kind.read(domain, resource_id)
    return _form_page(kind, domain, Form(), fields=kind.editable(domain), present=present)


def update(kind: Kind, domain: str, resource_id: str) -> ResponseReturnValue:
    """Change what the form says differently."""
    present, form = kind.read(domain, resource_id), Form(request.form)
    with form:
        found = operations(kind.editable(domain), form, present)
        changed = kind.patch(domain, resource_id, *found) if found else present
        flash(f"{kind.row(changed).name} is updated." if found else "Nothing was changed.")
        return redirect(kind.url("show", domain=domain, resource_id=resource_id))
    return _form_page(kind, domain, form, fields=kind.editable(domain), present=present)


def confirm_delete(kind: Kind, domain: str, resource_id: str) -> ResponseReturnValue:
    """Ask whether to delete one."""
    return _delete_page(kind, domain, kind.row(kind.read(domain, resource_id)), Form())


def delete(kind: Kind, domain: str, resource_id: str) -> ResponseReturnValue:
    """Delete one."""
    doomed, form = kind.row(kind.read(domain, resource_id)), Form()
    with form:
        target_of(domain, kind.type_name).delete(resource_id)
        flash(f"{doomed.name} is deleted from {domain}.")
        return redirect(kind.url("list_", domain=domain))
    return _delete_page(kind, domain, doomed, form)


_ONE = "/<domain>/<resource_id>"
_PAGES: tuple[tuple[str, str, Role, View], ...] = (
    ("GET", "", Role.VIEWER, list_),
    ("GET", "/export.<form_name>", Role.VIEWER, export),
    ("GET", "/<domain>/new", Role.OPERATOR, new),
    ("POST", "/<domain>/new", Role.OPERATOR, create),
    ("GET", f"{_ONE}/edit", Role.OPERATOR, edit),
    ("POST", f"{_ONE}/edit", Role.OPERATOR, update),
    ("GET", f"{_ONE}/delete", Role.OPERATOR, confirm_delete),
    ("POST", f"{_ONE}/delete", Role.OPERATOR, delete),
)


def blueprint_of(kind: Kind) -> Blueprint:
    """Make the pages of a kind, each behind its role."""
    blueprint = Blueprint(kind.many, __name__, url_prefix=f"/{kind.many}")
    for method, path, role, view in _PAGES:
        held = needs(role)(wraps(view)(partial(view, kind)))
        blueprint.add_url_rule(path, endpoint=view.__name__, view_func=held, methods=[method])
    return blueprint


def _list_page(kind: Kind, form: Form, domain: str, page: Page) -> ResponseReturnValue:
    built, schema_map = read_rows(form), map_of(domain, kind.type_name)
    is_good = bool(built.rows) and not form.problems
    condition = built.condition(kind.type) if is_good else None
    body = render_template(
        f"console/{kind.many}.html",
        form=form,
        domains=domain_names(),
        domain=domain,
        rows=[kind.row(each) for each in page.resources],
        pages=Pages(page.start_index or 1, count_of(form), len(page.resources), page.total),
        counts=COUNTS,
        is_filtered=bool(form.text("q") or form.text("filter") or built.rows),
        built=built,
        built_text=render(condition) if condition else "",
        attributes=attributes_of(schema_map) if schema_map else [],
        operators=OPERATORS,
        kept=parameters(built),
    )
    return body, form.status


def _form_page(
    kind: Kind, domain: str, form: Form, *, fields: list[Field], present: Resource | None = None
) -> ResponseReturnValue:
    target_of(domain, kind.type_name)  # refuses domains that cannot be used
    body = render_template(
        "console/resource_form.html",
        kind=kind,
        domain=domain,
        form=form,
        fields=fields,
        one=kind.row(present) if present else None,
        present={field.name: shown(field, present) for field in fields} if present else {},
    )
    return body, form.status


def _delete_page(kind: Kind, domain: str, one: UserRow | GroupRow, form: Form) -> ResponseReturnValue:
    page = render_template("console/resource_delete.html", kind=kind, domain=domain, one=one, form=form)
    return page, form.status
