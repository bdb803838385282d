"""An import whose process is killed is found by others, told, and gone on with; nobody is created twice."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from app.__main__ import main
from app.exchange.importing import Order
from app.signals.look import look
from app.store.audit import AuditFilter
from app.store.import_runs import ImportRuns
from tests.web.console.conftest import operator as operator_fixture
from tests.web.console.conftest import prepared as prepared_fixture
from tests.web.console.conftest import shipped as shipped_fixture
from tests.web.console.conftest import stranger as stranger_fixture

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.console.fakes import Console

prepared, shipped = prepared_fixture, shipped_fixture
stranger, operator = stranger_fixture, operator_fixture
TABLE = "userName,Surname\nann,Adams\nbob,Brown\ncy,Clark\n"


@pytest.fixture(scope="module")
def killed() -> str:
    """Name a process that was."""
    code = "from app.store.processes import this_process; print(this_process())"
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def _left(console: Console, holder: str) -> str:
    """Leave an import as a process does that was killed behind its first row."""
    services = console.services
    runs = ImportRuns(
        services.database,
        services.import_runs._box,  # noqa: SLF001 - another process has the same key
        clock=services.clock,
        random_hex=lambda _: "00ff" * 8,
        holder=lambda: holder,
    )
    name = runs.keep(BytesIO(TABLE.encode()), domain="PRIMARY", actor="olga", file_name="staff.csv")
    users(console, "import", "-", sent="".join(TABLE.splitlines(keepends=True)[:2]))
    assert runs.start(name, "import", asdict(Order()))
    runs.note(name, {"rows": 1, "created": 1, "lastRow": 2}, "")
    return name


def users(console: Console, *arguments: str, sent: str | None = None) -> Result:
    """Run a command about users."""
    return CliRunner().invoke(main.commands["users"], arguments, obj=console.services, input=sent)


def test_what_a_killed_process_left_is_told_and_gone_on_with(operator: Console, killed: str) -> None:
    """At once on the same machine: on its page, on Home, in the trail; and then the rest is imported."""
    name = _left(operator, killed)
    page = f"/console/users/PRIMARY/import/{name}"
    assert "It had got to row 2 at least" in operator.text(page)

    [run] = operator.services.background.see_to_lost()
    assert operator.services.background.see_to_lost() == []

    told = "The process that was at it ended at row 2 or a little after it."
    assert (run.id, told in operator.text(page), ">Go on</button>" in operator.text(page)) == (
        name,
        True,
        True,
    )
    [signal] = look(operator.services)
    assert (signal.severity, signal.text) == (
        "error",
        "The import of staff.csv into PRIMARY ended early, at row 2.",
    )
    assert 'href="/console/users/PRIMARY/import">See the imports' in operator.text("/console")
    [entry, _] = operator.services.audit.page(AuditFilter(action="import"), limit=5)
    assert (entry.actor, entry.outcome) == ("olga", "failed")
    assert entry.detail == "1 created, 0 updated, 0 unchanged, 0 failed at least; its process ended at row 2"

    done = users(operator, "resume", name, "-o", "json")

    assert (done.exit_code, json.loads(done.stdout)["created"], json.loads(done.stdout)["unchanged"]) == (
        0,
        2,
        1,
    )
    assert "Imported" in operator.text(page)
    assert look(operator.services) == []


@pytest.mark.parametrize("holder", ["elsewhere/1/1", ""])
def test_elsewhere_it_is_lost_after_a_silence(stranger: Console, holder: str) -> None:
    """Of a process on another machine nobody here knows whether it lives: two minutes without a word say so."""
    name = _left(stranger, holder)
    assert stranger.services.background.see_to_lost() == []
    assert users(stranger, "resume", name).exit_code == 4

    stranger.clock.advance(180)

    assert [run.id for run in stranger.services.background.see_to_lost()] == [name]


def test_a_killed_command_is_told_too(stranger: Console, killed: str, tmp_path: Path) -> None:
    """Its table stays in its file: it is listed as broken off, and the same command does the rest."""
    runs = stranger.services.import_runs
    runs._holder = lambda: killed  # noqa: SLF001 - this run is another process's
    runs.begin(asdict(Order()), domain="PRIMARY", actor="ann", file_name="staff.csv")
    file = tmp_path / "staff.csv"
    file.write_text(TABLE, encoding="utf-8")

    assert len(stranger.services.background.see_to_lost()) == 1
    listed = json.loads(users(stranger, "imports", "-o", "json").stdout)
    assert [(each["state"], each["canResume"]) for each in listed] == [("broken off", False)]
    refused = users(stranger, "resume", listed[0]["id"])
    assert (refused.exit_code, "import the file again" in refused.output) == (4, True)
    assert users(stranger, "resume", "none").exit_code == 3
    assert [signal.where for signal in look(stranger.services)] == ["imports"]

    stranger.clock.advance(1)
    assert users(stranger, "import", str(file)).exit_code == 0
    assert look(stranger.services) == []
    table = users(stranger, "imports").stdout.splitlines()
    assert [line.split()[1:2] + line.split()[5:7] for line in table[1:]] == [
        ["staff.csv", "imported", "4"],
        ["staff.csv", "broken", "off"],
    ]


def test_what_cannot_be_gone_on_with(operator: Console) -> None:
    """A table that was only tried out is imported where its findings are seen."""
    runs = operator.services.import_runs
    name = runs.keep(BytesIO(TABLE.encode()), domain="PRIMARY", actor="olga", file_name="staff.csv")

    refused = users(operator, "resume", name)

    assert (refused.exit_code, "import it at the console" in refused.output) == (4, True)
