"""Writes as the audit trail keeps them, whichever face they came through, and the counters of writes."""

from __future__ import annotations

from dataclasses import dataclass

from app.directory.plan_text import dump_steps
from app.provisioning.events import Done
from app.store.audit import AuditEvent
from app.telemetry import WRITES

DONE = "done"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote, through which application, by which request."""

    actor: str
    application: str
    request_id: str = ""


def event_of(done: Done, origin: Origin, *, plan: str | None = None, steps: str | None = None) -> AuditEvent:
    """Count a write, and say of it what the trail keeps.

    ``plan`` and ``steps`` are what is known already of how the plan is written.
    """
    outcome = FAILED if done.error else DONE
    WRITES.labels(done.domain, done.resource_type, done.action, outcome).inc()
    written = dump_steps(done.plan.steps) if steps is None else steps
    return AuditEvent(
        actor=origin.actor,
        action=done.action,
        outcome=outcome,
        status=int(done.error.status) if done.error else 0,
        request_id=origin.request_id,
        application=origin.application,
        domain=done.domain,
        resource_type=done.resource_type,
        resource_id=done.resource_id,
        plan=done.plan.render() if plan is None else plan,
        detail=done.error.in_full if done.error else done.detail,
        steps="" if done.error else written,
    )
