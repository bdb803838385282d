"""Writes that the store knows of before they begin: their intents, the audit trail, and what recovery needs of both.

Every way to write to a domain records by it: SCIM, console, Admin API, commands and the outbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from app.directory.plan import Plan, Step
from app.directory.plan_text import dump_steps
from app.provisioning.events import Course, Done
from app.provisioning.trail import Origin, event_of
from app.scim.errors import ServiceUnavailable
from app.store.audit import Audit, AuditEvent
from app.store.intents import Intention, IntentLost, Intents
from app.store.unusable import FAILURES, report

_NOTHING_DONE = "Landbridge cannot write down what it is about to do, so nothing was done; its log tells why."
_MADE_UNRECORDED = (
    "The write was carried out, but Landbridge could not write down that it was; its log tells why. As soon as that can"
    " be done the write is recorded as it is, or undone."
)
_TAKEN_OVER = (
    "Landbridge stood still in the middle of it for so long that another process has seen to it: what had been made was"
    " undone, or is in the audit trail."
)


@dataclass(frozen=True, slots=True)
class StoreJournal:
    """Records the writes of one origin."""

    intents: Intents
    audit: Audit
    origin: Origin

    def __call__(self, done: Done) -> None:
        self.audit.record(self.event(done))

    def begin(self, doing: Done) -> Course:
        """Record what is about to be done.

        Raises:
            ServiceUnavailable: if that cannot be recorded; then it is not to be done.
        """
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
        try:
            intent = self.intents.begin(intention)
        except FAILURES as error:
            report(error)
            raise ServiceUnavailable(_NOTHING_DONE) from error
        return _Course(self, intent, doing.plan, plan, steps)

    def event(self, done: Done, plan: str | None = None, steps: str | None = None) -> AuditEvent:
        """Count a write, and say of it what the trail keeps."""
        return event_of(done, self.origin, plan=plan, steps=steps)


@dataclass(frozen=True, slots=True)
class _Course:
    """A write on its way, with its intent in the store.

    Where the store fails on the way, the write goes on: to stop in the middle would be worse. The intent stays, and recovery
    sees to it once the store is back. It may then undo what has been made, so nobody is told before that it is done.
    """

    journal: StoreJournal
    intent: str
    begun: Plan
    plan: str
    steps: str

    def note(self, made: int, version: str) -> None:
        try:
            with self._left_to_recovery():
                self.journal.intents.note(self.intent, made=made, version=version)
        except IntentLost as error:
            raise ServiceUnavailable(_TAKEN_OVER) from error

    def end(self, done: Done | None) -> None:
        is_made = done is not None and done.error is None
        with self._left_to_recovery(_MADE_UNRECORDED if is_made else None):
            self.journal.intents.end(self.intent, None if done is None else self._event(done))

    def leave(self, done: Done, steps: Sequence[Step], *, made: int) -> None:
        event = self.journal.event(done, self.plan, self.steps)
        is_rest = tuple(steps) != done.plan.steps
        with self._left_to_recovery():
            self.journal.intents.leave(
                self.intent, event, steps=dump_steps(steps), made=made, is_rest=is_rest
            )

    def abandon(self) -> None:
        with self._left_to_recovery():
            self.journal.intents.abandon(self.intent)

    def _event(self, done: Done) -> AuditEvent:
        # What undoes a delete is known once it is made.
        steps = self.steps if done.plan.steps == self.begun.steps else None
        return self.journal.event(done, self.plan, steps)

    @contextmanager
    def _left_to_recovery(self, told: str | None = None) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            report(error, intent=self.intent)
            if told:
                raise ServiceUnavailable(told) from error
