"""Copies of the store: whole, the owner's alone, and with nothing in them that would go on by itself once they are put back."""

from __future__ import annotations

import shutil
import stat
from secrets import token_hex
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import URL, insert, select

from app.store.audit import Audit
from app.store.copies import NoCopy, SetAside, copy_to, set_aside
from app.store.database import Database
from app.store.intents import Intents
from app.store.outbound_tables import ConnectorStateRow, OutboxRow
from app.store.processes import this_process
from app.store.tables import SecretRow
from tests.store.fakes import NOON, FrozenClock
from tests.store.test_intents import INTENTION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHY = "put back from a copy"
TASK: dict[str, Any] = {
    "key": "k",
    "application": "hr",
    "domain": "PRIMARY",
    "resource_type": "User",
    "resource_id": "1",
    "action": "create",
    "actor": "hr",
    "request_id": "r",
    "attempts": 0,
    "created": NOON,
    "due": NOON,
    "error": "",
}
FARES: dict[str, Any] = {"paused": False, "failures": 3, "openings": 1, "error": "gone"}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Name where a copy goes, whose name means something in URLs and patterns."""
    directory = tmp_path / "a? [b] 100%"
    directory.mkdir()
    return directory / "copy.db"


def opened(file: Path) -> Database:
    """Open a copy as one would that has been put back."""
    database = Database(URL.create("sqlite", database=str(file)))
    database.migrate()
    return database


def intents_of(database: Database, clock: FrozenClock) -> Intents:
    """Give what a process of a store knows of."""
    audit = Audit(database, clock=clock)
    return Intents(database, audit, clock=clock, random_hex=token_hex, holder=this_process)


def send(database: Database, connector: str, state: str = "ready") -> None:
    """Have a connector wait for something."""
    with database.session() as session:
        session.execute(insert(OutboxRow).values(connector=connector, state=state, **TASK))


def paused(database: Database) -> dict[str, bool]:
    """Tell which connectors are paused."""
    with database.reading() as session:
        return {row.connector: row.paused for row in session.scalars(select(ConnectorStateRow))}


@pytest.fixture
def copies() -> Iterator[list[Database]]:
    """Close what a test opens."""
    opened: list[Database] = []
    yield opened
    for each in opened:
        each.dispose()


def test_of_one_moment(embedded: Database, target: Path, copies: list[Database]) -> None:
    """While others write a copy has everything up to some commit, and nothing of those after it."""
    enough, going = Event(), Event()

    def write() -> None:
        for number in range(100_000):
            row = {"name": f"{number:06}", "ciphertext": bytes(5000), "time": NOON}
            embedded.apply(insert(SecretRow), row)
            if number == 200:
                going.set()
            if enough.is_set():
                return

    writer = Thread(target=write)
    writer.start()
    try:
        assert going.wait(30)
        copy_to(target, embedded, WHY)
    finally:
        enough.set()
        writer.join()

    copies.append(opened(target))
    with copies[0].reading() as session:
        names = list(session.scalars(select(SecretRow.name).order_by(SecretRow.name)))
    assert len(names) > 200
    assert names == [f"{number:06}" for number in range(len(names))]


def test_one_file_of_its_owner(embedded: Database, target: Path) -> None:
    """Nothing else is left, and nobody else may read it."""
    copy_to(target, embedded, WHY)

    assert [each.name for each in target.parent.iterdir()] == ["copy.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_what_was_under_way_waits(
    embedded: Database, clock: FrozenClock, target: Path, copies: list[Database]
) -> None:
    """In the copy nobody takes up a write again, and no connector is sent anything; here everything goes on."""
    ours = intents_of(embedded, clock)
    ours.begin(INTENTION)
    ours.needs_a_person(ours.begin(INTENTION), "it always did")
    with embedded.session() as session:
        session.execute(insert(ConnectorStateRow).values(connector="crm", **FARES))
    for connector, state in (("payroll", "ready"), ("crm", "ready"), ("crm", "ready"), ("old", "dead")):
        send(embedded, connector, state)

    aside = copy_to(target, embedded, WHY)

    copies.append(opened(target))
    clock.advance(86_400)
    theirs = intents_of(copies[0], clock)
    assert aside == SetAside(1, ["crm", "payroll"])
    assert theirs.orphans() == []
    assert sorted(each.needs for each in theirs.list()) == ["it always did", WHY]
    assert paused(copies[0]) == {"crm": True, "payroll": True}
    assert paused(embedded) == {"crm": False}
    assert sorted(each.needs for each in ours.list()) == ["", "it always did"]


def test_said_after_the_fact(database: Database, clock: FrozenClock) -> None:
    """The same can be said of a store that was put back by other means."""
    intents = intents_of(database, clock)
    intents.begin(INTENTION)
    send(database, "crm")

    assert set_aside(database, WHY) == SetAside(1, ["crm"])
    assert set_aside(database, WHY) == SetAside(0, ["crm"])

    assert [each.needs for each in intents.list()] == [WHY]
    assert paused(database) == {"crm": True}


def test_not_over_something(embedded: Database, target: Path) -> None:
    """What is there stays as it is."""
    target.write_text("precious")

    with pytest.raises(NoCopy, match=r"copy\.db: File exists"):
        copy_to(target, embedded, WHY)

    assert [(each.name, each.read_text()) for each in target.parent.iterdir()] == [("copy.db", "precious")]


def test_nowhere(embedded: Database, target: Path) -> None:
    """Where there is no such directory, that is told."""
    with pytest.raises(NoCopy, match="No such file or directory"):
        copy_to(target.parent / "gone" / "copy.db", embedded, WHY)


def test_a_damaged_store(embedded: Database, target: Path) -> None:
    """A copy that would be of no use is none."""
    for number in range(50):
        embedded.apply(insert(SecretRow), {"name": f"{number}", "ciphertext": bytes(5000), "time": NOON})
    embedded.checkpoint()
    file = target.with_name("damaged.db")
    shutil.copy(embedded.path or "", file)
    with file.open("r+b") as damaged:
        damaged.seek(-20_000, 2)
        damaged.write(b"\xff" * 20_000)
    database = Database(URL.create("sqlite", database=str(file)))

    with pytest.raises(NoCopy, match=r"damaged|malformed"):
        copy_to(target, database, WHY)

    database.dispose()
    assert not target.exists()


def test_postgresql_has_its_own(copied: Database, target: Path) -> None:
    """What copies that is named."""
    with pytest.raises(NoCopy, match="pg_dump"):
        copy_to(target, copied, WHY)
