"""What is being done to directories just now: recorded before the first operation, gone with the row in the audit trail.

An intent that stays behind tells that its process ended in the middle, or that what it began could be neither finished
nor undone. Whose process lives is left alone; the others can be claimed, by one process at a time. Seeing to them is
left to ``app.provisioning.recovery``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import cast

from sqlalchemy import ColumnElement, Table, bindparam, delete, insert, select, update

from app.store.audit import Audit, AuditEvent
from app.store.database import Database
from app.store.processes import lives
from app.store.tables import IntentRow

LEASE_SECONDS = 60
"""How long a process on another machine is taken to live after its last sign."""
LONGEST_LEASE_SECONDS = 600
"""And how long one is that gives no signs, as commands do."""
ALL_STEPS = 1_000_000
"""As many as no plan has."""
MADE = "done"
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
_CHANGE = update(_INTENTS).where(_INTENTS.c.id == bindparam("intent"), _INTENTS.c.holder == bindparam("by"))
_FORGET = delete(_INTENTS).where(_INTENTS.c.id == bindparam("intent"))


class IntentLost(Exception):
    """Another process has taken it over, since this one gave no signs of life."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sign of life, and when this process saw it first."""

    holder: str
    alive_until: datetime
    seen: float


class Intents:
    """All intents. ``holder`` names this process, ``random_hex`` the intents; ``steady`` counts seconds."""

    def __init__(  # noqa: PLR0913 - what differs from process to process
        self,
        database: Database,
        audit: Audit,
        *,
        clock: Callable[[], datetime],
        random_hex: Callable[[int], str],
        holder: Callable[[], str],
        lease_seconds: float = LEASE_SECONDS,
        steady: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._random_hex = random_hex
        self._holder = holder
        self._lease = timedelta(seconds=lease_seconds)
        self._steady = steady
        self._signs: dict[str, _Sign] = {}
        self._looked = steady()
        self._lock = Lock()
        self._own: set[str] = set()
        self._reached: dict[str, int] = {}
        """How many steps were made, by all that is known here, of what the store could not be told."""

    def begin(self, intention: Intention) -> str:
        """Record what is about to be done, and return the intent's id."""
        name, now = self._random_hex(ID_BYTES), self._clock()
        held = {"holder": self._holder(), "alive_until": now + self._lease}
        known = {field: getattr(intention, field) for field in _INTENTION_FIELDS}
        self._hold(name)
        try:
            self._database.apply_prepared(_BEGIN, {"id": name, "time": now, **_BEGINNING, **known, **held})
        except BaseException:
            self._let_go(name)
            raise
        return name

    def note(self, name: str, *, made: int, version: str) -> None:
        """Note how many steps have been made.

        Raises:
            IntentLost: if somebody else sees to it now.
        """
        with self._remembered(name, made):
            is_ours = self._change(name, made=made, version=version)
        if not is_ours:
            self._let_go(name)
            raise IntentLost(name)

    def end(self, name: str, event: AuditEvent | None) -> None:
        """Forget an intent, and record how it went, both or neither."""
        is_made = event is not None and event.outcome == MADE
        try:
            with self._remembered(name, ALL_STEPS) if is_made else nullcontext():
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
                connection.execute(update(IntentRow).where(*self._held(name)).values(**values))
                self._audit.add(connection, event)
        finally:
            self._let_go(name)

    def abandon(self, name: str) -> None:
        """Leave an intent as it is, for others to see to, unless somebody does."""
        try:
            self._change(name, holder="")
        finally:
            self._let_go(name)

    def keep_alive(self) -> None:
        """Give a sign of life for all that this process is doing just now."""
        with self._lock:
            names = list(self._own)
        if names:
            alive = {"alive_until": self._clock() + self._lease}
            with self._database.writing() as connection:
                held = IntentRow.id.in_(names), IntentRow.holder == self._holder()
                connection.execute(update(IntentRow).where(*held).values(**alive))

    def orphans(self, *, at_once: bool = False) -> list[Intent]:
        """Return, oldest first, those that nobody is working on and that no person need see to.

        One that this process has let go, but could not say so, is its own to see to. Another process is taken to be done with it
        when this one has not seen a sign of its life for as long as the lease is, whatever the clocks say: they differ,
        and jump. ``at_once`` takes their word, but for processes that are seen to live.
        """
        found = [intent for intent in self._listed() if not intent.needs]
        if self._steady() - self._looked > LEASE_SECONDS / 2:
            # The store was away, and nobody could give a sign.
            self._signs.clear()
        self._looked = self._steady()
        self._signs = {each.id: self._sign(each) for each in found}
        return [each for each in found if (self.is_orphan(each) if at_once else self._is_silent(each))]

    def is_orphan(self, intent: Intent) -> bool:
        """Tell whether nobody is working on an intent, by the clock where it is held elsewhere."""
        if self._is_let_go(intent):
            return True
        return lives(intent.holder) is None and intent.alive_until <= self._clock()

    def _is_let_go(self, intent: Intent) -> bool:
        """Tell whether nobody is known to be working on it."""
        if intent.holder == self._holder():
            return intent.id not in self._own
        return not intent.holder or lives(intent.holder) is False

    def _is_silent(self, intent: Intent) -> bool:
        if intent.holder == self._holder() or self._is_let_go(intent):
            return self._is_let_go(intent)
        # Both times are of the holder's clock.
        seconds = (intent.alive_until - intent.time).total_seconds()
        lease = min(max(seconds, LEASE_SECONDS), LONGEST_LEASE_SECONDS)
        return self._steady() - self._signs[intent.id].seen >= lease

    def _sign(self, intent: Intent) -> _Sign:
        known = self._signs.get(intent.id)
        is_old = known is not None and (known.holder, known.alive_until) == (
            intent.holder,
            intent.alive_until,
        )
        return known if known and is_old else _Sign(intent.holder, intent.alive_until, self._steady())

    def claim(self, intent: Intent) -> bool:
        """Take over an intent that nobody is working on; False where another process was faster."""
        held = {
            "holder": self._holder(),
            "alive_until": self._clock() + self._lease,
            "made": intent.made,
        }
        seen = (
            IntentRow.id == intent.id,
            IntentRow.holder == intent.holder,
            IntentRow.alive_until == intent.alive_until,
        )
        self._hold(intent.id)
        is_ours = False
        try:
            with self._database.writing() as connection:
                is_ours = connection.execute(update(IntentRow).where(*seen).values(**held)).rowcount == 1
        finally:
            if not is_ours:
                self._let_go(intent.id)
        return is_ours

    def needs_a_person(self, name: str, reason: str) -> None:
        """Leave an intent to people, with the reason."""
        try:
            self._change(name, holder="", needs=reason)
        finally:
            self._let_go(name)

    def list(self) -> list[Intent]:
        """Return all intents, oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(select(IntentRow).order_by(IntentRow.time, IntentRow.id))
            return [_intent(row) for row in rows]

    def find(self, beginning: str) -> Intent | None:
        """Return the one intent whose id begins so."""
        found = [intent for intent in self.list() if beginning and intent.id.startswith(beginning)]
        return found[0] if len(found) == 1 else None

    def _change(self, name: str, **values: str | int) -> bool:
        """Change one of ours; False where it is not, or not any more."""
        return self._database.apply_prepared(_CHANGE, {"intent": name, "by": self._holder(), **values}) == 1

    def _held(self, name: str) -> tuple[ColumnElement[bool], ...]:
        return IntentRow.id == name, IntentRow.holder == self._holder()

    @contextmanager
    def _remembered(self, name: str, made: int) -> Iterator[None]:
        """Remember how far one of ours has come, where the block cannot say so."""
        try:
            yield
        except BaseException:
            with self._lock:
                self._reached[name] = made
            raise
        with self._lock:
            self._reached.pop(name, None)

    def _listed(self) -> Iterator[Intent]:
        """Yield all intents, with what is known of them here, and forget what is known of those that are over."""
        with self._lock:
            left = self._reached.keys() - self._own
        for intent in self.list():
            left.discard(intent.id)
            yield replace(intent, made=max(intent.made, self._reached.get(intent.id, 0)))
        with self._lock:
            for name in left:
                self._reached.pop(name, None)

    def _hold(self, name: str) -> None:
        # Before the store has it: whoever looks round just then is to know.
        with self._lock:
            self._own.add(name)

    def _let_go(self, name: str) -> None:
        with self._lock:
            self._own.discard(name)


def _intent(row: IntentRow) -> Intent:
    return Intent(**{field.name: getattr(row, field.name) for field in fields(Intent)})
