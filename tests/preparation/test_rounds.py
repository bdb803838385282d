"""Each directory is examined now and then, by one of the processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from app.preparation.rounds import EVERY, Rounds
from app.provisioning.domain import InvalidDomain
from app.store.checkup_claims import LEASE, CheckupClaims
from app.store.checkups import Checkups
from app.store.database import Database
from tests.store.fakes import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.preparation.finding import Finding
    from app.preparation.preparations import Preparations
    from app.provisioning.configuration import Configurations

CONFIGURATION = SimpleNamespace(domains={"ONE": None, "TWO": None})
FINDING = {"severity": "warning", "seen": "no index"}


@dataclass
class Looking:
    """Notes what it has looked at, as the doctor does."""

    checkups: Checkups
    broken: frozenset[str] = frozenset()

    def look_in(self, name: str) -> list[Finding]:
        """Look."""
        if name in self.broken:
            raise InvalidDomain("it has no base")
        self.checkups.note(name, [FINDING])
        return []


@pytest.fixture
def clock() -> FrozenClock:
    """Make a clock that stands at noon."""
    return FrozenClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Make an empty store."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    yield database
    database.dispose()


def rounds_of(database: Database, clock: FrozenClock, holder: str = "one", *broken: str) -> Rounds:
    """Make what a process goes its rounds by, as if it had just been started."""
    checkups = Checkups(database, clock=clock)
    return Rounds(
        cast("Preparations", Looking(checkups, frozenset(broken))),
        cast("Configurations", SimpleNamespace(current=lambda: CONFIGURATION)),
        checkups,
        CheckupClaims(database, clock=clock, holder=lambda: f"{holder}-machine/7/1"),
        clock,
    )


def test_who_is_due_is_examined(database: Database, clock: FrozenClock) -> None:
    """Whoever was never examined, or an hour ago; what was found meanwhile by somebody else counts."""
    rounds = rounds_of(database, clock)
    rounds.checkups.note("TWO", [])

    first = rounds.run()
    again = rounds.run()
    clock.now += EVERY
    later = rounds.run()

    assert (first, again, later) == (["ONE"], [], ["ONE", "TWO"])
    found = rounds.checkups.all()
    assert {name: each.count("warning") for name, each in found.items()} == {"ONE": 1, "TWO": 1}


def test_not_again_after_a_restart(database: Database, clock: FrozenClock) -> None:
    """Who is started within the hour examines nothing that was examined before, by whatever process."""
    first = rounds_of(database, clock).run()
    clock.now += EVERY - LEASE

    restarted = rounds_of(database, clock, "another").run()

    assert (first, restarted) == (["ONE", "TWO"], [])


def test_once_by_several(database: Database, clock: FrozenClock) -> None:
    """Of processes that go at the same time one examines a domain, each time that it is due."""
    processes = [rounds_of(database, clock, str(number)) for number in range(4)]
    looked: list[list[str]] = []

    with ThreadPoolExecutor(len(processes)) as threads:
        for _ in range(5):
            done = threads.map(Rounds.run, processes)
            looked.append(sorted(name for names in done for name in names))
            clock.now += EVERY

    assert looked == [["ONE", "TWO"]] * 5


def test_while_another_one_examines(database: Database, clock: FrozenClock) -> None:
    """Who comes while a domain is being examined leaves it alone; where that process died, it is examined after a while."""
    died, other = rounds_of(database, clock), rounds_of(database, clock, "another")
    claim = died.claims.free(["ONE"])[0]
    with died.claims.held(claim):
        meanwhile = other.run()
    clock.now += LEASE

    after = other.run()

    assert (meanwhile, after) == (["TWO"], ["ONE"])


def test_one_that_cannot_be_examined(database: Database, clock: FrozenClock) -> None:
    """It keeps nobody from examining the others, and is tried again after a while, not at once by everybody."""
    rounds = rounds_of(database, clock, "one", "ONE")

    first = rounds.run()
    other = rounds_of(database, clock, "another").run()
    clock.now += LEASE
    mended = rounds_of(database, clock, "another").run()

    assert (first, other, mended) == (["TWO"], [], ["ONE"])
