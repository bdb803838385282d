"""Of all processes one examines a domain, and another one takes over from one that died."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from typing import TYPE_CHECKING

from app.store.checkup_claims import LEASE, CheckupClaims
from app.store.database import Database
from app.store.processes import this_process
from tests.store.fakes import NOON, FrozenClock

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Barrier

PROCESSES = 4
ELSEWHERE = "other-machine/7/1"


def of(database: Database, clock: FrozenClock, holder: str = ELSEWHERE) -> CheckupClaims:
    """Give what a process knows of."""
    return CheckupClaims(database, clock=clock, holder=lambda: holder)


def is_claimed(claims: CheckupClaims) -> bool:
    """Claim a domain where it is free; tell whether that succeeded."""
    free = claims.free(["ONE"])
    if not free:
        return False
    with claims.held(free[0]) as is_ours:
        return is_ours


def _race(url: str, barrier: Barrier, answer: Connection) -> None:
    database = Database(url)
    claims = CheckupClaims(database, clock=FrozenClock())
    for _ in range(2):
        # All have seen it before anybody claims it.
        free = claims.free(["ONE"])
        barrier.wait()
        with claims.held(free[0]) as is_ours:
            answer.send(is_ours)
        barrier.wait()
        claims = CheckupClaims(database, clock=FrozenClock(NOON + LEASE))
    database.dispose()


def test_one_of_many_processes(database: Database) -> None:
    """Of processes that see at once that a domain is free one gets it, whether it was claimed before or never."""
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(PROCESSES)
    url = database.url.render_as_string(hide_password=False)
    pipes = [spawn.Pipe(duplex=False) for _ in range(PROCESSES)]
    started = [spawn.Process(target=_race, args=(url, barrier, sender)) for _, sender in pipes]
    for process in started:
        process.start()

    first = [receiver.recv() for receiver, _ in pipes]
    again = [receiver.recv() for receiver, _ in pipes]

    for process in started:
        process.join()

    assert (first.count(True), again.count(True)) == (1, 1)


def test_nobody_else_while_it_lives(database: Database, clock: FrozenClock) -> None:
    """Who gives signs of life keeps what it claimed; once they fail to come, it is passed on."""
    first, second = of(database, clock), of(database, clock, this_process())
    free = first.free(["ONE"])

    with first.held(free[0]) as is_ours:
        clock.now += LEASE / 2
        first.keep_alive()
        clock.now += LEASE / 2
        meanwhile = is_claimed(second)
        clock.now += LEASE / 2
        later = is_claimed(second)
        # Whose claim has passed on does not lengthen it.
        first.keep_alive()
        clock.now += LEASE

    assert (is_ours, meanwhile, later, is_claimed(second)) == (True, False, True, True)


def test_process_that_has_died(database: Database, clock: FrozenClock) -> None:
    """What a process of this machine claimed that has ended is free at once."""
    said = "from app.store.processes import this_process; print(this_process())"
    ended = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)

    holders = (ended.stdout.strip(), this_process(), ELSEWHERE)

    claimed = [is_claimed(of(database, clock, holder)) for holder in holders]

    assert claimed == [True, True, False]


def test_others_are_no_reason(database: Database, clock: FrozenClock) -> None:
    """A claim is one domain's, and what has ended is not kept alive."""
    claims = of(database, clock)
    is_claimed(claims)
    clock.now += LEASE

    claims.keep_alive()

    assert [each.domain for each in claims.free(["ONE", "TWO"])] == ["ONE", "TWO"]
