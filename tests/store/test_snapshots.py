"""Snapshots of lists: read in parts, by whoever began them, and forgotten in time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import pytest
from sqlalchemy import delete, select

from app.store.database import Database
from app.store.snapshots import Limits, Newest, Part, Snapshots
from app.store.tables import SnapshotIdsRow, SnapshotRow
from tests.store.fakes import FrozenClock

KEY = "users"


def ids(size: int, *, start: int = 0) -> list[bytes]:
    """Make ids that differ."""
    return [number.to_bytes(16) for number in range(start, start + size)]


def snapshots_of(database: Database, clock: FrozenClock, limits: Limits | None = None) -> Snapshots:
    """Make the service; snapshots are named 00…01, 00…02 and so on."""
    numbers = count(1)
    return Snapshots(
        database,
        clock=clock,
        random_hex=lambda size: f"{next(numbers):0{2 * size}x}",
        limits=limits or Limits(),
    )


@pytest.fixture
def snapshots(database: Database, clock: FrozenClock) -> Snapshots:
    """Make the service with its own limits."""
    return snapshots_of(database, clock)


def kept_ids(database: Database) -> Sequence[str]:
    """Name the snapshots whose ids are stored."""
    with database.reading() as session:
        return [
            str(int(name, 16))
            for name in session.scalars(select(SnapshotIdsRow.snapshot).order_by("snapshot"))
        ]


@pytest.mark.parametrize(
    ("start", "size", "expected"),
    [
        pytest.param(0, 2, slice(0, 2), id="first"),
        pytest.param(2, 2, slice(2, 4), id="next"),
        pytest.param(4, 2, slice(4, 5), id="cut short"),
        pytest.param(5, 2, slice(0, 0), id="behind the end"),
        pytest.param(10**17, 10**17, slice(0, 0), id="far behind the end"),
        pytest.param(0, 0, slice(0, 0), id="nothing"),
    ],
)
def test_a_part_is_read(snapshots: Snapshots, start: int, size: int, expected: slice) -> None:
    """A part has the ids that stand there, and the total of all."""
    name = snapshots.keep(KEY, ids(5), position=2)

    assert snapshots.read(KEY, start=start, count=size) == Part(name, 5, ids(5)[expected])


def test_other_lists_have_none(snapshots: Snapshots) -> None:
    """Nobody reads a snapshot by another list's key, not even one who knows its name."""
    name = snapshots.keep(KEY, ids(5), position=2)

    assert snapshots.read("groups", start=0, count=2) is None
    assert snapshots.read("groups", start=0, count=2, name=name) is None


def test_a_named_one_is_read(snapshots: Snapshots) -> None:
    """A name picks its snapshot among those of a list, and no other stands in for one that is not there."""
    first = snapshots.keep(KEY, ids(5), position=2)
    snapshots.keep(KEY, ids(5, start=5), position=2)

    found = snapshots.read(KEY, start=2, count=1, name=first)

    assert found == Part(first, 5, ids(1, start=2))
    assert snapshots.read(KEY, start=2, count=1, name="f" * 32) is None


def test_readers_stay_with_their_own(snapshots: Snapshots, clock: FrozenClock) -> None:
    """Of two who read the same list at the same time, each reads on in what it began with."""
    first = snapshots.keep(KEY, ids(8), position=2)
    clock.advance(1)
    second = snapshots.keep(KEY, ids(9), position=2)

    read = [snapshots.read(KEY, start=start, count=2) for start in (2, 4, 2, 6, 4)]

    assert [part and part.snapshot for part in read] == [second, second, first, second, first]


def test_the_newest_stands_in(snapshots: Snapshots, clock: FrozenClock) -> None:
    """Who jumps to where nobody was about to go gets the newest list."""
    snapshots.keep(KEY, ids(8), position=2)
    clock.advance(1)
    second = snapshots.keep(KEY, ids(9), position=2)

    found = snapshots.read(KEY, start=7, count=1)

    assert found == Part(second, 9, ids(1, start=7))


def test_unused_ones_are_forgotten(snapshots: Snapshots, database: Database, clock: FrozenClock) -> None:
    """A snapshot lasts 120 seconds from its last use; then it is gone, and its room is free at the next."""
    snapshots.keep(KEY, ids(5), position=2)
    clock.advance(119)
    used = snapshots.read(KEY, start=2, count=1)
    clock.advance(119)
    used_again = snapshots.read(KEY, start=3, count=1)
    clock.advance(120)

    assert used is not None
    assert used_again is not None
    assert snapshots.read(KEY, start=4, count=1) is None
    snapshots.keep("groups", ids(5), position=2)
    assert kept_ids(database) == ["2"]


@pytest.mark.parametrize(
    ("limits", "keys", "left"),
    [
        pytest.param(Limits(per_key=2), "aaba", ["1", "3", "4"], id="of one list"),
        pytest.param(Limits(number=3), "abcd", ["1", "3", "4"], id="in number"),
        pytest.param(Limits(bytes=16 * 15), "abcd", ["1", "3", "4"], id="in size"),
        pytest.param(Limits(bytes=1), "ab", ["2"], id="too large by itself"),
    ],
)
def test_room_is_made(
    database: Database, clock: FrozenClock, limits: Limits, keys: str, left: Sequence[str]
) -> None:
    """Where there are too many, the one that was not used for the longest time goes; the new one always stays."""
    snapshots = snapshots_of(database, clock, limits)

    for key in keys:
        snapshots.read("a", start=2, count=1, name=f"{1:032x}")
        clock.advance(1)
        snapshots.keep(key, ids(5), position=2)
        clock.advance(1)

    assert kept_ids(database) == left


def test_processes_share_them(snapshots: Snapshots, clock: FrozenClock, database: Database) -> None:
    """What one process keeps another one reads."""
    name = snapshots.keep(KEY, ids(5), position=2)
    other = Database(database.url.render_as_string(hide_password=False))

    found = snapshots_of(other, clock).read(KEY, start=2, count=2)

    other.dispose()
    assert found == Part(name, 5, ids(2, start=2))


def test_a_list_is_begun_again(snapshots: Snapshots, clock: FrozenClock) -> None:
    """The newest snapshot of a list tells in which state of the directory it was begun, until it is too old."""
    snapshots.keep(KEY, ids(8), position=2, state="old")
    clock.advance(1)
    second = snapshots.keep(KEY, ids(9), position=2, state="new")

    newest, bare = newest_of(snapshots, count=3), newest_of(snapshots, count=0)

    assert (newest.state, newest.part) == ("new", Part(second, 9, ids(3)))
    assert (bare.state, bare.part) == ("new", Part(second, 9, []))
    assert snapshots.newest("groups", count=3) is None
    clock.advance(120)
    assert snapshots.newest(KEY, count=3) is None


def newest_of(snapshots: Snapshots, *, count: int = 2) -> Newest:
    """Find the newest snapshot of the list, which is there."""
    found = snapshots.newest(KEY, count=count)
    assert found is not None
    return found


def test_a_list_that_is_gone(snapshots: Snapshots, database: Database) -> None:
    """Nobody begins a list again in a snapshot that was forgotten meanwhile."""
    snapshots.keep(KEY, ids(8), position=2, state="same")
    newest = newest_of(snapshots)
    with database.session() as session:
        session.execute(delete(SnapshotRow))

    assert not snapshots.begin_again(newest, count=2)


def test_a_list_that_is_begun_again_and_again(snapshots: Snapshots, clock: FrozenClock) -> None:
    """A snapshot lives on for as long as somebody begins in it, though nothing is written each time."""
    snapshots.keep(KEY, ids(8), position=2, state="same")
    for _ in range(70):
        snapshots.begin_again(newest_of(snapshots), count=2)
    clock.advance(90)
    snapshots.begin_again(newest_of(snapshots), count=2)
    clock.advance(90)

    part = snapshots.read(KEY, start=2, count=2)

    assert part is not None


def test_readers_who_share_one(snapshots: Snapshots, clock: FrozenClock) -> None:
    """Each of two readers of one snapshot reads on in it, also where somebody has begun a newer one meanwhile."""
    first = snapshots.keep(KEY, ids(8), position=2, state="same")
    snapshots.begin_again(newest_of(snapshots), count=2)
    snapshots.read(KEY, start=2, count=2)
    clock.advance(1)
    second = snapshots.keep(KEY, ids(9), position=2, state="other")

    read = [snapshots.read(KEY, start=start, count=2) for start in (4, 2, 2, 6)]

    assert [part and part.snapshot for part in read] == [first, second, first, first]


def test_readers_who_stay_away(snapshots: Snapshots, database: Database) -> None:
    """Of those who begin and never read on, no more than 64 are waited for."""
    snapshots.keep(KEY, ids(8), position=2, state="same")
    for _ in range(70):
        snapshots.begin_again(newest_of(snapshots), count=2)

    with database.reading() as session:
        [positions] = session.scalars(select(SnapshotRow.positions))
    assert positions == " 2" * 64 + " "


def test_a_beginning(snapshots: Snapshots) -> None:
    """Of a list whose beginning alone is known the parts within it are whole, and all others short."""
    name = snapshots.keep(KEY, ids(2), position=2, total=5)

    assert snapshots.read(KEY, start=0, count=2) == Part(name, 5, ids(2))
    assert snapshots.read(KEY, start=0, count=3) == Part(name, 5, ids(2), is_short=True)
    assert snapshots.read(KEY, start=2, count=2) == Part(name, 5, [], is_short=True)
    assert snapshots.read(KEY, start=5, count=2) == Part(name, 5, [], is_short=True)


def test_a_beginning_is_completed(snapshots: Snapshots) -> None:
    """It goes on with what it does not begin with, once: who comes second adds nothing."""
    one, two, three = ids(3)
    name = snapshots.keep(KEY, [two, one], position=2, total=5)

    assert snapshots.complete(name, [one, three, two])
    assert snapshots.complete(name, ids(9))
    assert snapshots.read(KEY, start=0, count=9) == Part(name, 3, [two, one, three])


def test_what_has_gone_is_not_completed(snapshots: Snapshots) -> None:
    """Whoever would add to a snapshot that was forgotten is told."""
    assert not snapshots.complete("00", ids(3))


def test_beginnings_take_little_room(database: Database, clock: FrozenClock) -> None:
    """What counts is how many ids are held, not how long the lists are."""
    snapshots = snapshots_of(database, clock, Limits(bytes=10 * 16))
    for number in range(4):
        snapshots.keep(f"list {number}", ids(2), position=2, total=100_000)

    assert kept_ids(database) == ["1", "2", "3", "4"]
