"""Users come in from files by command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from app.__main__ import main
from app.signals.look import look
from app.store.audit import AuditFilter
from tests.web.console.conftest import prepared as prepared_fixture
from tests.web.console.conftest import shipped as shipped_fixture
from tests.web.console.conftest import stranger as stranger_fixture

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

prepared, shipped, stranger = prepared_fixture, shipped_fixture, stranger_fixture
TABLE = """Login,Work mail,Surname,Notes,Password
ann,ann@example.org,Adams,-,Secret.1
bob,,Brown,,
,,,nobody,
"""


def run(console: Console, *arguments: str, sent: str | None = None) -> Result:
    """Run a command about users."""
    return CliRunner().invoke(main.commands["users"], arguments, obj=console.services, input=sent)


def test_import(stranger: Console, tmp_path: Path) -> None:
    """A dry run tells and changes nothing; the import does it, tells each row in the result file, and is recorded."""
    file, found = tmp_path / "staff.csv", tmp_path / "result.csv"
    file.write_text(TABLE, encoding="utf-8")
    arguments = ("import", str(file), "--result", str(found), "--author", "ann")

    dry = run(stranger, *arguments, "--dry-run")
    assert (dry.exit_code, dry.stdout) == (
        1,
        "would be: 2 created, 0 updated, 0 unchanged, 1 failed, to row 4\n",
    )
    assert stranger.services.audit.page(AuditFilter(), limit=10) == []

    done = run(stranger, *arguments, "-o", "json")

    assert done.exit_code == 1
    assert done.stderr == (
        "not used: Notes\nrow 4: Login: is empty, so that nobody knows whom the row is about\n"
    )
    assert json.loads(done.stdout) == {
        "dryRun": False,
        "key": "Login",
        "columns": {
            "Login": "userName",
            "Work mail": "emails[work]",
            "Surname": "name.familyName",
            "Password": "password",
        },
        "unused": ["Notes"],
        "rows": 3,
        "lastRow": 4,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "failed": 1,
    }
    head, ann, _, nobody = found.read_text(encoding="utf-8").splitlines()
    assert head == "row,key,outcome,id,column,value,problem"
    assert ann.startswith("2,ann,created,")
    assert ann.endswith(",,,")
    assert nobody == '4,,failed,,Login,,"is empty, so that nobody knows whom the row is about"'
    trail = stranger.services.audit.page(AuditFilter(), limit=10)
    assert [(each.action, each.actor, each.domain) for each in trail] == [
        ("import", "ann", "PRIMARY"),
        ("create", "ann", "PRIMARY"),
        ("create", "ann", "PRIMARY"),
    ]
    assert trail[0].detail == "2 created, 0 updated, 0 unchanged, 1 failed"
    assert "Secret.1" not in done.output + found.read_text(encoding="utf-8") + str(trail)


def test_from_standard_input(stranger: Console) -> None:
    """Columns may be said, and a table that cannot be read is refused before anything is done."""
    arguments = ("import", "-", "--column", "Staff=userName", "--column", "Login=-")

    done = run(stranger, *arguments, sent="Staff\tLogin\ncy\tx\n")
    assert (done.exit_code, done.stdout) == (0, "1 created, 0 updated, 0 unchanged, 0 failed, to row 2\n")

    refused = run(stranger, *arguments, sent="Staff\nann\n")
    assert (refused.exit_code, "there is no column 'Login'; the columns are Staff" in refused.output) == (
        4,
        True,
    )
    assert run(stranger, "import", "-", "--column", "Staff", sent="").exit_code == 2


def test_what_ends_an_import_early_says_how_far_it_got(
    stranger: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops it with Control-C is told the row, and so is the trail."""
    file = tmp_path / "staff.csv"
    file.write_text(TABLE, encoding="utf-8")

    def stop(_self: object, _position: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.cli.output.click._termui_impl.ProgressBar.update", stop)
    done = run(stranger, "import", str(file))

    assert (done.exit_code, done.stdout) == (1, "1 created, 0 updated, 0 unchanged, 0 failed, to row 2\n")
    [entry] = stranger.services.audit.page(AuditFilter(action="import"), limit=1)
    assert (entry.outcome, entry.detail.rpartition("; ")[2]) == ("failed", "broken off after row 2")
    assert [run.error for run in stranger.services.import_runs.recent()] == [
        "It ended early, after row 2. Import the file again to do the rest."
    ]
    assert look(stranger.services) == []
