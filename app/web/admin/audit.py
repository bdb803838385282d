"""The audit trail: page by page, and whole for other systems."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from flask import Response, stream_with_context

from app.access.administrators import Role
from app.provisioning.guard import Sentry
from app.provisioning.undo import Undoing
from app.store.audit import MAX_PAGE, AuditEntry, AuditFilter
from app.web.admin.bodies import number, text, time
from app.web.admin.guard import me
from app.web.admin.recording import ADMIN_API
from app.web.admin.routes import NUMBER, TEXT, Answer, Operation
from app.web.current import services
from app.web.recording import recorder

LAST = 2**62
TIME = {**TEXT, "format": "date-time"}
EQUAL = (
    "actor",
    "action",
    "outcome",
    "request_id",
    "application",
    "domain",
    "resource_type",
    "resource_id",
)
FILTERS = {**dict.fromkeys(EQUAL, TEXT), "since": TIME, "until": TIME}


def list_entries() -> Answer:
    """List entries of the trail, newest first; `next` is what to send as `before` for more."""
    limit = number("limit", 50, least=1, most=MAX_PAGE)
    entries = services().audit.page(_wanted(), limit=limit, before=number("before", LAST, most=LAST))
    is_full = len(entries) == limit
    return {
        "entries": [_shown(each) for each in entries],
        "next": entries[-1].id if entries and is_full else None,
    }


def export() -> Answer:
    """Write all entries that fit as JSON Lines, newest first."""
    return Response(stream_with_context(_lines(_wanted())), content_type="application/jsonl")


def preview_undo(number: int) -> Answer:
    """Show what would undo an entry, checked against how things are now."""
    return _undoing(services().undo.plan(number))


def undo(number: int) -> Answer:
    """Undo what was done, if nobody has been at it since."""
    limits = services().applications.resident().guard
    sentry = Sentry(services().held_changes, services().populations, me().name, ADMIN_API, limits)
    return _undoing(services().undo.run(number, recorder(me().name, ADMIN_API), sentry))


OPERATIONS = (
    Operation(
        method="GET",
        path="/audit",
        role=Role.VIEWER,
        view=list_entries,
        query={**FILTERS, "before": NUMBER, "limit": NUMBER},
    ),
    Operation(method="GET", path="/audit/export", role=Role.VIEWER, view=export, query=FILTERS),
    Operation(method="GET", path="/audit/<int:number>/undo", role=Role.OPERATOR, view=preview_undo),
    Operation(method="POST", path="/audit/<int:number>/undo", role=Role.OPERATOR, view=undo),
)


def _undoing(undoing: Undoing) -> Mapping[str, Any]:
    return {"entry": undoing.entry.id, "ldif": undoing.plan.render(), "notes": list(undoing.notes)}


def _lines(wanted: AuditFilter) -> Iterator[str]:
    before: int | None = None
    while entries := services().audit.page(wanted, limit=MAX_PAGE, before=before):
        yield from (json.dumps(_shown(each), ensure_ascii=False) + "\n" for each in entries)
        before = entries[-1].id


def _wanted() -> AuditFilter:
    return AuditFilter(**{name: text(name) for name in EQUAL}, since=time("since"), until=time("until"))


def _shown(entry: AuditEntry) -> Mapping[str, Any]:
    return {**asdict(entry), "time": entry.time.isoformat()}
