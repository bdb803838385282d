"""Values are promised once, and numbers counted without a gap or a double, by however many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.store.allocations import KEPT_FOR, Allocations, Pool
from app.store.database import Database
from tests.store.fakes import FrozenClock

POOL = Pool("PRIMARY", "uid")


@pytest.fixture
def allocations(database: Database, clock: FrozenClock) -> Allocations:
    """Make the service."""
    return Allocations(database, clock=clock)


def test_once(allocations: Allocations) -> None:
    """A value is promised once in its pool, and again when it was given back."""
    assert allocations.reserve(POOL, "jo")
    assert not allocations.reserve(POOL, "jo")
    assert allocations.reserve(Pool("OTHER", "uid"), "jo")
    assert allocations.reserved(POOL) == {"jo"}

    allocations.release(POOL, ["jo"])

    assert allocations.reserve(POOL, "jo")


def test_expiry(allocations: Allocations, clock: FrozenClock) -> None:
    """A promise lasts for its time, and no longer."""
    allocations.reserve(POOL, "jo")

    clock.now += KEPT_FOR - timedelta(seconds=1)
    assert not allocations.reserve(POOL, "jo")
    clock.now += timedelta(seconds=1)
    assert allocations.reserve(POOL, "jo")


def test_numbers(allocations: Allocations) -> None:
    """Numbers are counted from the first one, and on from where others have got to."""
    assert [allocations.next_number(POOL, first=10) for _ in range(3)] == [10, 11, 12]

    allocations.count_from(POOL, 20)
    allocations.count_from(POOL, 15)

    assert allocations.next_number(POOL, first=10) == 20


def test_many_at_once(allocations: Allocations) -> None:
    """Of many who ask at once each gets a number of its own, and one alone gets the value."""
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: allocations.next_number(POOL, first=1), range(40)))
        promised = list(pool.map(lambda _: allocations.reserve(POOL, "jo"), range(16)))

    assert sorted(numbers) == list(range(1, 41))
    assert promised.count(True) == 1
