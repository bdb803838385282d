"""Activity: the audit trail, newest first, each entry with what it did to the directory, and undoing what it did."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.provisioning.trail import DONE, FAILED
from app.provisioning.undo import Undoing
from app.scim.errors import ScimError
from app.store.audit import AuditEntry, AuditFilter
from app.store.audit_export import as_csv, as_json_lines
from app.web.console.directory import sentry
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import CONSOLE
from app.web.current import services
from app.web.recording import recorder

PER_PAGE = 50
LAST = 2**62
"""No trail has more entries, and every store can count that far."""
FOLLOW_SECONDS = 5
"""How often the page asks again where somebody follows the trail."""
EXPORTS = {"csv": (as_csv, "text/csv"), "json": (as_json_lines, "application/x-ndjson")}
FILTERS = ("actor", "application", "action", "outcome", "resource_id")
blueprint = Blueprint("activity", __name__, url_prefix="/activity")


@blueprint.get("")
@needs(Role.VIEWER)
def list_() -> ResponseReturnValue:
    """Show a page of the trail."""
    form = Form(request.args)
    before = min(request.args.get("before", LAST, type=int), LAST)
    entries = services().audit.page(_wanted(form), limit=PER_PAGE + 1, before=before)
    return render_template(
        "console/activity.html",
        form=form,
        entries=entries[:PER_PAGE],
        older=_older_url(form, entries),
        is_first="before" not in request.args,
        is_filtered=any(form.text(name) for name in FILTERS),
        outcomes=(DONE, FAILED),
        kept=_kept(form),
        follow_seconds=FOLLOW_SECONDS if form.has("follow") else 0,
    )


@blueprint.get("/export.<kind>")
@needs(Role.VIEWER)
def export(kind: str) -> ResponseReturnValue:
    """Send all that fits, however much it is, as CSV or as lines of JSON."""
    if kind not in EXPORTS:
        abort(404)
    write, media_type = EXPORTS[kind]
    rows = write(services().audit.pages(_wanted(Form(request.args))))
    name = f"landbridge-activity.{kind}"
    return Response(rows, content_type=f"{media_type}; charset=utf-8", headers=[_attachment(name)])


@blueprint.get(f"/<int(max={LAST}):number>")
@needs(Role.VIEWER)
def show(number: int) -> ResponseReturnValue:
    """Show one entry with its LDIF."""
    entry = _entry(number)
    return render_template("console/activity_entry.html", entry=entry, can_undo=services().undo.can(entry))


@blueprint.get(f"/<int(max={LAST}):number>/undo")
@needs(Role.OPERATOR)
def confirm_undo(number: int) -> ResponseReturnValue:
    """Show what undoing would send, checked against how things are now."""
    return _undo_page(number, Form())


@blueprint.post(f"/<int(max={LAST}):number>/undo")
@needs(Role.OPERATOR)
def undo(number: int) -> ResponseReturnValue:
    """Undo what was done."""
    form = Form(request.form)
    with form:
        undone = services().undo.run(number, recorder(me().name, CONSOLE), sentry())
        flash(" ".join(("It is undone.", *undone.notes)))
        return redirect(url_for(".list_"))
    return _undo_page(number, form)


def _entry(number: int) -> AuditEntry:
    return services().audit.get(number) or abort(404)


def _undo_page(number: int, form: Form) -> ResponseReturnValue:
    entry = _entry(number)
    undoing: Undoing | None = None
    try:
        undoing = services().undo.plan(number)
    except ScimError as error:
        if not form.problems:
            form.refuse(error.in_full, status=error.status)
    page = render_template("console/activity_undo.html", entry=entry, undoing=undoing, form=form)
    return page, form.status


def _attachment(name: str) -> tuple[str, str]:
    return "Content-Disposition", f'attachment; filename="{name}"'


def _wanted(form: Form) -> AuditFilter:
    return AuditFilter(
        actor=form.text("actor") or None,
        application=form.text("application") or None,
        action=form.text("action") or None,
        outcome=form.text("outcome") or None,
        resource_id=form.text("resource_id") or None,
    )


def _older_url(form: Form, entries: list[AuditEntry]) -> str:
    """Return where the next page is; empty where this is the last."""
    if len(entries) <= PER_PAGE:
        return ""
    return url_for(".list_", before=entries[PER_PAGE - 1].id, **_kept(form))


def _kept(form: Form) -> dict[str, Any]:
    return {name: form.text(name) for name in FILTERS if form.text(name)}
