"""Each directory is examined now and then, by one of the processes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from app.preparation.rounds import EVERY, Rounds
from app.store.checkups import Checkups
from app.store.database import Database
from tests.store.fakes import FrozenClock

if TYPE_CHECKING:
    from pathlib import Path

    from app.preparation.preparations import Preparations
    from app.provisioning.configuration import Configurations


def test_who_is_due_is_examined(tmp_path: Path) -> None:
    """Whoever was never examined, or an hour ago; what was found meanwhile by somebody else counts."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    clock = FrozenClock()
    checkups = Checkups(database, clock=clock)
    finding = {"severity": "warning", "seen": "no index"}

    def examine(name: str) -> list[object]:
        checkups.note(name, [finding])
        return [finding]

    configuration = SimpleNamespace(domains={"ONE": None, "TWO": None})
    rounds = Rounds(
        cast("Preparations", SimpleNamespace(examine=examine)),
        cast("Configurations", SimpleNamespace(current=lambda: configuration)),
        checkups,
        clock,
    )
    checkups.note("TWO", [])

    first = rounds.run()
    again = rounds.run()
    clock.now += EVERY
    later = rounds.run()

    assert (first, again, later) == (["ONE"], [], ["ONE", "TWO"])
    assert {name: each.count("warning") for name, each in checkups.all().items()} == {"ONE": 1, "TWO": 1}
    database.dispose()
