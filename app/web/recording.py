"""Keep account of what is done: intents and the audit trail. For every face of the web that writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g

from app.directory.plan import Plan, Step
from app.directory.plan_text import dump_steps
from app.provisioning.events import Done
from app.provisioning.trail import Origin, event_of
from app.store.audit import AuditEvent
from app.store.intents import Intention, Intents
from app.web.current import services


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records the writes that ``subject`` does through an application."""

    subject: str
    application: str

    def __call__(self, done: Done) -> None:
        services().audit.record(self.event(done))

    def begin(self, doing: Done) -> RecordedCourse:
        """Record what is about to be done."""
        plan, steps, origin = doing.plan.render(), dump_steps(doing.plan.steps), self.origin
        intention = Intention(
            actor=origin.actor,
            action=doing.action,
            request_id=origin.request_id,
            application=origin.application,
            domain=doing.domain,
            resource_type=doing.resource_type,
            resource_id=doing.resource_id,
            plan=plan,
            steps=steps,
        )
        intents = services().intents
        return RecordedCourse(self, intents, intents.begin(intention), doing.plan, plan, steps)

    @property
    def origin(self) -> Origin:
        """Say whose write it is, by which request."""
        return Origin(self.subject, self.application, g.get("request_id", ""))

    def event(self, done: Done, plan: str | None = None, steps: str | None = None) -> AuditEvent:
        """Count a write, and say of it what the trail keeps."""
        return event_of(done, self.origin, plan=plan, steps=steps)


@dataclass(frozen=True, slots=True)
class RecordedCourse:
    """A write on its way, with its intent in the store."""

    recorder: Recorder
    intents: Intents
    intent: str
    begun: Plan
    plan: str
    steps: str

    def note(self, made: int, version: str) -> None:
        self.intents.note(self.intent, made=made, version=version)

    def end(self, done: Done | None) -> None:
        self.intents.end(self.intent, None if done is None else self._event(done))

    def leave(self, done: Done, steps: Sequence[Step], *, made: int) -> None:
        event = self.recorder.event(done, self.plan, self.steps)
        is_rest = tuple(steps) != done.plan.steps
        self.intents.leave(self.intent, event, steps=dump_steps(steps), made=made, is_rest=is_rest)

    def abandon(self) -> None:
        self.intents.abandon(self.intent)

    def _event(self, done: Done) -> AuditEvent:
        # What undoes a delete is known once it is made.
        steps = self.steps if done.plan.steps == self.begun.steps else None
        return self.recorder.event(done, self.plan, steps)


def recorder(subject: str, application: str) -> Recorder:
    """Make what records the writes that ``subject`` does through an application."""
    return Recorder(subject, application)
