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


def test_requests_step_by_step(database: Database) -> None:
    """Each step has what came within it, the last one ends with this minute, and nothing outside is in any."""
    clock = FrozenClock()
    traffic = Traffic(database, clock=clock)
    traffic.count("hr", 200)
    clock.now += timedelta(minutes=58)
    traffic.count("hr", 404)
    traffic.count("hr", 500)
    clock.now += timedelta(minutes=1)
    traffic.count("hr", 200)
    traffic.count("", 401)

    [nobody, hr] = traffic.courses(HOUR, timedelta(minutes=2))
    assert (len(hr.points), hr.total, nobody.total) == (30, Flow("hr", 4, 1, 1), Flow("", 1, 1, 0))
    assert (hr.points[0], hr.points[-1]) == (Flow("hr", 1, 0, 0), Flow("hr", 3, 1, 1))

    clock.now += timedelta(minutes=1)
    assert traffic.courses(HOUR, timedelta(minutes=2))[1].total == Flow("hr", 3, 1, 1)
