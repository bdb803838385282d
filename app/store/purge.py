"""Forgetting what has had its day, in the background: a batch of rows at a time, so that nobody waits for it.

What has expired is up to the modules that keep it: each has an ``Expiry``. Many also forget in passing, when they write;
that holds for a service that is asked, this for one that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from app.store.database import Database
from app.store.tables import Base
from app.telemetry import get_logger

EVERY_SECONDS: Final = 60.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Which rows of a table nobody needs any more at a moment."""

    row: type[Base]
    is_over: Callable[[datetime], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one round forgets of each table, in how many transactions."""

    rows: int = 500
    batches: int = 20


DEFAULT_BOUNDS: Final = Bounds()


class Purge:
    """Forgets. Several processes may do so at once: none waits for rows that another one has taken up."""

    def __init__(
        self,
        database: Database,
        expiries: Sequence[Expiry],
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        bounds: Bounds = DEFAULT_BOUNDS,
    ) -> None:
        self._database = database
        self._expiries = expiries
        self._clock = clock
        self._monotonic = monotonic
        self._bounds = bounds
        self._next = float("-inf")

    def tend(self) -> int:
        """Forget what is due, if the last round was a while ago; return how many rows. A store that fails is logged."""
        now = self._monotonic()
        if now < self._next:
            return 0
        self._next = now + EVERY_SECONDS
        try:
            return self.run()
        except SQLAlchemyError as error:
            _log.warning("purge_failed", reason=type(error).__name__)
            return 0

    def run(self) -> int:
        """Forget what is due, up to the bounds; return how many rows."""
        return sum(map(self._purge, self._expiries))

    def _purge(self, expiry: Expiry) -> int:
        total = 0
        for _ in range(self._bounds.batches):
            gone = self._batch(expiry)
            total += gone
            if gone < self._bounds.rows:
                break
        return total

    def _batch(self, expiry: Expiry) -> int:
        table = cast("Table", expiry.row.__table__)
        key = tuple(table.primary_key.columns)
        over = select(*key).where(expiry.is_over(self._clock())).limit(self._bounds.rows)
        with self._database.writing() as connection:
            rows = connection.execute(over.with_for_update(skip_locked=True)).all()
            if not rows:
                return 0
            gone = connection.execute(delete(table).where(tuple_(*key).in_([tuple(row) for row in rows])))
            return cast("Any", gone).rowcount  # type: ignore[no-any-return]
