"""Workers: they take task after task from the outbox, carry it out, and say what became of it.

Any number may work on one store. One that dies leaves a lease behind, and when that has run out another one does the
same again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Final

from sqlalchemy.orm import Session

from app.outbound.delivery import AGAIN_SECONDS, Delivery, FollowUp
from app.outbound.document import Limits
from app.outbound.errors import Busy, Misconfigured, OutcomeUnknown, Postponed, Unreachable, is_transient
from app.outbound.health import Health
from app.outbound.outbox import LEASE_SECONDS, Outbox
from app.outbound.task import Task
from app.scim.errors import PreconditionFailed, ScimError, ServerError, ServiceUnavailable, TooManyRequests
from app.store.audit import Audit, AuditEvent
from app.store.database import Database
from app.store.secrets import SecretsError
from app.store.unusable import FAILURES, report
from app.telemetry import DELIVERIES, get_logger

POLL_SECONDS: Final = 0.5
ACTOR: Final = "outbox"
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a worker works with. ``jitter`` returns a number between 0 and 1."""

    database: Database
    outbox: Outbox
    health: Health
    delivery: Delivery
    audit: Audit
    limits: Callable[[str], Limits]
    clock: Callable[[], datetime]
    random_hex: Callable[[int], str]
    jitter: Callable[[], float] = random.random
    lease_seconds: float = LEASE_SECONDS


class Worker:
    """Delivers what is in the outbox."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def leasing(self, seconds: float) -> Worker:
        """Return a worker whose tasks others may take over when it has been silent for so long."""
        return Worker(replace(self._bench, lease_seconds=seconds))

    def run(self, stopped: Event) -> None:
        """Work until told to stop."""
        while not stopped.is_set():
            has_worked = False
            try:
                has_worked = self.step()
            except FAILURES as error:
                report(error)
            except Exception:  # noqa: BLE001 - the loop goes on, whatever happens
                _log.exception("outbox_failed")
            if not has_worked:
                stopped.wait(POLL_SECONDS)

    def start(self, threads: int) -> Event:
        """Work in threads beside what else this process does, until the event that is returned is set."""
        stopped = Event()
        for number in range(threads):
            Thread(target=self.run, args=[stopped], name=f"outbox-{number}", daemon=True).start()
        return stopped

    def drain(self, *, limit: int = 10_000) -> int:
        """Deliver what is due now; return how many tasks were taken up."""
        return next((done for done in range(limit) if not self.step()), limit)

    def step(self) -> bool:
        """Deliver one task; False where there is none to deliver now."""
        bench = self._bench
        claimed = bench.outbox.claim(bench.random_hex(16), seconds=bench.lease_seconds)
        if claimed is None:
            return False
        try:
            with self._kept(claimed):
                follow_ups = bench.delivery.carry_out(bench.outbox.opened(claimed))
        except Postponed as reason:
            self._postpone(claimed, reason)
        except ScimError as error:
            self._fail(claimed, error)
        except SecretsError as error:
            self._fail(claimed, ServerError(str(error)))
        except Exception as error:  # noqa: BLE001 - one task must not stop all others
            _log.exception("delivery_failed", task=claimed.id, connector=claimed.connector)
            self._fail(claimed, ServerError(f"Landbridge failed ({type(error).__name__}); its log tells why"))
        else:
            self._finish(claimed, follow_ups)
        return True

    @contextmanager
    def _kept(self, task: Task) -> Iterator[None]:
        """Renew the lease for as long as it takes, whenever the store can be used."""
        over = Event()

        def renew() -> None:
            while not over.wait(self._bench.lease_seconds / 3):
                try:
                    self._bench.outbox.renew(task.id, task.lease or "", seconds=self._bench.lease_seconds)
                except FAILURES as error:
                    report(error)

        keeper = Thread(target=renew, name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _finish(self, task: Task, follow_ups: Sequence[FollowUp]) -> None:
        bench = self._bench
        with bench.database.session() as session:
            if not bench.outbox.delivered(session, task):
                return
            for follow_up in follow_ups:
                hold = follow_up.after_seconds
                bench.outbox.add(
                    [(task.connector, follow_up.change)], task.cause, hold_seconds=hold, within=session
                )
            bench.health.worked(session, task.connector)
            self._note(session, task, error=None)
        self._count(task, "done")

    def _postpone(self, task: Task, reason: Postponed) -> None:
        soon = self._bench.clock() + timedelta(seconds=AGAIN_SECONDS)
        due = max(soon, reason.due) if reason.due else soon
        with self._bench.database.session() as session:
            self._bench.outbox.postponed(session, task, due=due, reason=str(reason))

    def _fail(self, task: Task, error: ScimError) -> None:
        bench = self._bench
        limits = bench.limits(task.connector)
        is_dead = not _may_succeed(error) or task.attempts + 1 >= limits.attempts
        due = None if is_dead else bench.clock() + timedelta(seconds=self._pause(task, error, limits))
        with bench.database.session() as session:
            if not bench.outbox.failed(session, task, error=error.detail, due=due):
                return
            self._judge(session, task, error)
            if is_dead:
                self._note(session, task, error=error)
        self._count(task, "dead" if is_dead else "failed")
        _log.warning(
            "delivery_refused",
            task=task.id,
            connector=task.connector,
            dead=is_dead,
            attempts=task.attempts + 1,
        )

    def _pause(self, task: Task, error: ScimError, limits: Limits) -> float:
        """Wait twice as long each time, though never all at the same moment, and never less than was asked for."""
        doubled = limits.first_retry_seconds * 2.0 ** min(task.attempts, 30)
        longest = min(limits.last_retry_seconds, doubled)
        asked = error.retry_after_seconds if isinstance(error, TooManyRequests | Busy) else 0.0
        jitter: float = self._bench.jitter()
        return max(float(asked), longest * (0.5 + jitter / 2))

    def _judge(self, session: Session, task: Task, error: ScimError) -> None:
        """Tell what is wrong with a connector from what is wrong with one task."""
        health = self._bench.health
        if isinstance(error, TooManyRequests | Busy):
            health.throttled(session, task.connector, seconds=error.retry_after_seconds, error=error.detail)
        elif isinstance(error, Unreachable | OutcomeUnknown | Misconfigured | ServiceUnavailable):
            health.failed(session, task.connector, error=error.detail)

    def _note(self, session: Session, task: Task, *, error: ScimError | None) -> None:
        event = AuditEvent(
            actor=task.cause.actor or ACTOR,
            action=f"deliver {task.change.action}",
            outcome="failed" if error else "done",
            status=int(error.status) if error else 0,
            request_id=task.cause.request_id,
            application=task.cause.application,
            domain=f"connector {task.connector}",
            resource_type=task.change.resource_type,
            resource_id=task.change.resource_id,
            detail=error.detail if error else "",
        )
        self._bench.audit.add(session.connection(), event)

    def _count(self, task: Task, outcome: str) -> None:
        DELIVERIES.labels(task.connector, task.change.action, outcome).inc()


def _may_succeed(error: ScimError) -> bool:
    return is_transient(error) or isinstance(error, PreconditionFailed)
