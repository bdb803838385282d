"""Parts of sorted lists: what is sent, and that servers which sort hand them out and are used for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread, Timer

import pytest

from app.directory.ber import elements, parts
from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dn import Dn, Rdn
from app.directory.errors import Unavailable
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Search, SortKey, Window
from app.directory.port import Excerpt, Windowed
from app.directory.servers.directory import ServerDirectory
from app.directory.windows import NEEDED, controls_for, total_in
from tests.directory import contract
from tests.directory.conftest import Ground, settings_of
from tests.directory.servers.fakes import BASE, Behaviour, FakeClient, person
from tests.preparation.broken import Break, running, without_overlay

BY_TIME = (SortKey("modifyTimestamp", is_descending=True), SortKey("entryUUID"))


def test_controls() -> None:
    """The values are those of RFC 2891 and of the draft."""
    (sort, keys), (window, part) = controls_for(Window(BY_TIME, start=200, count=100))

    [(_, content)] = elements(part)
    (before, after, offset) = elements(content)
    assert (sort, window) == ("1.2.840.113556.1.4.473", "2.16.840.1.113730.3.4.9")
    assert keys == b"\x30\x23\x30\x14\x04\x0fmodifyTimestamp\x81\x01\xff\x30\x0b\x04\x09entryUUID"
    assert (bytes(before[1]), bytes(after[1]), offset[0]) == (b"\x00", b"\x63", 0xA0)
    assert [bytes(each) for each in parts(offset[1])] == [b"\x00\xc9", b"\x00"]


def test_answer() -> None:
    """The answer tells how long the whole list is."""
    assert total_in(b"\x30\x0b\x02\x01\x01\x02\x03\x01\x86\xa0\x0a\x01\x00") == 100_000


class WindowContract:
    """What a directory that sorts does; subclasses give the fixture ``ground``."""

    def test_parts(self, ground: Ground) -> None:
        """Parts one after the other are the whole, in the order that is asked for; what is equal is in the ids' order."""
        for number in range(7):
            ground.directory.execute(contract.person(ground, f"p{number}"))
        parts_found = [self.part(ground, start=start) for start in (0, 3, 6)]

        found = [entry for part in parts_found for entry in part.entries]
        keys = [(entry.text("modifyTimestamp") or "", entry.text("entryUUID") or "") for entry in found]
        assert [part.total for part in parts_found] == [7, 7, 7]
        assert [len(part.entries) for part in parts_found] == [3, 3, 1]
        assert all(a[0] > b[0] or (a[0] == b[0] and a[1] < b[1]) for a, b in pairwise(keys))

    def test_only_what_is_asked_for_comes_back(self, ground: Ground) -> None:
        """What is sorted by need not come back."""
        ground.directory.execute(contract.person(ground, "jo", title=["x"]))

        part = self.part(ground, "title")

        assert [entry.attributes for entry in part.entries] == [{"title": (b"x",)}]

    def test_again_and_again(self, ground: Ground) -> None:
        """However often it is asked, the server goes on to sort: it keeps nothing for us."""
        ground.directory.execute(contract.person(ground, "jo"))

        assert {self.part(ground).total for _ in range(20)} == {1}

    def part(self, ground: Ground, *attributes: str, start: int = 0) -> Excerpt:
        """Ask for a part."""
        assert isinstance(ground.directory, Windowed)
        names = attributes or ("modifyTimestamp", "entryUUID")
        search = Search(ground.people, "one", attributes=names, window=Window(BY_TIME, start, 3))
        found = ground.directory.excerpt(search)
        assert found is not None
        return found


class TestInMemory(WindowContract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self, memory_ground: Ground) -> Ground:
        """Give an empty directory in memory."""
        assert isinstance(memory_ground.directory, MemoryDirectory)
        memory_ground.directory.sorts = True
        return memory_ground


class TestOnOpenLdap(WindowContract):
    """The contract, on OpenLDAP, by each client."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give an empty OpenLDAP."""
        return ldap_ground

    def test_behind_the_end(self, ground: Ground) -> None:
        """A part that is not there is none."""
        assert isinstance(ground.directory, Windowed)
        ground.directory.execute(contract.person(ground, "jo"))
        search = Search(ground.people, "one", window=Window(BY_TIME, 100, 3))

        found = ground.directory.excerpt(search)

        assert found is None or not found.entries

    def test_what_cannot_be_sorted(self, ground: Ground) -> None:
        """By an attribute without an ordering rule nothing is sorted, and nothing fails."""
        assert isinstance(ground.directory, Windowed)
        ground.directory.execute(contract.person(ground, "jo"))
        search = Search(ground.people, "one", window=Window((SortKey("title"),), 0, 3))

        assert ground.directory.excerpt(search) is None


def test_memory_that_does_not_sort(memory_ground: Ground) -> None:
    """Memory sorts only where it is told to."""
    search = Search(memory_ground.people, window=Window(BY_TIME, 0, 3))

    assert isinstance(memory_ground.directory, Windowed)
    assert memory_ground.directory.excerpt(search) is None


@pytest.mark.directory
def test_where_nothing_is_offered(tmp_path: Path, client: Callable[..., ServerDirectory]) -> None:
    """A server that does not sort is not asked to."""
    with running(Break(config=without_overlay("sssvlv")), tmp_path) as slapd:
        directory = client(settings_of(slapd))
        found = directory.excerpt(Search(Dn.parse(slapd.people_dn), window=Window(BY_TIME, 0, 3)))
        directory.close()

    assert found is None


PART = Search(BASE, "one", attributes=("uid",), window=Window((SortKey("uid", is_descending=True),), 0, 1))


class Bench:
    """A directory over one fake server, which sorts."""

    def __init__(self) -> None:
        self.client = FakeClient("a")
        self.server = self.client["a"]
        self.server.data.sorts = True
        self.server.root = BASE.below(Rdn.of("uid", "root"))
        offered = tuple(oid.encode() for oid in NEEDED)
        named = {"objectClass": (b"person",), "uid": (b"root",), "supportedControl": offered}
        for added in (Add(self.server.root, named), person("ann"), person("bob")):
            self.server.data.execute(added)
        settings = ConnectionSettings((ServerAddress("ldaps", "a", 636),), BASE, "secret")
        self.directory = ServerDirectory(settings, self.client)
        assert self.directory.capabilities().controls == NEEDED

    def names(self) -> list[str | None] | None:
        """Ask for the last one."""
        found = self.directory.excerpt(PART)
        return [entry.text("uid") for entry in found.entries] if found else None


def test_session_of_its_own() -> None:
    """The session ends with the answer, and with it what the server keeps."""
    bench = Bench()

    assert [bench.names(), bench.names()] == [["root"], ["root"]]
    assert (bench.server.binds, bench.server.closed) == (2, 2)


@pytest.mark.parametrize("behaviour", ["is busy", "sorts nothing"])
def test_server_that_will_not(behaviour: Behaviour) -> None:
    """A server that has no room, or refuses, is no reason to fail, and not taken for down."""
    bench = Bench()
    bench.server.behaviour = behaviour

    assert [bench.names() for _ in range(5)] == [None] * 5
    assert bench.directory.is_usable


def test_server_that_is_away() -> None:
    """A server that does not answer is one."""
    bench = Bench()
    bench.server.behaviour = "refuses"

    with pytest.raises(Unavailable):
        bench.names()


def test_server_that_does_not_say_how_many() -> None:
    """An answer without the total is none."""
    bench = Bench()
    bench.server.data.sorts = False

    assert bench.names() is None


@contextmanager
def somebody_else(bench: Bench) -> Iterator[Callable[[], None]]:
    """Have somebody else ask, who gets no answer until that is called for."""
    bench.server.held = Event()

    def ask() -> None:
        with suppress(Unavailable):
            bench.names()

    def end() -> None:
        bench.server.held = None
        for session in bench.client.sessions:
            session.is_cut.set()

    asking = Thread(target=ask)
    asking.start()
    assert bench.server.held.wait(30)
    yield end
    end()
    asking.join(30)


def test_one_after_the_other() -> None:
    """Who asks while another one is being answered waits until that is over."""
    bench = Bench()

    with somebody_else(bench) as end:
        later = Timer(0.1, end)
        later.start()
        assert bench.names() == ["root"]
        later.join()


def test_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has waited for long does without."""
    monkeypatch.setattr("app.directory.servers.directory._SORTING_SECONDS", 0.01)
    bench = Bench()

    with somebody_else(bench):
        assert bench.names() is None

    assert bench.names() == ["root"]
