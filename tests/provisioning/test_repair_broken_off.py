"""Renames and deletes whose references Landbridge keeps: broken off at any point, or undone later, they leave nothing half."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from secrets import token_hex
from typing import cast

import pytest

from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Delete, Entry, Operation, Search
from app.provisioning.configuration import Configurations
from app.provisioning.deletion import Deletion
from app.provisioning.journal import StoreJournal
from app.provisioning.recovery import Recovery
from app.provisioning.trail import Origin
from app.scim.errors import Conflict
from app.store.audit import Audit
from app.store.database import Database
from app.store.intents import Intents
from app.store.processes import this_process
from tests.provisioning.conftest import CountingDirectory, Ground, memory_ground, user
from tests.provisioning.test_groups import group, people
from tests.provisioning.test_posix_groups import of_posix
from tests.provisioning.test_recovery import Standing
from tests.provisioning.test_repair import group_dn, keeping, managed
from tests.provisioning.test_undo import Trail

ORIGIN = Origin("hr", "hr")


class Killed(BaseException):
    """The process is gone."""


class Mortal(MemoryDirectory):
    """A directory whose client dies at a point: before or after it sends an operation."""

    point: int | None = None
    passed: int = 0

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Die, if it is time."""
        self._pass()
        found = super().execute(operation, read_back=read_back)
        self._pass()
        return found

    def _pass(self) -> None:
        self.passed += 1
        if self.passed == self.point:
            raise Killed

    def state(self) -> dict[str, dict[str, list[bytes]]]:
        """Tell all that there is, but for ids and times."""
        wanted = ("uid", "cn", "member", "manager", "memberUid", "employeeType")
        found = self.search(Search(self.base, "subtree", attributes=wanted))
        states = {
            str(entry.dn): {name: sorted(values) for name, values in sorted(entry.attributes.items())}
            for entry in found
        }
        return dict(sorted(states.items()))


@pytest.fixture
def book(database: Database) -> StoreJournal:
    """Open an empty journal, as the service keeps one."""
    clock = memory_ground().clock
    audit = Audit(database, clock=clock)
    intents = Intents(database, audit, clock=clock, random_hex=token_hex, holder=this_process)
    return StoreJournal(intents, audit, ORIGIN)


def mortal(wired: Callable[[Ground], Ground]) -> tuple[Ground, Mortal]:
    """Give a domain whose client may die."""
    plain = memory_ground()
    directory = Mortal(plain.base)
    for name in ("People", "Groups"):
        directory.execute(
            Add(plain.base.below(type(plain.base.rdn).of("ou", name)), {"ou": (name.encode(),)})
        )
    return wired(replace(plain, directory=CountingDirectory(directory))), directory


def retiring(plain: Ground) -> Ground:
    """Have accounts stay after their deletion, in groups that hold login names."""
    return replace(of_posix(plain), deletion=Deletion("disable"))


def rename(ground: Ground, jo: str, book: StoreJournal) -> None:
    """Give somebody another name."""
    ground.target(record=book).replace(jo, user(userName="joanna"))


def move(ground: Ground, jo: str, book: StoreJournal) -> None:
    """Put somebody into another container, who is their own manager from then on."""
    ground.target(record=book).replace(jo, user(userType="Guest"))


def delete(ground: Ground, jo: str, book: StoreJournal) -> None:
    """Delete somebody."""
    ground.target(record=book).delete(jo)


ACTS = [
    pytest.param(keeping, rename, id="rename"),
    pytest.param(keeping, move, id="move"),
    pytest.param(keeping, delete, id="delete"),
    pytest.param(of_posix, rename, id="rename by login name"),
    pytest.param(of_posix, delete, id="delete by login name"),
    pytest.param(retiring, delete, id="retire by login name"),
]
Wired = Callable[[Ground], Ground]
Act = Callable[[Ground, str, StoreJournal], None]


def begun(wired: Wired) -> tuple[Ground, Mortal, str]:
    """Begin with two users in two groups, one of them alone in one, and somebody who is managed by that one."""
    ground, directory = mortal(wired)
    jo, bo = people(ground, "jo", "bo")
    group(ground, "Staff", jo, bo)
    group(ground, "Crew", jo)
    if wired is keeping:
        managed(ground, "al", jo)
        directory.execute(
            Add(directory.base.below(type(directory.base.rdn).of("ou", "Guests")), {"ou": (b"Guests",)})
        )
    return ground, directory, jo


@pytest.mark.parametrize(("wired", "act"), ACTS)
def test_killed(wired: Wired, act: Act, book: StoreJournal) -> None:
    """Wherever the process dies, the next one finds all who name the entry as they were or as they shall be."""
    ground, directory, jo = begun(wired)
    before = directory.state()
    act(ground, jo, book)
    after = directory.state()
    seen = set()

    for point in range(1, 40):
        ground, directory, jo = begun(wired)
        domain = ground.domain()
        directory.point, directory.passed = point, 0
        try:
            act(ground, jo, book)
        except Killed:
            directory.point = None
        else:
            break
        recovered = Recovery(
            book.intents, book.audit, cast("Configurations", Standing({"PRIMARY": domain}))
        ).run()

        assert [each.reason for each in recovered if each.ending is None] == []
        assert book.intents.list() == []
        assert comparable(directory.state()) in (comparable(before), comparable(after)), point
        seen.add(comparable(directory.state()) == comparable(after))
    assert point > 4
    assert seen == {True, False}


def comparable(state: object) -> str:
    """Leave out the part of an id that the name of a retired entry has."""
    return re.sub(r"~deleted~[0-9a-f]{12}", "~deleted~", str(state))


@pytest.mark.parametrize(("wired", "act"), ACTS)
def test_undone(wired: Wired, act: Act, book: StoreJournal, database: Database) -> None:
    """What was done is undone with all who name the entry; a deleted one is in its groups again."""
    ground, directory, jo = begun(wired)
    before = directory.state()
    trail = Trail(ground, database)
    act(ground, jo, book)
    number = trail.audit.page(limit=1)[0].id

    undoing = trail.undo.run(number, trail.record)

    assert directory.state() == before
    assert not any("memberships" in note for note in undoing.notes)


def test_not_undone(book: StoreJournal, database: Database) -> None:
    """Where a group has been deleted since, or names somebody else by the old name, nothing is undone."""
    ground, directory, jo = begun(keeping)
    trail = Trail(ground, database)
    rename(ground, jo, book)
    number = trail.audit.page(limit=1)[0].id
    directory.execute(Delete(group_dn(ground, "Crew")))
    left = directory.state()

    with pytest.raises(Conflict, match="cn=Crew"):
        trail.undo.run(number, trail.record)

    assert directory.state() == left
