"""The commands for writes that were broken off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest
from click.testing import CliRunner, Result

from app.cli.intents import intents
from app.directory.model import Delete
from app.directory.plan import plan
from app.directory.plan_text import dump_steps
from app.provisioning.recovery import Recovery
from app.store.audit import Audit
from app.store.database import Database
from app.store.intents import ALL_STEPS, Intention, Intents
from app.store.processes import this_process
from tests.cli.services import directory, map_services
from tests.cli.test_maps import ANN
from tests.store.fakes import FrozenClock

Run = Callable[..., Result]


@dataclass
class IntentServices:
    """The part of the services that the commands use."""

    intents: Intents
    audit: Audit
    recovery: Recovery


@pytest.fixture
def services(tmp_path: Path) -> Iterator[IntentServices]:
    """Make the services."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    clock = FrozenClock()
    audit = Audit(database, clock=clock)
    held = Intents(database, audit, clock=clock, random_hex=token_hex, holder=this_process)
    configurations = map_services(database, directory()).configurations
    yield IntentServices(held, audit, Recovery(held, audit, configurations))
    database.dispose()


@pytest.fixture
def run(services: IntentServices) -> Run:
    """Make what runs a command."""
    return lambda *arguments: CliRunner().invoke(intents, [*arguments], obj=services)


@pytest.fixture
def name(services: IntentServices) -> str:
    """Begin to delete somebody."""
    made = plan([Delete(ANN)])
    return services.intents.begin(
        Intention(
            actor="hr",
            action="delete",
            request_id="r1",
            application="demo",
            domain="PRIMARY",
            resource_type="User",
            resource_id="1234",
            plan=made.render(),
            steps=dump_steps(made.steps),
        )
    )


def test_on_its_way(run: Run, name: str) -> None:
    """What somebody is doing is shown only if asked for, and cannot be closed."""
    assert name[:8] not in run("list").output
    assert (
        f"{name[:8]}  2026-01-02 12:00:00Z  PRIMARY  delete User 1234  on its way"
        in run("list", "--all").output
    )
    refused = run("close", name[:8], "--comment", "x")
    assert refused.exit_code == 4
    assert "is on its way" in refused.output


def test_show(run: Run, name: str) -> None:
    """An intent tells who, when, what and how far."""
    shown = run("show", name[:8]).output

    assert (
        "# delete User 1234\n# by hr through demo, 2026-01-02 12:00:00Z\n# request r1, domain PRIMARY"
        in shown
    )
    assert "changetype: delete" in shown
    assert run("show", "zz").exit_code == 3


def test_all_steps(run: Run, services: IntentServices, name: str) -> None:
    """Where all is known to have been made no more steps are told than there are."""
    services.intents.note(name, made=ALL_STEPS, version="")

    assert "# 1 steps are known to have been made" in run("show", name).output
    assert json.loads(run("show", name, "--output", "json").output)["made"] == 1


def test_recover(run: Run, services: IntentServices, name: str) -> None:
    """What was broken off is seen to at once."""
    services.intents.abandon(name)
    assert "will be seen to" in run("list").output

    assert f"{name[:8]}  not made\n" in run("recover").output
    assert services.intents.list() == []


def test_close(run: Run, services: IntentServices, name: str) -> None:
    """A person who has seen to it says so, and it is recorded who and what."""
    services.intents.needs_a_person(name, "it is odd")
    assert "needs a person: it is odd" in run("list").output

    assert run("close", name[:8], "--comment", "looked", "--author", "ann").exit_code == 0

    [row] = services.audit.page()
    assert (row.actor, row.action, row.detail) == ("ann", "close", "it is odd: looked")
    assert services.intents.list() == []


def test_close_of_what_nobody_saw_to(run: Run, services: IntentServices, name: str) -> None:
    """What is merely left can be closed, too."""
    services.intents.abandon(name)

    run("close", name[:8], "--comment", "looked", "--author", "ann")

    assert services.audit.page()[0].detail == "looked"


def test_recover_what_waits(run: Run, services: IntentServices, name: str) -> None:
    """What cannot be seen to says why."""
    intent = services.intents.list()[0]
    services.intents.end(name, None)
    gone = Intention(
        actor="hr",
        action="delete",
        request_id="",
        application="demo",
        domain="GONE",
        resource_type="User",
        resource_id="",
        plan=intent.plan,
        steps=intent.steps,
    )
    services.intents.abandon(services.intents.begin(gone))

    assert "waits: the domain GONE cannot be used" in run("recover").output
