"""The end of an intent: it is gone and its row is in the trail, or neither, whatever happens on the way."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from secrets import token_hex
from typing import Any, cast

import pytest

from app.store.audit import Audit
from app.store.database import Database
from app.store.intents import Intents
from app.store.processes import this_process
from tests.store.fakes import FrozenClock
from tests.store.test_intents import EVENT, INTENTION

NO_ROW = replace(EVENT, detail=cast("Any", None))


@pytest.fixture
def audit(database: Database, clock: FrozenClock) -> Audit:
    """Make an empty trail."""
    return Audit(database, clock=clock)


@pytest.fixture
def intents(database: Database, audit: Audit, clock: FrozenClock) -> Intents:
    """Give what this process knows of."""
    return Intents(database, audit, clock=clock, random_hex=token_hex, holder=this_process)


@pytest.fixture
def begun(intents: Intents) -> str:
    """Begin what is to end, and something else."""
    intents.begin(INTENTION)
    return intents.begin(INTENTION)


def _names(intents: Intents) -> set[str]:
    return {intent.id for intent in intents.list()}


def test_both(intents: Intents, audit: Audit, begun: str, clock: FrozenClock) -> None:
    """The intent that has ended is gone, no other is, and all that is told of it is in the trail."""
    before = _names(intents)

    intents.end(begun, replace(EVENT, plan="dn: cn=a\n", steps="[]"))

    assert before - _names(intents) == {begun}
    [row] = audit.page()
    assert (row.plan, row.time, audit.steps(row.id)) == ("dn: cn=a\n", clock(), "[]")


def test_no_row(intents: Intents, audit: Audit, begun: str) -> None:
    """An intent stays where its row cannot be written, and can end later."""
    with pytest.raises(Exception, match=r"(?i)not.null"):
        intents.end(begun, NO_ROW)

    assert begun in _names(intents)
    assert audit.page() == []
    intents.end(begun, EVENT)
    assert begun not in _names(intents)


@pytest.mark.parametrize("database", ["embedded"], indirect=True)
def test_not_forgotten(intents: Intents, audit: Audit, database: Database) -> None:
    """There is no row of an intent that stays: who sees to it later would make a second one."""
    name = intents.begin(INTENTION)
    with database.writing() as connection:
        stop = "BEGIN SELECT RAISE(ABORT, 'not now'); END"
        connection.exec_driver_sql(f"CREATE TRIGGER stopping BEFORE DELETE ON intents {stop}")

    with pytest.raises(Exception, match="not now"):
        intents.end(name, EVENT)

    assert name in _names(intents)
    assert audit.page() == []


def test_what_is_kept_besides(intents: Intents, audit: Audit, begun: str) -> None:
    """An intent ends together with what others keep with its row, within the same transaction."""
    audit.follow(lambda each: (lambda within: audit.add(within, EVENT)) if each is not EVENT else None)

    intents.end(begun, replace(EVENT, action="patch"))

    assert begun not in _names(intents)
    assert {entry.action for entry in audit.page()} == {"create", "patch"}


def test_what_is_kept_besides_fails(intents: Intents, audit: Audit, begun: str) -> None:
    """An intent stays, without a row, where what others keep with the row cannot be kept."""
    audit.follow(lambda _: _fail)

    with pytest.raises(OSError, match="disk"):
        intents.end(begun, EVENT)

    assert begun in _names(intents)
    assert audit.page() == []


def test_killed_within(intents: Intents, audit: Audit, begun: str) -> None:
    """A process that is killed before the end is committed leaves the intent, and no row."""
    child = os.fork()
    if child == 0:
        audit.follow(lambda _: lambda _: os.kill(os.getpid(), signal.SIGKILL))
        intents.end(begun, EVENT)
        os._exit(0)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert begun in _names(intents)
    assert audit.page() == []
    intents.end(begun, EVENT)
    assert len(audit.page()) == 1


def _fail(_: object) -> None:
    raise OSError("disk full")


def test_migrated_meanwhile(intents: Intents, audit: Audit, begun: str, database: Database) -> None:
    """Whoever starts another program on the store is in nobody's way who has something begun, or ends things."""
    ended = intents.begin(INTENTION)
    intents.end(ended, EVENT)
    another = Database(database.url.render_as_string(hide_password=False))

    another.migrate()
    another.dispose()
    intents.end(begun, EVENT)

    assert not {ended, begun} & _names(intents)
    assert len(audit.page()) == 2
