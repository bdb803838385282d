"""Keep account of what was done: the audit trail, and the counters of writes. For every face that writes."""

from __future__ import annotations

from functools import partial

from flask import g

from app.provisioning.events import Done, Record
from app.store.audit import AuditEvent
from app.telemetry import WRITES
from app.web.current import services

DONE = "done"
FAILED = "failed"


def recorder(subject: str, application: str) -> Record:
    """Make what records the writes that ``subject`` does through an application."""
    return partial(_record, subject, application)


def _record(subject: str, application: str, done: Done) -> None:
    outcome = FAILED if done.error else DONE
    WRITES.labels(done.domain, done.resource_type, done.action, outcome).inc()
    event = AuditEvent(
        actor=subject,
        action=done.action,
        outcome=outcome,
        status=int(done.error.status) if done.error else 0,
        request_id=g.get("request_id", ""),
        application=application,
        domain=done.domain,
        resource_type=done.resource_type,
        resource_id=done.resource_id,
        plan=done.plan.render(),
        detail=done.error.detail if done.error else "",
    )
    services().audit.record(event)
