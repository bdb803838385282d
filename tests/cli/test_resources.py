"""One user or group is created, changed and deleted by command, and that is recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from app.__main__ import main
from app.access.application import RESIDENT
from app.directory.recovery import Ending
from app.provisioning.routing import Destination
from app.store.audit import AuditFilter
from tests.web.console.conftest import prepared as prepared_fixture
from tests.web.console.conftest import shipped as shipped_fixture
from tests.web.console.conftest import stranger as stranger_fixture

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

prepared, shipped, stranger = prepared_fixture, shipped_fixture, stranger_fixture
ANN = {"userName": "ann", "name": {"familyName": "Adams"}}


def run(console: Console, *arguments: str, sent: object = None) -> Result:
    """Run a command, with JSON on its standard input."""
    text = sent if isinstance(sent, str) else json.dumps(sent)
    group, *rest = arguments
    return CliRunner().invoke(main.commands[group], rest, obj=console.services, input=text)


def test_a_user_from_beginning_to_end(stranger: Console) -> None:
    """Created, found by name or id, patched, disabled, enabled, given a password, and deleted; each by its author."""
    created = run(stranger, "users", "create", "-f", "-", "--author", "olga", sent=ANN)
    assert created.exit_code == 0, created.output
    user_id = json.loads(created.stdout)["id"]
    change = {"Operations": [{"op": "add", "path": "title", "value": "Chief"}]}

    assert run(stranger, "users", "patch", user_id, "-f", "-", sent=change).exit_code == 0
    assert run(stranger, "users", "disable", "ann").exit_code == 0
    shown = json.loads(run(stranger, "users", "show", "ann").stdout)
    assert (shown["title"], shown["active"]) == ("Chief", False)
    assert run(stranger, "users", "enable", "ann").exit_code == 0
    given = run(stranger, "users", "password", "ann", sent="Secret.99\nSecret.99\n")
    assert (given.exit_code, "Secret.99" in given.output) == (0, False)
    assert run(stranger, "users", "delete", "ann", sent="n\n").exit_code == 1
    assert run(stranger, "users", "delete", "ann", "--yes").exit_code == 0

    assert run(stranger, "users", "disable", "ann").exit_code == 3
    entries = stranger.services.audit.page(AuditFilter(resource_type="User"), limit=20)
    assert [each.action for each in reversed(entries)] == ["create", *["patch"] * 4, "delete"]
    assert (entries[-1].actor, entries[-1].application) == ("olga", "(command)")
    assert "Secret.99" not in str(entries)


def test_broken_off(stranger: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who presses Ctrl-C between two steps leaves nothing half: a serving process undoes what was made, as after any other end."""
    domain = stranger.services.router.domain(Destination(RESIDENT, "PRIMARY"))
    stranger.clock.now = datetime.now(UTC)  # as late as it is for the directory
    kind = type(domain.directory)
    original = kind.execute

    def execute(directory: Any, operation: Any, **named: Any) -> Any:
        original(directory, operation, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(kind, "execute", execute)
        result = run(stranger, "users", "create", "-f", "-", sent={**ANN, "password": "Secret.99"})
    left = [(intent.action, intent.actor != "") for intent in stranger.services.intents.list()]
    recovered = stranger.services.recovery.run()

    assert result.exit_code == 1
    assert left == [("create", True)]
    assert [each.ending for each in recovered] == [Ending.UNDONE]
    assert run(stranger, "users", "show", "ann").exit_code == 3


def test_groups(stranger: Console) -> None:
    """With members; a list has none of these, and two of one name are told apart by id."""
    ann = json.loads(run(stranger, "users", "create", "-f", "-", sent=ANN).stdout)["id"]
    group = {"displayName": "Guides", "members": [{"value": ann}]}
    created = run(stranger, "groups", "create", "-f", "-", "-o", "yaml", sent=group)
    assert (created.exit_code, "displayName: Guides" in created.stdout) == (0, True)

    shown = json.loads(run(stranger, "groups", "show", "Guides").stdout)
    assert [each["value"] for each in shown["members"]] == [ann]
    assert json.loads(run(stranger, "groups", "list", "-o", "json").stdout) == [
        {"id": shown["id"], "displayName": "Guides"}
    ]
    change = {"Operations": [{"op": "remove", "path": "members"}]}
    assert run(stranger, "groups", "patch", "Guides", "-f", "-", sent=change).exit_code == 0
    assert "members" not in json.loads(run(stranger, "groups", "show", shown["id"]).stdout)
    assert run(stranger, "groups", "delete", "Guides", "--yes").exit_code == 0
    assert run(stranger, "groups", "show", "Guides").exit_code == 3


def test_what_is_wrong_is_told(stranger: Console) -> None:
    """A file that is no resource, or no PATCH, changes nothing."""
    for arguments, sent in (
        (("users", "create", "-f", "-"), "{"),
        (("users", "create", "-f", "-"), {"name": {}}),
        (("users", "create", "-f", "-"), ["ann"]),
    ):
        refused = run(stranger, *arguments, sent=sent)
        assert (refused.exit_code, refused.output.startswith("Error: ")) == (4, True)
    run(stranger, "users", "create", "-f", "-", sent=ANN)
    assert run(stranger, "users", "patch", "ann", "-f", "-", sent={"op": "add"}).exit_code == 4
    assert run(stranger, "users", "create", "-f", "-", sent=ANN).exit_code == 4
    assert stranger.services.audit.page(AuditFilter(action="patch"), limit=5) == []


def test_commands_are_weighed(stranger: Console) -> None:
    """What goes beyond a limit waits for a decision, as at the console."""
    run(stranger, "users", "create", "-f", "-", sent=ANN)
    domain = stranger.services.documents.get("Domain", "PRIMARY")
    limited = replace(domain, body={**domain.body, "guard": {"deletes": {"per_request": 0}}})
    stranger.services.documents.apply([limited], author="test")

    held = run(stranger, "users", "delete", "ann", "--yes")

    assert (held.exit_code, "held" in held.output) == (4, True)
    [change] = stranger.services.held_changes.list()
    assert (change.application, change.action) == ("(command)", "delete")
