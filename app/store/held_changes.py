"""What the guard keeps: how much was changed of late, and the changes that wait for somebody to decide.

A held change is not carried out by whoever approves it, since the world moves on while it waits: approving lets the client
make it, once, when it comes again. Rejecting refuses it without asking again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from sqlalchemy import delete, func, select, update

from app.store.change_limits import LONGEST_MINUTES, Kind
from app.store.purge import Expiry
from app.store.tables import ChangeCountRow, HeldChangeRow

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from app.store.database import Database

State: TypeAlias = Literal["held", "approved", "rejected", "done"]
GOOD_FOR = timedelta(days=7)
"""How long a decision holds, and how long one is waited for."""
KEEP_FOR = timedelta(days=30)
Amounts: TypeAlias = "Mapping[Kind, int]"
OLD_COUNTS = Expiry(
    ChangeCountRow, lambda now: ChangeCountRow.time < now - timedelta(minutes=LONGEST_MINUTES)
)
OLD_HELD_CHANGES = Expiry(HeldChangeRow, lambda now: HeldChangeRow.time < now - KEEP_FOR)


class NoSuchHeldChange(Exception):
    """No change by that number waits for a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that somebody wants to make, and how much it is."""

    actor: str
    application: str
    domain: str
    resource_type: str
    resource_id: str
    action: str
    amounts: Amounts
    plan: str

    @property
    def key(self) -> str:
        """Recognise the change when it comes again."""
        parts = (self.application, self.domain, self.resource_type, self.resource_id, *sorted(self.amounts))
        return sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChange(Change):
    """A change that was held. ``attempts`` counts how often it came."""

    id: int
    state: State
    time: datetime
    attempts: int
    reason: str
    decided: datetime | None
    decided_by: str


class HeldChanges:
    """The guard's book. ``random_hex`` names what is pledged."""

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime], random_hex: Callable[[int], str]
    ) -> None:
        self._database = database
        self._clock = clock
        self._random_hex = random_hex

    def pledge(self, application: str, domain: str, amounts: Amounts) -> str:
        """Count a change that is about to be made; return what to release it by should it come to nothing."""
        now, pledge = self._clock(), self._random_hex(16)
        with self._database.session() as session:
            session.execute(delete(ChangeCountRow).where(OLD_COUNTS.is_over(now)))
            for kind, amount in amounts.items():
                session.add(
                    ChangeCountRow(
                        pledge=pledge,
                        kind=kind,
                        time=now,
                        application=application,
                        domain=domain,
                        amount=amount,
                    )
                )
        return pledge

    def release(self, pledge: str) -> None:
        """Count a change no longer."""
        with self._database.session() as session:
            session.execute(delete(ChangeCountRow).where(ChangeCountRow.pledge == pledge))

    def total(
        self, kind: Kind, window: timedelta, *, domain: str | None = None, application: str | None = None
    ) -> int:
        """Return how much was changed within a window: in a domain, or by an application."""
        query = select(func.coalesce(func.sum(ChangeCountRow.amount), 0)).where(
            ChangeCountRow.kind == kind, ChangeCountRow.time > self._clock() - window
        )
        if domain is not None:
            query = query.where(ChangeCountRow.domain == domain)
        if application is not None:
            query = query.where(ChangeCountRow.application == application)
        with self._database.reading() as session:
            return int(session.scalar(query) or 0)

    def decision(self, change: Change) -> HeldChange | None:
        """Return what has been decided on a change, while that holds, or that it waits."""
        query = (
            select(HeldChangeRow)
            .where(HeldChangeRow.key == change.key, HeldChangeRow.state != "done")
            .order_by(HeldChangeRow.id.desc())
        )
        with self._database.reading() as session:
            row = session.scalars(query.limit(1)).first()
        found = _held(row) if row else None
        is_good = found and self._clock() - (found.decided or found.time) < GOOD_FOR
        return found if is_good else None

    def hold(self, change: Change, reason: str) -> HeldChange:
        """Have a change wait; one that waits already is counted once more."""
        waiting = self.decision(change)
        with self._database.session() as session:
            row = session.get(HeldChangeRow, waiting.id) if waiting and waiting.state == "held" else None
            if row is None:
                self._forget_old(session)
                row = HeldChangeRow(key=change.key, state="held", attempts=0, decided_by="")
                session.add(row)
            row.attempts += 1
            row.time, row.reason, row.plan, row.actor = self._clock(), reason, change.plan, change.actor
            row.application, row.domain = change.application, change.domain
            row.resource_type, row.resource_id = change.resource_type, change.resource_id
            row.action, row.amounts = change.action, {str(kind): n for kind, n in change.amounts.items()}
            session.flush()
            return _held(row)

    def use(self, change: HeldChange) -> bool:
        """Use an approval up; of several callers one succeeds."""
        return self._move(change.id, "approved", "done", by=change.decided_by) is not None

    def decide(self, number: int, *, approve: bool, by: str) -> HeldChange:
        """Approve or reject a change that waits; raise NoSuchHeldChange."""
        decided = self._move(number, "held", "approved" if approve else "rejected", by=by)
        if decided is None:
            raise NoSuchHeldChange(f"no change {number} waits for a decision")
        return decided

    def get(self, number: int) -> HeldChange:
        """Return a change; raise NoSuchHeldChange."""
        with self._database.reading() as session:
            row = session.get(HeldChangeRow, number)
        if row is None:
            raise NoSuchHeldChange(f"there is no held change {number}")
        return _held(row)

    def list(
        self,
        state: State | None = "held",
        *,
        application: str | None = None,
        domain: str | None = None,
        limit: int = 500,
    ) -> Sequence[HeldChange]:
        """Return changes, newest first; those that wait, where nothing else is said."""
        query: Select[HeldChangeRow] = select(HeldChangeRow).order_by(HeldChangeRow.id.desc())
        wanted = {"state": state, "application": application, "domain": domain}
        query = query.filter_by(**{name: value for name, value in wanted.items() if value is not None})
        with self._database.reading() as session:
            return [_held(row) for row in session.scalars(query.limit(limit))]

    def _move(self, number: int, before: State, after: State, *, by: str) -> HeldChange | None:
        change = (
            update(HeldChangeRow)
            .where(HeldChangeRow.id == number, HeldChangeRow.state == before)
            .values(state=after, decided=self._clock(), decided_by=by)
        )
        with self._database.session() as session:
            moved = session.execute(change.returning(HeldChangeRow.id)).all()
        return self.get(number) if moved else None

    def _forget_old(self, session: Session) -> None:
        session.execute(delete(HeldChangeRow).where(OLD_HELD_CHANGES.is_over(self._clock())))


def _held(row: HeldChangeRow) -> HeldChange:
    return HeldChange(
        id=row.id,
        state=cast("State", row.state),
        time=row.time,
        attempts=row.attempts,
        actor=row.actor,
        application=row.application,
        domain=row.domain,
        resource_type=row.resource_type,
        resource_id=row.resource_id,
        action=row.action,
        amounts=cast("Amounts", row.amounts),
        reason=row.reason,
        plan=row.plan,
        decided=row.decided,
        decided_by=row.decided_by,
    )
