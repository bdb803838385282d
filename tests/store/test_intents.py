"""What is being done is known before it is done, and found again by whoever comes after a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from secrets import token_hex

import pytest

from app.store.audit import Audit, AuditEvent
from app.store.database import Database
from app.store.intents import LEASE_SECONDS, Intention, Intents
from app.store.processes import has_ended, this_process
from tests.store.fakes import FrozenClock

INTENTION = Intention(
    actor="hr",
    action="create",
    request_id="r1",
    application="hr",
    domain="PRIMARY",
    resource_type="User",
    resource_id="",
    plan="dn: cn=a\n",
    steps="[]",
)
EVENT = AuditEvent(actor="hr", action="create", outcome="done")


@pytest.fixture
def audit(database: Database, clock: FrozenClock) -> Audit:
    """Make an empty trail."""
    return Audit(database, clock=clock)


@pytest.fixture
def intents(database: Database, audit: Audit, clock: FrozenClock) -> Intents:
    """Give what this process knows of."""
    return of(database, audit, clock, this_process())


def of(database: Database, audit: Audit, clock: FrozenClock, holder: str) -> Intents:
    """Give what a process knows of."""
    return Intents(database, audit, clock=clock, random_hex=token_hex, holder=lambda: holder)


def test_end(intents: Intents, audit: Audit) -> None:
    """An intent that has ended is gone, and its row is in the trail."""
    name = intents.begin(INTENTION)
    [intent] = intents.list()

    intents.end(name, EVENT)

    assert (intent.actor, intent.plan, intent.made) == ("hr", "dn: cn=a\n", 0)
    assert intents.list() == []
    assert [entry.action for entry in audit.page()] == ["create"]


def test_end_of_nothing(intents: Intents, audit: Audit) -> None:
    """What was not done leaves no trace."""
    intents.end(intents.begin(INTENTION), None)

    assert intents.list() == []
    assert audit.page() == []


def test_living_process_is_left_alone(
    intents: Intents, database: Database, audit: Audit, clock: FrozenClock
) -> None:
    """What somebody is doing nobody else takes, as long as they give signs of life."""
    elsewhere = of(database, audit, clock, "other-machine/7/1")
    elsewhere.begin(INTENTION)
    intents.begin(INTENTION)
    clock.advance(LEASE_SECONDS - 1)
    intents.keep_alive()

    assert intents.orphans() == []
    clock.advance(1)
    assert [orphan.holder for orphan in intents.orphans()] == ["other-machine/7/1"]


def test_process_that_has_ended(
    intents: Intents, database: Database, audit: Audit, clock: FrozenClock
) -> None:
    """A process of this machine that has ended is known to have, at once."""
    done = subprocess.run(
        [sys.executable, "-c", "from app.store.processes import this_process; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
    )
    ended = done.stdout.strip()
    of(database, audit, clock, ended).begin(INTENTION)

    assert has_ended(ended)
    assert not has_ended(this_process())
    assert not has_ended("other-machine/7/1")
    assert [intent.holder for intent in intents.orphans()] == [ended]


def test_zombie_has_ended() -> None:
    """A process that nobody has waited for has ended all the same."""
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from app.store.processes import this_process; print(this_process(), flush=True)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    name = child.stdout.read().strip()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert has_ended(name)
    child.wait()
    child.stdout.close()


def test_one_claims(intents: Intents, database: Database, audit: Audit, clock: FrozenClock) -> None:
    """Of two processes that see an orphan one gets it."""
    intents.abandon(intents.begin(INTENTION))
    [orphan] = intents.orphans()
    other = of(database, audit, clock, "other-machine/7/1")

    assert [other.claim(orphan), intents.claim(orphan)] == [True, False]
    assert intents.orphans() == []


def test_leave(intents: Intents, audit: Audit) -> None:
    """What is left is recorded with how it went, and is an orphan at once."""
    name = intents.begin(INTENTION)
    intents.note(name, made=1, version="v1")
    [noted] = intents.list()

    intents.leave(name, EVENT, steps="[1]", made=1, is_rest=True)

    [left] = intents.orphans()
    assert (noted.made, noted.version, noted.is_rest) == (1, "v1", False)
    assert (left.steps, left.made, left.version, left.is_rest) == ("[1]", 1, "", True)
    assert len(audit.page()) == 1


def test_left_whole(intents: Intents) -> None:
    """Where nothing was undone the version stays known."""
    name = intents.begin(INTENTION)
    intents.note(name, made=1, version="v1")

    intents.leave(name, EVENT, steps="[1]", made=1, is_rest=False)

    assert [(left.version, left.is_rest) for left in intents.orphans()] == [("v1", False)]


def test_needs_a_person(intents: Intents) -> None:
    """What a person must see to is nobody else's, and says why."""
    name = intents.begin(INTENTION)

    intents.needs_a_person(name, "it is odd")

    assert intents.orphans() == []
    assert [intent.needs for intent in intents.list()] == ["it is odd"]


def test_find(intents: Intents) -> None:
    """An intent is found by the beginning of its id, if that is enough."""
    name = intents.begin(INTENTION)

    found = intents.find(name[:8])
    assert found is not None
    assert found.id == name
    assert intents.find("") is None
    assert intents.find("z") is None
