"""What is made again after it was deleted: with the id that it had, where the server lets the service account set it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.directory.dialects.vocabulary import KEPT_ATTRIBUTES
from app.directory.dn import Dn
from app.directory.errors import EntryExists, NotALeaf, SchemaViolation
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Delete, Entry, Search, Values
from app.directory.plan import PlanFailed, execute, plan
from app.directory.servers.directory import ServerDirectory
from app.testing.slapd import Slapd
from tests.directory.conftest import Ground, settings_of
from tests.directory.contract import person
from tests.preparation.broken import Break, replacing, running

MANAGING = Break(
    config=replacing('to * by dn.exact="${LDAP_BIND_DN}" write', 'to * by dn.exact="${LDAP_BIND_DN}" manage')
)


def read(ground: Ground, dn: Dn) -> Entry | None:
    """Read what is kept of an entry, if it is there."""
    return next(
        iter(ground.directory.search(Search(dn, "base", attributes=("title", *KEPT_ATTRIBUTES)))), None
    )


def made_again(ground: Ground) -> Add:
    """Make somebody, delete her, and say how she is made again."""
    ground.directory.execute(person(ground, "jo", title=["Clerk"]))
    executed = execute(plan([Delete(person(ground, "jo").dn)]), ground.directory)
    [undo] = executed.plan.inverse.operations
    assert isinstance(undo, Add)
    return undo


class KeptContract:
    """What holds wherever entries are made again; subclasses give the fixture ``ground``."""

    def test_twice(self, ground: Ground) -> None:
        """What is there already is not made again."""
        again = made_again(ground)
        ground.directory.execute(again)

        with pytest.raises(EntryExists):
            ground.directory.execute(again)

    def test_what_cannot_be(self, ground: Ground) -> None:
        """What the server has against the entry itself is told."""
        again = made_again(ground)
        nameless: dict[str, Values] = {**again.attributes, "uid": (b"x",), "cn": (b"",)}

        with pytest.raises(SchemaViolation):
            ground.directory.execute(Add(again.dn, nameless, again.kept))


class ManagingContract(KeptContract):
    """Where the service account may manage entries."""

    def test_undone_alike(self, ground: Ground) -> None:
        """A delete that is undone since a later one failed leaves the entry as it was, its id and its times included."""
        added = person(ground, "jo", title=["Clerk"])
        ground.directory.execute(added)
        before = read(ground, added.dn)
        ground.directory.execute(person(ground, "al"))

        with pytest.raises(PlanFailed) as failed:
            execute(plan([Delete(added.dn), Delete(ground.people)]), ground.directory)

        assert isinstance(failed.value.cause, NotALeaf)
        assert failed.value.undone
        assert read(ground, added.dn) == before


class WritingContract(KeptContract):
    """Where it may write them, and no more."""

    def test_another_id(self, ground: Ground) -> None:
        """The entry is made all the same, and known by another id."""
        again = made_again(ground)

        ground.directory.execute(again)

        found = read(ground, again.dn)
        assert found is not None
        assert found.text("title") == "Clerk"
        assert found.values("entryUUID") != again.kept["entryUUID"]


class TestManagingInMemory(ManagingContract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self, memory_ground: Ground) -> Ground:
        """Give an empty directory in memory."""
        assert isinstance(memory_ground.directory, MemoryDirectory)
        memory_ground.directory.relaxes = True
        return memory_ground


class TestWritingInMemory(WritingContract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self, memory_ground: Ground) -> Ground:
        """Give an empty directory in memory."""
        return memory_ground


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run a slapd whose service account may manage entries."""
    with running(MANAGING, Path(tmp_path_factory.mktemp("managed"))) as slapd:
        yield slapd


@pytest.mark.directory
class TestManagingOnOpenLdap(ManagingContract):
    """The contract, on OpenLDAP, by each client."""

    @pytest.fixture
    def ground(self, managed: Slapd, client: Callable[..., ServerDirectory]) -> Iterator[Ground]:
        """Give an empty OpenLDAP."""
        directory = client(settings_of(managed))
        ground = Ground(directory, Dn.parse(managed.people_dn))
        for entry in list(directory.search(Search(ground.people, "one"))):
            directory.execute(Delete(entry.dn))
        yield ground
        directory.close()


class TestWritingOnOpenLdap(WritingContract):
    """The contract, on OpenLDAP, by each client."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give an empty OpenLDAP."""
        return ldap_ground
