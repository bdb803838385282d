"""What a process left behind is seen to by the next one, or waits, or is told to a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_hex
from typing import cast

import pytest

from app.directory.dn import Dn, Rdn
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Search, SetPassword
from app.directory.plan import plan
from app.directory.plan_text import dump_steps
from app.directory.recovery import Ending
from app.provisioning.configuration import Configuration, Configurations
from app.provisioning.recovery import Recovery
from app.store.audit import Audit, AuditEvent
from app.store.database import Database
from app.store.intents import Intention, Intents
from app.store.processes import this_process
from tests.directory.test_recovery import Directory
from tests.provisioning.conftest import Ground, memory_ground
from tests.store.fakes import FrozenClock


@dataclass
class Bench:
    """A recovery over a domain in memory."""

    ground: Ground
    intents: Intents
    audit: Audit
    configurations: Configurations

    @property
    def recovery(self) -> Recovery:
        """Give what is tested."""
        return Recovery(self.intents, self.audit, self.configurations)

    def leave(self, *operations: Operation, sent: int, domain: str = "PRIMARY") -> str:
        """Begin a plan, and leave it after some operations."""
        made = plan(operations)
        intention = Intention(
            actor="hr",
            action="create",
            request_id="r1",
            application="hr",
            domain=domain,
            resource_type="User",
            resource_id="",
            plan=made.render(),
            steps=dump_steps(made.steps),
        )
        name = self.intents.begin(intention)
        for number, operation in enumerate(operations[:sent], start=1):
            self.ground.directory.execute(operation)
            self.intents.note(name, made=number, version="")
        self.intents.abandon(name)
        return name

    def trail(self) -> list[tuple[str, str, str]]:
        """Return what was recorded."""
        return [(row.action, row.outcome, row.detail) for row in self.audit.page()]


@dataclass
class Standing:
    """Configurations that do not change."""

    domains: dict[str, object]

    def current(self) -> Configuration:
        """Return them."""
        return cast("Configuration", self)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Make an empty store, and a domain."""
    database = Database("sqlite://")
    database.migrate()
    ground, clock = memory_ground(), FrozenClock()
    ground.directory.inner.now = clock  # type: ignore[attr-defined]  # it is the one in memory
    audit = Audit(database, clock=clock)
    intents = Intents(database, audit, clock=clock, random_hex=token_hex, holder=this_process)
    standing = cast("Configurations", Standing({"PRIMARY": ground.domain()}))
    yield Bench(replace(ground, clock=clock), intents, audit, standing)
    database.dispose()


def person(bench: Bench, name: str) -> Add:
    """Describe a person."""
    value = (name.encode(),)
    return Add(
        bench.ground.dn(name), {"objectClass": (b"inetOrgPerson",), "uid": value, "cn": value, "sn": value}
    )


def test_made(bench: Bench) -> None:
    """What had been made is recorded, with the id of what it made."""
    added = person(bench, "jo")
    bench.leave(added, sent=1)

    [recovered] = bench.recovery.run()

    assert recovered.ending is Ending.MADE
    assert bench.trail() == [("create", "done", "It had been made when Landbridge was interrupted.")]
    assert len(bench.audit.page()[0].resource_id) == 36
    assert bench.intents.list() == []


def test_undone(bench: Bench) -> None:
    """What was made in part is undone, and recorded."""
    added = person(bench, "jo")
    bench.leave(added, SetPassword(added.dn, "x"), sent=1)

    [recovered] = bench.recovery.run()

    assert recovered.ending is Ending.UNDONE
    assert bench.trail()[0][1:] == (
        "failed",
        "Landbridge was interrupted in the middle of it; it has been undone.",
    )
    bench.ground.directory.execute(added)


@pytest.mark.parametrize("is_noted", [False, True], ids=["unheard", "noted"])
def test_entry_that_is_used(bench: Bench, *, is_noted: bool) -> None:
    """What somebody has changed since is not taken back, however the intent came to be here."""
    added = person(bench, "jo")
    bench.leave(added, SetPassword(added.dn, "x"), sent=int(is_noted))
    if not is_noted:
        bench.ground.directory.execute(added)
    bench.ground.clock.advance(timedelta(days=1).total_seconds())
    bench.ground.directory.execute(Modify(added.dn, (Change("replace", "title", (b"x",)),)))

    [recovered] = bench.recovery.run()

    assert recovered.ending is None
    assert "somebody else has changed the same since" in recovered.reason
    bench.ground.directory.execute(Delete(added.dn))


@pytest.mark.parametrize("hidden", ["createTimestamp", "modifyTimestamp"])
def test_entry_whose_age_nobody_tells(bench: Bench, monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    """Where the directory does not show when an entry was made or changed, that is a person's business, too."""
    added = person(bench, "jo")
    bench.leave(added, SetPassword(added.dn, "x"), sent=1)
    memory = bench.ground.directory.inner
    search = memory.search

    def without(wanted: Search) -> Iterator[Entry]:
        for entry in search(wanted):
            shown = {name: values for name, values in entry.attributes.items() if name != hidden.lower()}
            yield Entry(entry.dn, shown)

    monkeypatch.setattr(memory, "search", without)

    [recovered] = bench.recovery.run()

    assert recovered.reason == f"{hidden} of {added.dn} cannot be read, so nobody can tell whose entry it is"
    bench.ground.directory.execute(Delete(added.dn))


@pytest.mark.parametrize("how", ["older", "known"])
def test_entry_of_others(bench: Bench, how: str) -> None:
    """An entry that is older, or that the trail knows, was not made by what was broken off, and stays."""
    added = person(bench, "jo")
    entry = bench.ground.directory.execute(added, read_back=("entryUUID",))
    assert entry is not None
    if how == "older":
        bench.ground.clock.advance(timedelta(hours=1).total_seconds())
    else:
        dialect = bench.ground.product.dialect
        bench.audit.record(
            AuditEvent(
                actor="hr",
                action="create",
                outcome="done",
                domain="PRIMARY",
                resource_id=dialect.id_of(entry),
            )
        )
    bench.leave(added, SetPassword(added.dn, "x"), sent=0)

    [recovered] = bench.recovery.run()

    assert recovered.ending is Ending.NOT_MADE
    bench.ground.directory.execute(Delete(added.dn))


def test_person(bench: Bench) -> None:
    """What needs a person waits for one, and is not tried again."""
    added = person(bench, "jo")
    bench.ground.directory.execute(added)
    name = bench.leave(Modify(added.dn, (Change("replace", "title", (b"x",)),)), Delete(added.dn), sent=1)

    [recovered] = bench.recovery.run()

    assert recovered.ending is None
    assert "cannot be undone" in recovered.reason
    assert bench.recovery.run() == []
    assert [(intent.id, intent.needs) for intent in bench.intents.list()] == [(name, recovered.reason)]
    assert bench.trail() == []


def test_gone_for_good(bench: Bench) -> None:
    """What was made and then removed by others is recorded without an id."""
    added = person(bench, "jo")
    bench.leave(added, sent=1)
    bench.ground.directory.execute(Delete(added.dn))

    [recovered] = bench.recovery.run()

    assert recovered.ending is Ending.MADE
    assert bench.audit.page()[0].resource_id == ""


def test_domain_that_is_not_there(bench: Bench) -> None:
    """An intent of a domain that is not in force waits; the others of that domain are not tried in the same round."""
    other = Dn.parse("uid=x,dc=elsewhere").below(Rdn.of("cn", "y"))
    bench.leave(Delete(other), sent=0, domain="GONE")
    bench.leave(Delete(other), sent=0, domain="GONE")

    recovered = bench.recovery.run()

    assert [each.reason for each in recovered] == ["the domain GONE cannot be used at present"]
    assert len(bench.intents.orphans()) == 2


def test_directory_that_is_away(bench: Bench) -> None:
    """An intent whose directory does not answer waits for the next round."""
    away = Directory(is_away=True)
    domain = replace(bench.ground.domain(), directory=away)
    standing = cast("Configurations", Standing({"PRIMARY": domain}))
    bench.leave(person(bench, "jo"), sent=0)

    [recovered] = Recovery(bench.intents, bench.audit, standing).run()

    assert (recovered.ending, recovered.reason) == (None, "gone")
    assert len(bench.recovery.run()) == 1


def test_bug(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong, the intent is not lost."""
    bench.leave(person(bench, "jo"), sent=0)
    monkeypatch.setattr("app.provisioning.recovery.settle", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        bench.recovery.run()

    assert len(bench.intents.orphans()) == 1
