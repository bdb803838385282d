"""What is being done is known before it is done, and found again by whoever comes after a crash."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import pytest

from app.store.audit import Audit, AuditEvent
from app.store.database import Database
from app.store.intents import (
    ALL_STEPS,
    LEASE_SECONDS,
    LONGEST_LEASE_SECONDS,
    Intent,
    Intention,
    IntentLost,
    Intents,
)
from app.store.processes import has_ended, this_process
from tests.store.fakes import FrozenClock

ELSEWHERE = "other-machine/7/1"
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


def of(database: Database, audit: Audit, clock: FrozenClock, holder: str, **more: Any) -> Intents:
    """Give what a process knows of."""
    return Intents(database, audit, clock=clock, random_hex=token_hex, holder=lambda: holder, **more)


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


@dataclass
class Steady:
    """Counts seconds as it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def look_until(ours: Intents, steady: Steady, moment: float) -> list[Intent]:
    """Look round regularly, as processes do, until a moment; return what is found then."""
    while steady.now < moment:
        assert ours.orphans() == []
        steady.now = min(moment, steady.now + 20)
    return ours.orphans()


def test_living_process_is_left_alone(database: Database, audit: Audit, clock: FrozenClock) -> None:
    """What somebody is doing elsewhere nobody else takes, as long as signs of life are seen; clocks may say what they like."""
    steady = Steady()
    ours = of(database, audit, clock, this_process(), steady=steady)
    theirs = of(database, audit, FrozenClock(), ELSEWHERE)
    theirs.begin(INTENTION)
    ours.begin(INTENTION)
    clock.advance(86_400)

    assert look_until(ours, steady, LEASE_SECONDS - 1) == []
    theirs._clock.advance(1)  # type: ignore[attr-defined]  # noqa: SLF001 - it is the frozen one
    theirs.keep_alive()
    assert look_until(ours, steady, 2 * LEASE_SECONDS - 1) == []
    # The lease is counted from when the intent was begun.
    assert [orphan.holder for orphan in look_until(ours, steady, 2 * LEASE_SECONDS)] == [ELSEWHERE]


def test_who_could_not_give_signs(database: Database, audit: Audit, clock: FrozenClock) -> None:
    """While the store is away nobody can give a sign of life: all have their time anew once it is back."""
    steady = Steady()
    ours = of(database, audit, clock, this_process(), steady=steady)
    of(database, audit, clock, ELSEWHERE).begin(INTENTION)
    assert look_until(ours, steady, 5) == []

    steady.now += 10 * LEASE_SECONDS

    assert look_until(ours, steady, steady.now + LEASE_SECONDS - 1) == []
    assert len(look_until(ours, steady, steady.now + 1)) == 1


def test_what_could_not_be_said(
    database: Database, audit: Audit, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How far a write came is remembered where the store cannot be told, told when it is seen to, and then forgotten."""
    ours = of(database, audit, clock, this_process())
    name, other = ours.begin(INTENTION), ours.begin(INTENTION)

    def fails(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Database, "apply_prepared", fails)
        patched.setattr(Audit, "record", fails)
        for intent in (name, other):
            with pytest.raises(sqlite3.OperationalError):
                ours.note(intent, made=1, version="")
        with pytest.raises(sqlite3.OperationalError):
            ours.end(name, EVENT)
    ours.note(other, made=2, version="")

    [orphan] = ours.orphans()
    assert orphan.made == ALL_STEPS
    assert ours.claim(orphan)
    assert {each.id: each.made for each in ours.list()} == {name: ALL_STEPS, other: 2}
    ours.end(name, None)
    ours.orphans()
    assert ours._reached == {}  # noqa: SLF001 - it would grow


@pytest.mark.parametrize(
    ("lease", "seconds"), [(1, LEASE_SECONDS), (600, 600), (86_400, LONGEST_LEASE_SECONDS)]
)
def test_who_gives_no_signs(
    database: Database, audit: Audit, clock: FrozenClock, lease: float, seconds: float
) -> None:
    """Who said how long it would take is given that time, within reason."""
    steady = Steady()
    ours = of(database, audit, clock, this_process(), steady=steady)
    of(database, audit, clock, ELSEWHERE, lease_seconds=lease).begin(INTENTION)

    assert look_until(ours, steady, seconds - 1) == []
    assert len(look_until(ours, steady, seconds)) == 1


def test_person_in_a_hurry(intents: Intents, database: Database, audit: Audit, clock: FrozenClock) -> None:
    """Who does not wait goes by the clock, for what is held elsewhere alone."""
    of(database, audit, clock, ELSEWHERE).begin(INTENTION)
    intents.begin(INTENTION)

    assert intents.orphans(at_once=True) == []
    clock.advance(LEASE_SECONDS)
    assert [orphan.holder for orphan in intents.orphans(at_once=True)] == [ELSEWHERE]


def test_process_that_lives(database: Database, audit: Audit, clock: FrozenClock) -> None:
    """One of the same machine that gives no signs is given its time as well: it may have let go, and could not say so."""
    steady = Steady()
    ours = of(database, audit, clock, this_process(), steady=steady)
    source = "import app.store.processes as p, sys; print(p.this_process(), flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as living:
        assert living.stdin
        assert living.stdout
        of(database, audit, clock, living.stdout.readline().strip()).begin(INTENTION)
        clock.advance(86_400)

        assert ours.orphans() == ours.orphans(at_once=True) == []
        assert len(look_until(ours, steady, LEASE_SECONDS)) == 1
        living.stdin.close()


def test_clock_that_jumps(intents: Intents, clock: FrozenClock) -> None:
    """A process of this machine that lives is left alone, also when the machine has slept."""
    intents.begin(INTENTION)
    clock.advance(86_400)

    assert intents.orphans() == intents.orphans(at_once=True) == []


def test_let_go_in_silence(intents: Intents, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process is done with, and could not say so since the store failed, it finds itself, and nobody else takes."""
    name = intents.begin(INTENTION)
    monkeypatch.setattr(intents, "_change", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        intents.abandon(name)
    monkeypatch.undo()

    [orphan] = intents.orphans()
    assert orphan.holder == this_process()
    assert intents.claim(orphan)
    assert intents.orphans() == []


def test_begun_in_vain(intents: Intents, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written down, though the store said that it failed, is nobody's: nothing is done then."""
    write = database.apply_prepared

    def fail(*asked: Any) -> None:
        write(*asked)
        raise OSError("disk full")

    monkeypatch.setattr(database, "apply_prepared", fail)
    with pytest.raises(OSError, match="disk full"):
        intents.begin(INTENTION)
    monkeypatch.undo()

    assert len(intents.orphans()) == 1


def test_taken_over(intents: Intents, database: Database, audit: Audit, clock: FrozenClock) -> None:
    """Who was held up and comes back is told, and takes nothing from who has taken over."""
    slow = of(database, audit, clock, ELSEWHERE)
    name = slow.begin(INTENTION)
    clock.advance(LEASE_SECONDS)
    [orphan] = intents.orphans(at_once=True)
    assert intents.claim(orphan)
    [claimed] = intents.list()

    clock.advance(1)
    slow.keep_alive()
    with pytest.raises(IntentLost):
        slow.note(name, made=1, version="v1")
    slow.abandon(name)

    assert intents.list() == [claimed]


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
