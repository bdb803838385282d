"""Values that have been promised to entries in the making, so that no two processes promise the same one.

A promise is kept for a day, also where the entry was made: other servers of the directory may not show it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError

from app.store.database import Database
from app.store.purge import Expiry
from app.store.tables import AllocationRow, CounterRow

KEPT_FOR = timedelta(days=1)
MAX_KEY = 1000
EXPIRED_ALLOCATIONS = Expiry(AllocationRow, lambda now: AllocationRow.expires <= now)


@dataclass(frozen=True, slots=True)
class Pool:
    """The values of one attribute in one domain, of which no two entries have the same."""

    domain: str
    attribute: str


class Allocations:
    """Promises by pool and value. Values are compared as their callers fold them."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def reserve(self, pool: Pool, value: str, *, kept_for: timedelta = KEPT_FOR) -> bool:
        """Promise a value; tell whether nobody else has been promised it."""
        row = AllocationRow(
            domain=pool.domain,
            attribute=pool.attribute,
            value=value[:MAX_KEY],
            expires=self._clock() + kept_for,
        )
        try:
            with self._database.session() as session:
                session.execute(delete(AllocationRow).where(AllocationRow.expires <= self._clock()))
                session.add(row)
        except IntegrityError:
            return False
        return True

    def release(self, pool: Pool, values: Sequence[str]) -> None:
        """Take promises back."""
        keys = [value[:MAX_KEY] for value in values]
        with self._database.session() as session:
            session.execute(delete(AllocationRow).where(*_in(pool), AllocationRow.value.in_(keys)))

    def reserved(self, pool: Pool) -> set[str]:
        """Return all values that are promised."""
        with self._database.reading() as session:
            return set(session.scalars(select(AllocationRow.value).where(*_in(pool))))

    def next_number(self, pool: Pool, *, first: int) -> int:
        """Count on, beginning at ``first``; nobody else is told the same number."""
        own = (CounterRow.domain == pool.domain, CounterRow.attribute == pool.attribute)
        counted = update(CounterRow).where(*own).values(next=CounterRow.next + 1).returning(CounterRow.next)
        while True:
            with self._database.session() as session:
                number = session.scalar(counted)
            if number is not None:
                return number - 1
            self.count_from(pool, first)

    def count_from(self, pool: Pool, number: int) -> None:
        """Let the count go on at ``number``, unless it is further already."""
        row = CounterRow(domain=pool.domain, attribute=pool.attribute, next=number)
        own = (CounterRow.domain == pool.domain, CounterRow.attribute == pool.attribute)
        try:
            with self._database.session() as session:
                session.add(row)
        except IntegrityError:
            with self._database.session() as session:
                session.execute(update(CounterRow).where(*own, CounterRow.next < number).values(next=number))


def _in(pool: Pool) -> tuple[ColumnElement[bool], ...]:
    return AllocationRow.domain == pool.domain, AllocationRow.attribute == pool.attribute
