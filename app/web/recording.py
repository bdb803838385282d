"""Keep account of what is done: intents, the audit trail, and the counters of writes. For every face that writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g

from app.directory.plan import Step
from app.directory.plan_text import dump_steps
from app.provisioning.events import Done
from app.store.audit import AuditEvent
from app.store.intents import Intention, Intents
from app.telemetry import WRITES
from app.web.current import services

DONE = "done"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records the writes that ``subject`` does through an application."""

    subject: str
    application: str

    def __call__(self, done: Done) -> None:
        services().audit.record(self.event(done))

    def begin(self, doing: Done) -> RecordedCourse:
        """Record what is about to be done."""
        plan = doing.plan.render()
        intention = Intention(
            actor=self.subject,
            action=doing.action,
            request_id=g.get("request_id", ""),
            application=self.application,
            domain=doing.domain,
            resource_type=doing.resource_type,
            resource_id=doing.resource_id,
            plan=plan,
            steps=dump_steps(doing.plan.steps),
        )
        return RecordedCourse(self, services().intents, services().intents.begin(intention), plan)

    def event(self, done: Done, plan: str | None = None) -> AuditEvent:
        """Count a write, and say of it what the trail keeps."""
        outcome = FAILED if done.error else DONE
        WRITES.labels(done.domain, done.resource_type, done.action, outcome).inc()
        return AuditEvent(
            actor=self.subject,
            action=done.action,
            outcome=outcome,
            status=int(done.error.status) if done.error else 0,
            request_id=g.get("request_id", ""),
            application=self.application,
            domain=done.domain,
            resource_type=done.resource_type,
            resource_id=done.resource_id,
            plan=done.plan.render() if plan is None else plan,
            detail=done.error.detail if done.error else "",
        )


@dataclass(frozen=True, slots=True)
class RecordedCourse:
    """A write on its way, with its intent in the store."""

    recorder: Recorder
    intents: Intents
    intent: str
    plan: str

    def note(self, made: int, version: str) -> None:
        self.intents.note(self.intent, made=made, version=version)

    def end(self, done: Done | None) -> None:
        self.intents.end(self.intent, None if done is None else self.recorder.event(done, self.plan))

    def leave(self, done: Done, steps: Sequence[Step], *, made: int) -> None:
        event = self.recorder.event(done, self.plan)
        is_rest = tuple(steps) != done.plan.steps
        self.intents.leave(self.intent, event, steps=dump_steps(steps), made=made, is_rest=is_rest)

    def abandon(self) -> None:
        self.intents.abandon(self.intent)


def recorder(subject: str, application: str) -> Recorder:
    """Make what records the writes that ``subject`` does through an application."""
    return Recorder(subject, application)
