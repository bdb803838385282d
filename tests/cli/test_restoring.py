"""Users who were deleted and are kept are listed and brought back by command."""

from dataclasses import dataclass, field, replace

import pytest
from click.testing import CliRunner

from app.__main__ import main
from app.provisioning.domain import Domain
from app.provisioning.events import Record
from app.provisioning.routing import Destination
from app.provisioning.trail import Origin, event_of
from app.store.audit import AuditEvent
from tests.provisioning.conftest import Ground, memory_ground, user
from tests.provisioning.test_deletion import retiring
from tests.provisioning.test_domain_target import id_of


@dataclass
class Held:
    """The part of the services that the commands use."""

    held: Domain
    events: list[AuditEvent] = field(default_factory=list)

    @property
    def router(self) -> "Held":
        """Stand in for the router."""
        return self

    def journal(self, origin: Origin) -> Record:
        """Keep what is recorded."""
        return lambda done: self.events.append(event_of(done, origin))

    def domain(self, _destination: Destination) -> Domain:
        """Return the one domain."""
        return self.held


@pytest.fixture
def ground() -> Ground:
    """Give a domain that keeps who is deleted."""
    return retiring(memory_ground(), "move")


def run(services: Held, *arguments: str) -> tuple[int, str]:
    """Run a command about users."""
    result = CliRunner().invoke(main.commands["users"], arguments, obj=services)
    return result.exit_code, result.output


def test_restore(ground: Ground) -> None:
    """Who was deleted is found by name, and is brought back by id; that is recorded with the author."""
    created = id_of(ground.target().create(user()))
    ground.target().delete(created)
    services = Held(ground.domain())

    assert f"\n{created}  jo " in run(services, "deleted", "JO")[1]
    assert run(services, "deleted", "bo", "-o", "json") == (0, "[]\n")
    code, output = run(services, "restore", created, "--to", "ou=People", "--author", "ann")
    assert (code, output) == (0, "jo is back, disabled: uid=jo,ou=People,dc=example,dc=org\n")

    assert ground.target().read(created).attributes["active"] is False
    assert [(e.actor, e.action, e.outcome, e.resource_id) for e in services.events] == [
        ("ann", "restore", "done", created)
    ]
    assert "changetype: mod" in services.events[0].plan


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("00112233-4455-6677-8899-aabbccddeeff",), 3, "No deleted account of that id is kept."),
        (("x", "--to", "nowhere"), 2, "is not a distinguished name"),
    ],
)
def test_refused(ground: Ground, arguments: tuple[str, ...], exit_code: int, message: str) -> None:
    """Who is not kept cannot be had back."""
    code, output = run(Held(ground.domain()), "restore", *arguments)

    assert (code, message in output) == (exit_code, True)


def test_no_users(ground: Ground) -> None:
    """A domain without users has none to bring back."""
    code, output = run(Held(replace(ground.domain(), maps={})), "deleted")

    assert (code, "PRIMARY has no users" in output) == (3, True)
