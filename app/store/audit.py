"""The audit trail: who did what to which resource, and how it went. Rows are added and read, never changed.

Leaving secrets out of a plan is up to the caller, who knows what is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, cast

from sqlalchemy import insert, select

from app.store.endings import ENDING
from app.store.tables import AuditRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Select, Table

    from app.store.database import Database

MAX_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What is worth keeping of one action.

    ``plan`` is LDIF without secrets, for people. ``steps`` are what undoes it, as ``directory.plan_text`` writes them;
    entries that are read carry none: ``Audit.steps`` fetches those of one.
    """

    actor: str
    action: str
    outcome: str
    status: int = 0
    request_id: str = ""
    application: str = ""
    domain: str = ""
    resource_type: str = ""
    resource_id: str = ""
    plan: str = ""
    detail: str = ""
    steps: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry(AuditEvent):
    """An event as it stands in the trail."""

    id: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries to show; what is None does not matter."""

    actor: str | None = None
    action: str | None = None
    outcome: str | None = None
    request_id: str | None = None
    application: str | None = None
    domain: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = AuditFilter()
_BOUNDS = {"since", "until"}
_EVENT_FIELDS = tuple(each.name for each in fields(AuditEvent))
_READ = tuple(each.name for each in fields(AuditEntry) if each.name != "steps")
_ADD = insert(cast("Table", AuditRow.__table__)).inline()
Keep = Callable[["Connection"], object]
Follower = Callable[[AuditEvent], Keep | None]
"""Says how something is kept with an event, within its transaction; None where there is nothing to keep."""


class Audit:
    """The trail. ``clock`` tells the time of each entry."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._ending = ENDING[database.url.get_backend_name()]
        self._followers: list[Follower] = []

    def record(self, event: AuditEvent, *, ending: str = "") -> None:
        """Add an event to the trail, and forget the intent that it is the end of, if it is: all of that or nothing."""
        kept = self._kept_with(event)
        statement, values = _ADD, self._values(event)
        if ending:
            statement, values = self._ending, {"intent": ending, **values}
        if not kept:
            self._database.apply_prepared(statement, values)
            return
        with self._database.writing() as connection:
            connection.execute(statement, values)
            for keep in kept:
                keep(connection)

    def add(self, connection: Connection, event: AuditEvent) -> None:
        """Add an event to the trail within a transaction."""
        connection.execute(_ADD, self._values(event))
        for keep in self._kept_with(event):
            keep(connection)

    def follow(self, follower: Follower) -> None:
        """Have something else kept with each event, in the same transaction."""
        self._followers.append(follower)

    def _kept_with(self, event: AuditEvent) -> list[Keep]:
        with self._database.at_one_look():
            return [keep for follow in self._followers if (keep := follow(event)) is not None]

    def _values(self, event: AuditEvent) -> dict[str, object]:
        return {"time": self._clock(), **{name: getattr(event, name) for name in _EVENT_FIELDS}}

    def page(
        self, wanted: AuditFilter = EVERYTHING, *, limit: int = 50, before: int | None = None
    ) -> list[AuditEntry]:
        """Return the newest entries that fit. ``before`` is the id of the last entry of the page before."""
        query = _fitting(select(AuditRow), wanted)
        if before is not None:
            query = query.where(AuditRow.id < before)
        query = query.order_by(AuditRow.id.desc()).limit(max(0, min(limit, MAX_PAGE)))
        with self._database.reading() as session:
            return [_entry(row) for row in session.scalars(query)]

    def pages(self, wanted: AuditFilter = EVERYTHING) -> Iterator[AuditEntry]:
        """Yield all entries that fit, newest first, without holding more than a page of them."""
        before: int | None = None
        while found := self.page(wanted, limit=MAX_PAGE, before=before):
            yield from found
            before = found[-1].id

    def get(self, number: int) -> AuditEntry | None:
        """Return one entry; None where there is none."""
        with self._database.reading() as session:
            row = session.get(AuditRow, number)
            return None if row is None else _entry(row)

    def steps(self, number: int) -> str:
        """Return the steps of one entry; empty where none were kept."""
        with self._database.reading() as session:
            return session.scalar(select(AuditRow.steps).where(AuditRow.id == number)) or ""


def _fitting(query: Select[AuditRow], wanted: AuditFilter) -> Select[AuditRow]:
    equal = {
        name: value for name, value in asdict(wanted).items() if value is not None and name not in _BOUNDS
    }
    query = query.filter_by(**equal)
    if wanted.since is not None:
        query = query.where(AuditRow.time >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditRow.time < wanted.until)
    return query


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(**{name: getattr(row, name) for name in _READ})
