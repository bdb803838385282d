"""The commands for copies of the store."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from app.cli.refusals import Exit
from app.cli.store import store
from app.store.database import Database
from tests.store.fakes import FrozenClock
from tests.store.test_copies import intents_of, send
from tests.store.test_intents import INTENTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., Result]


@dataclass
class StoreServices:
    """The part of the services that the commands use."""

    database: Database
    clock: FrozenClock


@pytest.fixture
def services(tmp_path: Path) -> Iterator[StoreServices]:
    """Make a store in which something is under way."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    made = StoreServices(database, FrozenClock())
    intents_of(database, made.clock).begin(INTENTION)
    send(database, "crm")
    yield made
    database.dispose()


@pytest.fixture
def run(services: StoreServices) -> Run:
    """Make what runs a command."""
    return lambda *arguments: CliRunner().invoke(store, [*map(str, arguments)], obj=services)


def test_a_copy(run: Run, services: StoreServices, tmp_path: Path) -> None:
    """It says what became of what was under way; in the copy its time is told, and here nothing is different."""
    done = run("backup", tmp_path / "copy.db")

    assert done.exit_code == 0, done.output
    size = (tmp_path / "copy.db").stat().st_size
    assert [line.split() for line in done.output.splitlines()] == [
        ["file:", str(tmp_path / "copy.db")],
        ["bytes:", str(size)],
        ["writes", "set", "aside:", "1"],
        ["connectors", "paused:", "crm"],
    ]
    copied = Database(f"sqlite:///{tmp_path}/copy.db")
    [theirs] = intents_of(copied, services.clock).list()
    [ours] = intents_of(services.database, services.clock).list()
    copied.dispose()
    assert "from the copy that was made at 2026-01-02" in theirs.needs
    assert ours.needs == ""


def test_no_copy(run: Run, tmp_path: Path) -> None:
    """A file that is there stays, and that is an error."""
    (tmp_path / "copy.db").write_text("precious")

    done = run("backup", tmp_path / "copy.db")

    assert (done.exit_code, (tmp_path / "copy.db").read_text()) == (Exit.REFUSED, "precious")
    assert "copy.db: File exists" in done.output


def test_restored(run: Run, services: StoreServices) -> None:
    """What was under way waits for people from then on."""
    done = run("restored", "-o", "json")

    assert json.loads(done.stdout) == {"writes set aside": 1, "connectors paused": ["crm"]}
    assert [each.needs for each in intents_of(services.database, services.clock).list()] == [
        "the store was put back from a copy, when this was on its way"
    ]
