"""A server that does not let us in is not asked again at once, nor by several at a time, and is as soon as that makes sense."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier, Event

import pytest

from app.directory.errors import InvalidCredentials, PasswordStale, Unavailable
from app.directory.servers.entrance import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Entrance
from tests.directory.servers.fakes import Clock


class Door:
    """Counts who knocks; opens while it has no ``refusal``."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.knocked = 0
        self.while_knocking: Callable[[], object] = lambda: None

    def __call__(self) -> str:
        """Knock."""
        self.knocked += 1
        self.while_knocking()
        if self.refusal:
            raise self.refusal
        return "in"


def fine() -> None:
    """Know nothing against the server."""


def refused(entrance: Entrance, door: Door) -> InvalidCredentials:
    """Try, in vain."""
    with pytest.raises(InvalidCredentials) as found:
        entrance.enter(door, check=fine)
    return found.value


WRONG = InvalidCredentials("as cn=us: wrong (49)", code=49, diagnostic="data 52e", reason="it is wrong")


def test_pauses() -> None:
    """They grow to a quarter of an hour, however often somebody wants in."""
    clock, door, times = Clock(), Door(WRONG), []
    entrance = Entrance(clock)
    for _ in range(3000):
        knocked = door.knocked
        refused(entrance, door)
        if door.knocked > knocked:
            times.append(clock())
        clock.seconds += 1

    assert [late - early for early, late in pairwise(times)] == [15, 60, 240, 900, 900]


def test_what_is_told_meanwhile() -> None:
    """All that the server said, and when it is tried again."""
    clock, stale = (
        Clock(),
        PasswordStale("as cn=us: expired", code=49, diagnostic="d", reason="it has expired"),
    )
    entrance, door = Entrance(clock), Door(stale)
    refused(entrance, door)
    clock.seconds += 5

    told = refused(entrance, door)

    assert type(told) is PasswordStale
    assert str(told) == "as cn=us: expired; tried again in 10 s, so that the account is not locked"
    assert (told.code, told.diagnostic, told.reason) == (49, "d", "it has expired")


def test_let_in() -> None:
    """Who has been let in once enters freely; a refusal after that begins with the shortest pause again."""
    clock, door = Clock(), Door(WRONG)
    entrance = Entrance(clock)
    refused(entrance, door)
    clock.seconds += FIRST_PAUSE_SECONDS
    refused(entrance, door)
    clock.seconds += LONGEST_PAUSE_SECONDS
    door.refusal = None

    assert [entrance.enter(door, check=fine) for _ in range(3)] == ["in"] * 3
    door.refusal = WRONG
    refused(entrance, door)
    clock.seconds += FIRST_PAUSE_SECONDS
    door.refusal = None

    assert entrance.enter(door, check=fine) == "in"


def test_one_at_a_time() -> None:
    """Of many who want in for the first time one knocks, and the others hear what was said to it."""
    entrance, door, all_there, first = Entrance(Clock()), Door(WRONG), Barrier(9, timeout=10), Event()
    door.while_knocking = lambda: first.wait(10)

    def enter(_number: int) -> InvalidCredentials:
        all_there.wait()
        return refused(entrance, door)

    with ThreadPoolExecutor(8) as pool:
        told = pool.map(enter, range(8))
        all_there.wait()
        first.set()
        assert len(list(told)) == 8

    assert door.knocked == 1


def test_those_who_knocked_together_count_once() -> None:
    """Where we were known, several may be refused at the same time; the pause is the shortest all the same."""
    clock, door, together = Clock(), Door(), Barrier(4, timeout=10)
    entrance = Entrance(clock)
    entrance.enter(door, check=fine)
    door.refusal, door.while_knocking = WRONG, together.wait

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: refused(entrance, door), range(4)))
    clock.seconds += FIRST_PAUSE_SECONDS
    door.refusal, door.while_knocking = None, fine

    assert entrance.enter(door, check=fine) == "in"


def test_a_server_that_others_found_to_be_down() -> None:
    """Nobody who has waited for his turn tries it once more."""

    def check() -> None:
        raise Unavailable("down")

    door = Door()
    with pytest.raises(Unavailable):
        Entrance(Clock()).enter(door, check=check)

    assert door.knocked == 0
