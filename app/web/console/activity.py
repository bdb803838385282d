"""Activity: the audit trail, newest first, and each entry with what it did to the directory."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.store.audit import AuditEntry, AuditFilter
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.current import services
from app.web.recording import DONE, FAILED

PER_PAGE = 50
LAST = 2**62
"""No trail has more entries, and every store can count that far."""
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
    )


@blueprint.get(f"/<int(max={LAST}):number>")
@needs(Role.VIEWER)
def show(number: int) -> ResponseReturnValue:
    """Show one entry with its LDIF."""
    entry = next(iter(services().audit.page(limit=1, before=number + 1)), None)
    if entry is None or entry.id != number:
        abort(404)
    return render_template("console/activity_entry.html", entry=entry)


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
    kept: dict[str, Any] = {name: form.text(name) for name in FILTERS if form.text(name)}
    return url_for(".list_", before=entries[PER_PAGE - 1].id, **kept)
