"""How many requests came of late, of which applications, and how they were answered.

Each process counts for itself and adds its counts to the store now and then, so that all see the same. What is older than a
day is forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sqlalchemy import bindparam, delete, func, select, text

from app.store.database import Database
from app.store.tables import TrafficRow, UtcDateTime

KEEP: Final = timedelta(days=1)
REFUSED, FAILED = 400, 500
_ADD: Final = text(
    "INSERT INTO traffic (minute, application, requests, refused, failed)"
    " VALUES (:minute, :application, :requests, :refused, :failed)"
    " ON CONFLICT (minute, application) DO UPDATE SET requests = traffic.requests + excluded.requests,"
    " refused = traffic.refused + excluded.refused, failed = traffic.failed + excluded.failed"
).bindparams(bindparam("minute", type_=UtcDateTime()))


@dataclass(frozen=True, slots=True)
class Flow:
    """The requests of an application within a time; "" are those of nobody known."""

    application: str
    requests: int
    refused: int
    """Answered by 4xx."""
    failed: int
    """Answered by 5xx."""


@dataclass(frozen=True, slots=True)
class Course:
    """The requests of an application within a time, step by step, the oldest first."""

    application: str
    points: tuple[Flow, ...]

    @property
    def total(self) -> Flow:
        """Return all of them together."""
        return _sum(self.application, self.points)


class Traffic:
    """The counts of all applications."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = Lock()
        self._counted: Counter[tuple[datetime, str, str]] = Counter()

    def count(self, application: str, status: int) -> None:
        """Count a request."""
        minute = self._clock().replace(second=0, microsecond=0)
        with self._lock:
            self._counted[minute, application, "requests"] += 1
            if status >= REFUSED:
                self._counted[minute, application, "failed" if status >= FAILED else "refused"] += 1

    def flush(self) -> None:
        """Add what this process has counted to what is known."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
        if not counted:
            return
        with self._database.session() as session:
            for minute, application in sorted({(minute, name) for minute, name, _ in counted}):
                amounts = {
                    kind: counted[minute, application, kind] for kind in ("requests", "refused", "failed")
                }
                session.execute(_ADD, {"minute": minute, "application": application, **amounts})
            session.execute(delete(TrafficRow).where(TrafficRow.minute < self._clock() - KEEP))

    def of_late(self, window: timedelta) -> list[Flow]:
        """Return what came within a window, by application."""
        self.flush()
        query = (
            select(
                TrafficRow.application,
                func.sum(TrafficRow.requests),
                func.sum(TrafficRow.refused),
                func.sum(TrafficRow.failed),
            )
            .where(TrafficRow.minute > self._clock() - window)
            .group_by(TrafficRow.application)
            .order_by(TrafficRow.application)
        )
        with self._database.reading() as session:
            return [Flow(name, *map(int, sums)) for name, *sums in session.execute(query)]

    def courses(self, window: timedelta, step: timedelta) -> list[Course]:
        """Return what came within a window, by application and in steps, of which the last one ends now."""
        self.flush()
        first = self._clock().replace(second=0, microsecond=0) + timedelta(minutes=1) - window
        query = select(TrafficRow).where(TrafficRow.minute >= first).order_by(TrafficRow.application)
        found: dict[str, list[list[Flow]]] = {}
        with self._database.reading() as session:
            for row in session.scalars(query):
                steps = found.setdefault(row.application, [[] for _ in range(window // step)])
                flow = Flow(row.application, row.requests, row.refused, row.failed)
                steps[min((row.minute - first) // step, len(steps) - 1)].append(flow)
        return [Course(name, tuple(_sum(name, each) for each in steps)) for name, steps in found.items()]


def _sum(application: str, flows: Sequence[Flow]) -> Flow:
    return Flow(
        application,
        sum(each.requests for each in flows),
        sum(each.refused for each in flows),
        sum(each.failed for each in flows),
    )
