"""The command that adopts what is there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.__main__ import main
from app.provisioning.routing import Destination
from app.services import Services
from app.store.audit import AuditFilter
from app.store.external_ids import ExternalIds, Shelf
from app.store.loading import load
from tests.provisioning.conftest import user
from tests.web.console.fakes import CONFIG, open_console, prepare

Run = Callable[..., Result]
COLUMNS = ("--application", "demo", "--column", "userName=Login", "--column", "externalId=Id")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Wire a service with one user in its domain."""
    prepare(tmp_path / "data")
    services = open_console(tmp_path / "data").services
    services.documents.apply(load([CONFIG]).documents, author="test")
    target = services.router.target("User", Destination("demo", "PRIMARY"), record=lambda _done: None)
    target.create(user(userName="ann"))
    yield services
    services.database.dispose()


@pytest.fixture
def run(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Make what runs the command, in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hr.csv").write_text("Login,Id\nann,4711\nnobody,4712\n")

    def run(*arguments: str, text: str | None = None) -> Result:
        return CliRunner().invoke(main.commands["adopt"], ["PRIMARY", *arguments], obj=services, input=text)

    return run


def names(services: Services) -> list[str]:
    """Return the externalIds that the application has given."""
    shelf = Shelf("demo", "PRIMARY", "User")
    return [name for _, name in ExternalIds(services.database).all(shelf)]


def test_shown_done_and_taken_back(run: Run, services: Services) -> None:
    """Nothing happens before it is wanted; then it happens once, is in the trail, and can be taken back."""
    shown = run("hr.csv", *COLUMNS)
    refused = run("hr.csv", *COLUMNS, "--apply", text="n\n")
    before = names(services)
    done = run("hr.csv", *COLUMNS, "--apply", "--author", "olga", text="y\n")
    named = names(services)
    again = run("hr.csv", *COLUMNS, "--apply", "-o", "json")
    undone = run("adopted-PRIMARY.csv", "--application", "demo", "--undo")

    assert shown.stdout.startswith(
        "# 1 are one entry each\n#   user 1 (ann): uid=ann,ou=People,dc=example,dc=org by"
    )
    assert "# 1 are no entry\n#   user 2 (nobody)\n# found: 1 by userName\n" in shown.stdout
    assert (refused.exit_code, before) == (1, [])
    assert (done.exit_code, named) == (0, ["4711"])
    assert "adopt PRIMARY adopted-PRIMARY.csv --undo" in done.stderr
    assert json.loads(again.stdout)["counts"] == {
        "matched": 0,
        "adopted": 1,
        "taken": 0,
        "ambiguous": 0,
        "unmatched": 1,
        "unnamed": 0,
    }
    assert (undone.exit_code, undone.stderr, names(services)) == (0, "1 externalIds taken back\n", [])
    trail = services.audit.page(AuditFilter(application="demo"))
    assert {(each.actor, each.action, each.detail) for each in trail} >= {("olga", "adopt", "1 externalIds")}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hr.csv", "--application", "nobody"), "there is no application nobody"),
        (
            ("hr.csv", "--application", "demo"),
            "no column holds userName, externalId; the columns are Login, Id",
        ),
        (("hr.csv", *COLUMNS, "--match", "shoe"), "User has no attribute 'shoe'"),
        (("hr.csv", *COLUMNS, "--column", "x"), "x is not ATTRIBUTE=COLUMN"),
        (("hr.csv", *COLUMNS, "--type", "Robot"), "has no Robot resources"),
        (("hr.csv", *COLUMNS, "--undo"), "has no name and value"),
        (("hr.csv", *COLUMNS, "--match", " "), "at least one attribute"),
    ],
)
def test_refused(run: Run, services: Services, arguments: tuple[str, ...], message: str) -> None:
    """What is wrong is said in a sentence, and nothing is done."""
    result = run(*arguments, "--apply", "--yes")

    assert result.exit_code != 0
    assert message in result.output
    assert names(services) == []
