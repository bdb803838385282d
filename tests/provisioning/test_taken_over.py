"""A process that is held up in the middle of a write for too long comes back, and finds that others have seen to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from secrets import token_hex
from typing import cast

import pytest

from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Entry, Operation, Search
from app.provisioning.configuration import Configurations
from app.provisioning.journal import StoreJournal
from app.provisioning.recovery import Recovery
from app.provisioning.trail import Origin
from app.scim.errors import ServiceUnavailable
from app.store.audit import Audit
from app.store.database import Database
from app.store.intents import LEASE_SECONDS, Intents
from app.store.processes import this_process
from tests.provisioning.conftest import CountingDirectory, memory_ground, user
from tests.provisioning.test_recovery import Standing
from tests.store.fakes import FrozenClock


class Slow(MemoryDirectory):
    """A directory whose client is held up once it has added an entry."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        found = super().execute(operation, read_back=read_back)
        if isinstance(operation, Add):
            self.meanwhile()
        return found


def test_taken_over(database: Database) -> None:
    """What it has not sent yet it does not send, and its client is told."""
    plain, clock = memory_ground(), FrozenClock()
    directory = Slow(plain.base)
    directory.now = clock
    directory.execute(Add(plain.base.below(type(plain.base.rdn).of("ou", "People")), {"ou": (b"People",)}))
    ground = replace(plain, directory=CountingDirectory(directory), clock=clock)
    audit = Audit(database, clock=clock)

    def intents_of(holder: str) -> Intents:
        return Intents(database, audit, clock=clock, random_hex=token_hex, holder=lambda: holder)

    standing = cast("Configurations", Standing({"PRIMARY": ground.domain()}))
    others = Recovery(intents_of(this_process()), audit, standing)

    def meanwhile() -> None:
        clock.advance(LEASE_SECONDS)
        [recovered] = others.run(at_once=True)
        assert recovered.reason == ""

    directory.meanwhile = meanwhile
    book = StoreJournal(intents_of("other-machine/7/1"), audit, Origin("hr", "hr"))

    with pytest.raises(ServiceUnavailable, match="another process has seen to it"):
        ground.target(record=book).create(user(userName="jo", password="Correct-horse-1"))

    assert [(each.action, each.outcome) for each in audit.page()] == [("create", "failed")]
    assert [str(each.dn.rdn) for each in directory.search(Search(plain.base, "subtree"))] == [
        "dc=example",
        "ou=People",
    ]
    assert others.run(at_once=True) == []
