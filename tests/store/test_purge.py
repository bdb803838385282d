"""What has had its day is forgotten in the background, a bounded number of rows at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, event, func, insert, select

from app.bootstrap import EXPIRIES
from app.store.database import Database
from app.store.purge import EVERY_SECONDS, Bounds, Purge
from app.store.snapshots import Snapshots
from app.store.tables import Base, SnapshotIdsRow, UsedAssertionRow, UtcDateTime
from tests.store.fakes import NOON, FrozenClock

LONG_AGO = NOON - timedelta(days=400)
KEPT = {"expires", "until"}
"""What moments are called after which a row means nothing."""


@dataclass
class Passing:
    """Seconds that pass when a test says so."""

    now: float = 100.0
    clock: FrozenClock = field(default_factory=FrozenClock)

    def __call__(self) -> float:
        return self.now

    def purge(self, database: Database, bounds: Bounds | None = None) -> Purge:
        """Make what is tested."""
        more: dict[str, Any] = {"bounds": bounds} if bounds else {}
        return Purge(database, EXPIRIES, clock=self.clock, monotonic=self, **more)


def row(table: Any, number: int, moment: object) -> Mapping[str, Any]:
    """Make a row whose moments are all the same, and whose name is its own."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if isinstance(column.type, UtcDateTime):
            values[column.name] = moment
        elif isinstance(column.type, JSON):
            values[column.name] = {}
        elif column.type.python_type is bytes:
            values[column.name] = b""
        else:
            values[column.name] = column.type.python_type(number)
    return values


def counts(database: Database) -> dict[str, int]:
    """Count the rows of every table that something is forgotten of."""
    with database.reading() as session:
        return {
            each.row.__tablename__: session.scalar(select(func.count()).select_from(each.row)) or 0
            for each in EXPIRIES
        }


def test_everything_that_ends_is_forgotten(database: Database) -> None:
    """Of each table old rows go and new ones stay."""
    with database.session() as session:
        for each in EXPIRIES:
            table = each.row.__table__
            session.execute(insert(each.row), [row(table, n, LONG_AGO) for n in range(3)])
            session.execute(insert(each.row), [row(table, n, NOON + timedelta(seconds=1)) for n in (7, 8)])

    forgotten = Passing().purge(database).run()

    assert forgotten == 3 * len(EXPIRIES)
    assert set(counts(database).values()) == {2}


def test_no_table_is_left_out() -> None:
    """Who adds a table whose rows expire is told here that something must forget them."""
    ending = {table.name for table in Base.metadata.sorted_tables if KEPT & set(table.columns.keys())}

    assert ending == {each.row.__tablename__ for each in EXPIRIES} - {"change_counts", "held_changes"}


def test_a_round_is_bounded(database: Database) -> None:
    """However much there is, a round forgets so much of it, in short transactions; the next one goes on."""
    table = UsedAssertionRow.__table__
    with database.session() as session:
        session.execute(insert(UsedAssertionRow), [row(table, n, LONG_AGO) for n in range(25)])
    transactions: list[object] = []
    event.listen(database.engine, "commit", transactions.append)
    purge = Passing().purge(database, Bounds(rows=4, batches=3))

    assert [purge.run() for _ in range(4)] == [12, 12, 1, 0]
    assert len(transactions) >= 3 + 3 + 1


def test_a_list_goes_with_its_ids(database: Database) -> None:
    """A snapshot that nobody reads any more leaves nothing behind."""
    passing = Passing()
    snapshots = Snapshots(database, clock=passing.clock, random_hex=lambda size: "0" * 2 * size)
    snapshots.keep("key", [b"0123456789abcdef"], position=0)
    passing.clock.advance(3600)

    passing.purge(database).run()

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SnapshotIdsRow)) == 0


def test_rounds_are_apart(database: Database) -> None:
    """Whoever asks all the time has it done once a minute."""
    passing, table = Passing(), UsedAssertionRow.__table__
    purge = passing.purge(database)

    def fill_and_tend() -> int:
        with database.session() as session:
            session.execute(insert(UsedAssertionRow), [row(table, int(passing.now), LONG_AGO)])
        return purge.tend()

    first = fill_and_tend()
    passing.now += EVERY_SECONDS - 1
    too_soon = fill_and_tend()
    passing.now += 1
    later = fill_and_tend()

    assert (first, too_soon, later) == (1, 0, 2)


@pytest.mark.parametrize("database", ["copied"], indirect=True)
def test_two_purge_at_once(database: Database) -> None:
    """What one process has taken up, another one leaves alone and does not wait for; SQLite has one writer at a time."""
    with database.session() as session:
        session.execute(
            insert(UsedAssertionRow), [row(UsedAssertionRow.__table__, n, LONG_AGO) for n in (1, 2)]
        )

    with database.session() as busy:
        busy.scalars(select(UsedAssertionRow).where(UsedAssertionRow.digest == "1").with_for_update()).all()
        meanwhile = Passing().purge(database).run()

    assert meanwhile == 1
    assert Passing().purge(database).run() == 1


def test_a_store_that_fails_is_no_reason_to_stop(tmp_path: Path) -> None:
    """The failure is logged, and the next round tries again."""
    database = Database(f"sqlite:///{tmp_path}/never-migrated.db")

    assert Passing().purge(database).tend() == 0
    database.dispose()
