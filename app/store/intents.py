"""What is being done to directories just now: recorded before the first operation, gone with the row in the audit trail.

An intent that stays behind tells that its process ended in the middle, or that what it began could be neither finished
nor undone. Whose process lives is left alone; the others can be claimed, by one process at a time. Seeing to them is
left to ``app.provisioning.recovery``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from threading import Lock
from typing import cast

from sqlalchemy import Table, bindparam, delete, insert, select, update

from app.store.audit import Audit, AuditEvent
from app.store.database import Database
from app.store.processes import has_ended
from app.store.tables import IntentRow

LEASE_SECONDS = 60
"""How long a process on another machine is taken to live after its last sign."""
ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Intention:
    """What is about to be done, by whom. ``steps`` have no secrets; ``plan`` is LDIF for people."""

    actor: str
    action: str
    request_id: str
    application: str
    domain: str
    resource_type: str
    resource_id: str
    plan: str
    steps: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent(Intention):
    """An intention under way, or left behind."""

    id: str
    time: datetime
    holder: str
    """Whose it is; empty where it was left for others to see to."""
    alive_until: datetime
    made: int
    """How many of the steps are known to have been made."""
    version: str
    """The version of the entry after them; empty where it is not known."""
    is_rest: bool
    """Whether the other steps have been undone, so that these are no whole."""
    needs: str
    """Why a person must see to it; empty where nobody need."""


_INTENTION_FIELDS = tuple(field.name for field in fields(Intention))
_BEGINNING = {"made": 0, "version": "", "is_rest": False, "needs": ""}
_INTENTS = cast("Table", IntentRow.__table__)
_BEGIN = insert(_INTENTS)
_CHANGE = update(_INTENTS).where(_INTENTS.c.id == bindparam("intent"))
_FORGET = delete(_INTENTS).where(_INTENTS.c.id == bindparam("intent"))


class Intents:
    """All intents. ``holder`` names this process, ``random_hex`` the intents."""

    def __init__(  # noqa: PLR0913 - what differs from process to process
        self,
        database: Database,
        audit: Audit,
        *,
        clock: Callable[[], datetime],
        random_hex: Callable[[int], str],
        holder: Callable[[], str],
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._random_hex = random_hex
        self._holder = holder
        self._lease = timedelta(seconds=lease_seconds)
        self._lock = Lock()
        self._own: set[str] = set()

    def begin(self, intention: Intention) -> str:
        """Record what is about to be done, and return the intent's id."""
        name, now = self._random_hex(ID_BYTES), self._clock()
        held = {"holder": self._holder(), "alive_until": now + self._lease}
        known = {field: getattr(intention, field) for field in _INTENTION_FIELDS}
        self._database.apply_prepared(_BEGIN, {"id": name, "time": now, **_BEGINNING, **known, **held})
        with self._lock:
            self._own.add(name)
        return name

    def note(self, name: str, *, made: int, version: str) -> None:
        """Note how many steps have been made."""
        self._change(name, made=made, version=version)

    def end(self, name: str, event: AuditEvent | None) -> None:
        """Forget an intent, and record how it went, both or neither."""
        try:
            if event is None:
                self._database.apply_prepared(_FORGET, {"intent": name})
            else:
                self._audit.record(event, ending=name)
        finally:
            self._let_go(name)

    def leave(self, name: str, event: AuditEvent, *, steps: str, made: int, is_rest: bool) -> None:
        """Leave steps that are in force, or may be, to be seen to later, and record how it went until now."""
        try:
            with self._database.writing() as connection:
                known = {"version": ""} if is_rest else {}
                values = {"steps": steps, "made": made, "is_rest": is_rest, "holder": "", **known}
                connection.execute(update(IntentRow).where(IntentRow.id == name).values(**values))
                self._audit.add(connection, event)
        finally:
            self._let_go(name)

    def abandon(self, name: str) -> None:
        """Leave an intent as it is, for others to see to."""
        self._let_go(name)
        self._change(name, holder="")

    def keep_alive(self) -> None:
        """Give a sign of life for all that this process is doing just now."""
        with self._lock:
            names = list(self._own)
        if names:
            alive = {"alive_until": self._clock() + self._lease}
            with self._database.writing() as connection:
                connection.execute(update(IntentRow).where(IntentRow.id.in_(names)).values(**alive))

    def orphans(self) -> list[Intent]:
        """Return, oldest first, those that nobody is working on and that no person need see to."""
        return [intent for intent in self.list() if not intent.needs and self.is_orphan(intent)]

    def is_orphan(self, intent: Intent) -> bool:
        """Tell whether nobody is working on an intent."""
        if not intent.holder:
            return True
        return intent.alive_until <= self._clock() or has_ended(intent.holder)

    def claim(self, intent: Intent) -> bool:
        """Take over an intent that nobody is working on; False where another process was faster."""
        held = {
            "holder": self._holder(),
            "alive_until": self._clock() + self._lease,
        }
        seen = (
            IntentRow.id == intent.id,
            IntentRow.holder == intent.holder,
            IntentRow.alive_until == intent.alive_until,
        )
        with self._database.writing() as connection:
            is_ours = connection.execute(update(IntentRow).where(*seen).values(**held)).rowcount == 1
        if is_ours:
            with self._lock:
                self._own.add(intent.id)
        return is_ours

    def needs_a_person(self, name: str, reason: str) -> None:
        """Leave an intent to people, with the reason."""
        self._let_go(name)
        self._change(name, holder="", needs=reason)

    def list(self) -> list[Intent]:
        """Return all intents, oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(select(IntentRow).order_by(IntentRow.time, IntentRow.id))
            return [_intent(row) for row in rows]

    def find(self, beginning: str) -> Intent | None:
        """Return the one intent whose id begins so."""
        found = [intent for intent in self.list() if beginning and intent.id.startswith(beginning)]
        return found[0] if len(found) == 1 else None

    def _change(self, name: str, **values: str | int) -> None:
        self._database.apply_prepared(_CHANGE, {"intent": name, **values})

    def _let_go(self, name: str) -> None:
        with self._lock:
            self._own.discard(name)


def _intent(row: IntentRow) -> Intent:
    return Intent(**{field.name: getattr(row, field.name) for field in fields(Intent)})
