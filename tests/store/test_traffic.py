"""Requests are counted by minute and application, whoever answered them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app.store.traffic import KEEP, Flow, Traffic
from tests.store.fakes import FrozenClock

if TYPE_CHECKING:
    from app.store.database import Database

HOUR = timedelta(hours=1)


def test_processes_count_together(database: Database) -> None:
    """What two of them have counted adds up, in the same minute and in others."""
    clock = FrozenClock()
    one, other = Traffic(database, clock=clock), Traffic(database, clock=clock)
    one.count("hr", 200)
    other.count("hr", 404)
    other.flush()
    clock.now += timedelta(minutes=5)
    one.count("hr", 503)

    assert one.of_late(HOUR) == [Flow("hr", 3, 1, 1)]
    assert one.of_late(timedelta(minutes=2)) == [Flow("hr", 1, 0, 1)]


def test_what_is_old_is_forgotten(database: Database) -> None:
    """The table does not grow."""
    clock = FrozenClock()
    traffic = Traffic(database, clock=clock)
    traffic.count("hr", 200)
    traffic.flush()
    clock.now += KEEP + timedelta(minutes=2)
    traffic.count("hr", 200)

    assert traffic.of_late(2 * KEEP) == [Flow("hr", 1, 0, 0)]
