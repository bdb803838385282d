"""The commands for the mass-change guard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.guard import guard
from app.store.database import Database
from app.store.held_changes import Change
from tests.access.fakes import Access
from tests.store.fakes import FrozenClock

Run = Callable[..., Result]


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    """Make the services, with three changes that wait."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    access = Access(database, FrozenClock())
    for application, resource_id in (("hr", "1"), ("hr", "2"), ("crm", "3")):
        change = Change(
            actor="ann",
            application=application,
            domain="PRIMARY",
            resource_type="User",
            resource_id=resource_id,
            action="delete",
            amounts={"deletes": 1},
            plan="dn: uid=jo\nchangetype: delete\n",
        )
        access.held_changes.hold(change, "more than 1 resources deleted in one request")
    yield access
    database.dispose()


@pytest.fixture
def run(access: Access) -> Run:
    """Make what runs a command."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(guard, arguments, obj=access)

    return run


def _states(access: Access) -> dict[str, str]:
    return {held.resource_id: held.state for held in access.held_changes.list(None)}


def test_what_waits_is_listed(run: Run) -> None:
    """With the reason; one is shown with its LDIF."""
    listed = run("list").output

    assert "PRIMARY: delete User 1" in listed
    assert "more than 1 resources deleted" in listed
    assert [each["application"] for each in json.loads(run("list", "-o", "json").output)] == [
        "crm",
        "hr",
        "hr",
    ]
    assert "User 3" not in run("list", "--application", "hr").output
    assert "changetype: delete" in run("show", "1").output


def test_changes_are_decided_on(run: Run, access: Access) -> None:
    """By their numbers; the trail has who did it."""
    assert run("approve", "1", "--author", "olga").exit_code == 0
    assert run("reject", "2").exit_code == 0

    assert _states(access) == {"1": "approved", "2": "rejected", "3": "held"}
    assert "User 1" in run("list", "--state", "approved").output
    assert "User 1" in run("list", "--state", "all").output
    entry = access.audit.page()[-1]
    assert (entry.actor, entry.action, entry.resource_type, entry.resource_id) == (
        "olga",
        "approve",
        "Held change",
        "1",
    )


def test_many_are_decided_on_at_once(run: Run, access: Access) -> None:
    """All of an application."""
    assert run("approve", "--all", "--application", "hr").output == "2 is approved\n1 is approved\n"

    assert _states(access) == {"1": "approved", "2": "approved", "3": "held"}


def test_mistakes(run: Run, access: Access) -> None:
    """Nothing, both, and what does not wait."""
    assert run("approve").exit_code == 2
    assert run("approve", "1", "--all").exit_code == 2
    assert "no change 9 waits" in run("approve", "9").output
    assert "no held change 9" in run("show", "9").output
    assert set(_states(access).values()) == {"held"}
