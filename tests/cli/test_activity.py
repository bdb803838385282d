"""The commands for the audit trail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest
from click.testing import CliRunner, Result

from app.cli.activity import activity
from app.directory.memory import MemoryDirectory
from app.directory.model import Change, Modify, Search
from app.directory.plan import plan
from app.provisioning.events import Done
from app.provisioning.journal import StoreJournal
from app.provisioning.trail import Origin, event_of
from app.provisioning.undo import Undo
from app.store.audit import Audit, AuditEvent
from app.store.database import Database
from app.store.intents import Intents
from app.store.processes import this_process
from tests.cli.services import directory, map_services
from tests.cli.test_maps import ANN
from tests.store.fakes import FrozenClock

Run = Callable[..., Result]


@dataclass
class TrailServices:
    """The part of the services that the commands use."""

    audit: Audit
    undo: Undo
    memory: MemoryDirectory
    intents: Intents

    def journal(self, origin: Origin) -> StoreJournal:
        """Return what records."""
        return StoreJournal(self.intents, self.audit, origin)

    def title(self) -> str | None:
        """Read what was changed."""
        return next(self.memory.search(Search(ANN, "base", attributes=("title",)))).text("title")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[TrailServices]:
    """Make the services, with one change in the trail."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    audit, memory = Audit(database, clock=FrozenClock()), directory()
    changed = plan(
        [Modify(ANN, (Change("replace", "title", (b"Chief",)),))],
        next(memory.search(Search(ANN, "base", attributes=("title",)))),
    )
    for operation in changed.operations:
        memory.execute(operation)
    done = Done(action="patch", domain="PRIMARY", resource_type="User", resource_id="ann", plan=changed)
    audit.record(event_of(done, Origin("hr", "demo", "r1")))
    intents = Intents(database, audit, clock=FrozenClock(), random_hex=token_hex, holder=this_process)
    yield TrailServices(audit, Undo(audit, map_services(database, memory).configurations), memory, intents)
    database.dispose()


@pytest.fixture
def run(services: TrailServices) -> Run:
    """Make what runs a command."""
    return lambda *arguments: CliRunner().invoke(activity, [*arguments], obj=services)


def test_list(run: Run, services: TrailServices) -> None:
    """Entries are listed, and filtered by what they say."""
    services.audit.record(AuditEvent(actor="ann", action="start", outcome="done", resource_type="Session"))

    assert "start Session" in run("list").output
    assert "start Session" not in run("list", "--actor", "hr").output
    assert "patch User" in run("list", "--resource-id", "ann").output


def test_show(run: Run) -> None:
    """One entry has its LDIF, and none that is not there."""
    assert "replace: title" in run("show", "1").output
    assert run("show", "9").exit_code == 3


@pytest.mark.parametrize(("kind", "first"), [("json", "{"), ("csv", "actor,")])
def test_export(run: Run, kind: str, first: str) -> None:
    """All entries go to standard output."""
    output = run("export", "--format", kind).output

    assert output.startswith(first)
    assert "patch" in output


def test_export_is_filtered(run: Run) -> None:
    """Only what fits is written."""
    assert run("export", "--action", "delete").output == ""
    assert json.loads(run("export", "--action", "patch").output)["resource_id"] == "ann"


def test_undo_is_shown_first(run: Run, services: TrailServices) -> None:
    """Nothing is sent without --apply."""
    result = run("undo", "1")

    assert "delete: title" in result.output or "replace: title" in result.output
    assert services.title() == "Chief"


def test_undo(run: Run, services: TrailServices) -> None:
    """The change is taken back and recorded; a second time there is nothing to take back."""
    result = run("undo", "1", "--apply", "--author", "olga")
    again = run("undo", "1", "--apply")

    assert result.exit_code == 0
    assert services.title() != "Chief"
    assert (services.audit.page()[0].action, services.audit.page()[0].actor) == ("undo", "olga")
    assert again.exit_code == 4
    assert "Somebody has changed" in again.output
