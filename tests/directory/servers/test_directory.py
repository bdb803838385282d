"""Questions go to the best server that can be used, and a write's outcome is known wherever it can be."""

import gc
from dataclasses import replace
from threading import Event, Thread

import pytest

from app.directory.connection import ConnectionSettings, Patience, Replica, ServerAddress
from app.directory.dn import Dn, Rdn
from app.directory.errors import (
    ConnectionLost,
    EntryExists,
    InvalidCredentials,
    NoSuchEntry,
    OutcomeUnknown,
    Referral,
    Unavailable,
)
from app.directory.filters import Equals, Nothing
from app.directory.model import Add, Change, Delete, Entry, Modify, Rename, Search, SetPassword
from app.directory.servers.directory import Process, ServerDirectory
from app.directory.servers.recency import Recency
from tests.directory.servers.fakes import BASE, Clock, FakeClient, person
from tests.waiting import wait_until

FIRST, SECOND = (ServerAddress("ldaps", host, 636, number) for number, host in enumerate(("a", "b")))
JO = person("jo")
EVERYBODY = Search(BASE, "one", attributes=("uid",))
ONE = Search(JO.dn, "base", attributes=("uid",), size_limit=1)


class Bench:
    """A directory over fake servers."""

    def __init__(self, *servers: ServerAddress, **changed: object) -> None:
        self.client = FakeClient("a", "b", "c")
        self.clock = Clock()
        values: dict[str, object] = {"page_size": 2, **changed}
        self.settings = ConnectionSettings(servers or (FIRST, SECOND), BASE, "secret", **values)  # type: ignore[arg-type]  # tests may pass anything on
        self.recency = Recency()
        self.directory = self.make()

    def make(self) -> ServerDirectory:
        """Make the directory anew, as another process does."""
        process = Process(recency=self.recency, clock=self.clock, pause=self.clock.pause)
        return ServerDirectory(self.settings, self.client, process)

    def asked(self) -> dict[str, list[str]]:
        """Tell who was asked what since the last time."""
        asked = {host: server.asked for host, server in self.client.servers.items() if server.asked}
        for server in self.client.servers.values():
            server.asked = []
        return asked


def test_first_server() -> None:
    """While the first server answers it is asked everything, over one connection."""
    bench = Bench()
    bench.directory.execute(JO)

    assert [entry.text("uid") for entry in bench.directory.search(ONE)] == ["jo"]
    assert bench.asked() == {"a": ["Add", "search"]}
    assert (bench.client["a"].binds, bench.client["b"].binds) == (1, 0)
    assert bench.directory.is_usable


def test_who_we_are() -> None:
    """The first server that answers says whom it takes us for."""
    bench = Bench()
    bench.client["a"].behaviour = "refuses"

    assert bench.directory.who_am_i() == "dn:cn=us"
    assert bench.asked() == {"b": ["who am i"]}


def test_fail_over_and_back() -> None:
    """What the first server does not answer the second one does, until a probe finds the first one again."""
    bench = Bench(patience=Patience(failures=1))
    bench.client["a"].behaviour = "refuses"

    bench.directory.execute(JO)
    assert list(bench.directory.search(ONE))
    assert bench.asked() == {"b": ["Add", "search"]}
    assert bench.client["a"].binds == 1
    assert [status.state for status in bench.directory.statuses()] == ["open", "closed"]

    bench.client["a"].behaviour = "answers"
    bench.directory.close()
    bench.clock.seconds += 60
    assert list(bench.directory.search(ONE))
    wait_until(lambda: bench.directory.statuses()[0].state == "closed")
    bench.asked()
    assert list(bench.directory.search(ONE))
    assert bench.asked() == {"a": ["search"]}
    bench.directory.close()


def test_nobody_answers() -> None:
    """When no server can be used the answer comes at once, with the time to come back."""
    bench = Bench(FIRST, patience=Patience(failures=2, retry_seconds=7))
    bench.client["a"].behaviour = "refuses"
    for _ in range(2):
        with pytest.raises(Unavailable, match="refused"):
            list(bench.directory.search(ONE))

    with pytest.raises(Unavailable, match="no server") as caught:
        bench.directory.execute(JO)

    assert caught.value.retry_after_seconds == 7
    assert bench.client["a"].binds == 2
    assert not bench.directory.is_usable


def test_silent_server_is_left_at_once() -> None:
    """Who does not even answer a connection is not waited for three times."""
    bench = Bench()
    bench.client["a"].behaviour = "is silent"

    list(bench.directory.search(EVERYBODY))

    assert [status.state for status in bench.directory.statuses()] == ["open", "closed"]


def test_dead_idle_connection() -> None:
    """A read over a connection that has died in the meantime is asked again over a new one, unnoticed."""
    bench = Bench(FIRST)
    bench.directory.execute(JO)
    bench.client["a"].behaviour = "loses requests"

    assert len(list(bench.directory.search(EVERYBODY))) == 1
    assert bench.asked() == {"a": ["Add", "search", "search"]}


@pytest.mark.parametrize("seconds", [0, 2])
def test_server_has_restarted(seconds: int) -> None:
    """Reads and writes go on over new connections where a server has ended all, and it is not held against it."""
    bench = Bench(FIRST, patience=Patience(failures=1))
    bench.directory.execute(JO)
    bench.client["a"].restarts += 1
    bench.clock.seconds += seconds

    assert len(list(bench.directory.search(EVERYBODY))) == 1
    bench.client["a"].restarts += 1
    bench.directory.execute(Delete(JO.dn))

    assert bench.client["a"].binds == 3
    assert [status.state for status in bench.directory.statuses()] == ["closed"]


def test_late_read_is_not_repeated() -> None:
    """A server that takes too long for a read is not asked the same once more; another one is."""
    bench = Bench()
    bench.directory.execute(JO)
    bench.client["a"].behaviour = "is late"

    assert len(list(bench.directory.search(EVERYBODY))) == 1
    assert bench.asked() == {"a": ["Add", "search"], "b": ["search"]}


def test_pages() -> None:
    """A long list comes page by page over one connection, which is given back at its end, and at its abandonment."""
    bench = Bench(FIRST, pool_size=1, wait_seconds=0.01)
    for number in range(5):
        bench.directory.execute(person(f"p{number}"))

    assert len(list(bench.directory.search(EVERYBODY))) == 5
    next(iter(bench.directory.search(EVERYBODY)))
    gc.collect()
    assert bench.directory.statuses()[0].idle == 1
    assert len(list(bench.directory.search(Search(BASE, "one", size_limit=3)))) == 3
    assert list(bench.directory.search(Search(BASE, filter=Nothing()))) == []
    assert (bench.client["a"].binds, bench.client["a"].closed) == (1, 0)


def test_list_is_left_as_its_server_goes() -> None:
    """Who leaves a list in the middle is not told that its server has gone, and nobody gets the connection."""
    bench = Bench(FIRST)
    for number in range(5):
        bench.directory.execute(person(f"p{number}"))
    found = bench.directory.search(EVERYBODY)
    next(found)
    bench.client["a"].behaviour = "refuses"

    del found
    gc.collect()

    assert (bench.client["a"].binds, bench.client["a"].closed) == (1, 1)


@pytest.mark.parametrize(("at_once", "pages"), [(None, 3), (1, 5), (9, 3)])
def test_small_pages(at_once: int | None, pages: int) -> None:
    """Whoever wants few entries is sent no more in a page, and never more than the settings allow."""
    bench = Bench()
    for number in range(5):
        bench.directory.execute(person(f"p{number}"))
    bench.asked()

    assert len(list(bench.directory.search(replace(EVERYBODY, at_once=at_once)))) == 5
    assert bench.asked() == {"a": ["search"] * pages}


def test_list_breaks_off() -> None:
    """A list that breaks off in the middle is an error, never begun anew on another server."""
    bench = Bench()
    for number in range(5):
        bench.directory.execute(person(f"p{number}"))
    found = bench.directory.search(EVERYBODY)
    next(found)
    bench.client["a"].behaviour = "refuses"

    with pytest.raises(ConnectionLost):
        list(found)


@pytest.mark.parametrize("operation", [JO, Delete(JO.dn), Modify(JO.dn, (Change("replace", "sn", (b"x",)),))])
def test_write_was_made(operation: Add | Delete | Modify) -> None:
    """A write whose answer is lost is found made by reading, and then it was."""
    bench = Bench()
    if operation is not JO:
        bench.directory.execute(JO)
    bench.client["a"].behaviour = "loses answers"

    assert bench.directory.execute(operation) is None
    assert "b" not in bench.asked()


def test_write_was_not_made() -> None:
    """A write that never reached the server is found not made, after several looks, and said to be so."""
    bench = Bench()
    bench.client["a"].behaviour = "loses requests"

    with pytest.raises(Unavailable, match="was not made") as caught:
        bench.directory.execute(JO)

    assert not isinstance(caught.value, OutcomeUnknown)
    assert bench.asked() == {"a": ["Add", "search", "search", "search", "search"]}


def test_write_that_is_late() -> None:
    """A write that the server takes too long for may still be made: nobody knows."""
    bench = Bench()
    bench.directory.execute(JO)
    bench.client["a"].behaviour = "is late"

    with pytest.raises(OutcomeUnknown):
        bench.directory.execute(Delete(JO.dn))


def test_write_and_then_silence() -> None:
    """Where the server cannot be asked what became of a write, nobody knows; another server would not know either."""
    bench = Bench(patience=Patience(failures=100))
    bench.directory.execute(JO)
    bench.asked()
    bench.client["a"].behaviour = "refuses"

    with pytest.raises(OutcomeUnknown):
        bench.directory.execute(Delete(JO.dn))

    assert "b" not in bench.asked()


def test_password_that_may_be_set() -> None:
    """A password change is known to be made if the password opens the door; it is tried once."""
    bench = Bench()
    bench.directory.execute(JO)
    bench.client["a"].behaviour = "loses answers"
    bench.directory.execute(SetPassword(JO.dn, "new"))
    bench.client["a"].behaviour = "loses requests"
    binds = bench.client["a"].binds

    with pytest.raises(OutcomeUnknown):
        bench.directory.execute(SetPassword(JO.dn, "newer"))

    # One for the connection that was lost, one for the look.
    assert bench.client["a"].binds == binds + 2


def test_write_goes_elsewhere_where_nothing_was_sent() -> None:
    """A write is sent to the next server only if the first could not be reached; one that says no is believed."""
    bench = Bench()
    bench.client["a"].behaviour = "is busy"
    with pytest.raises(Unavailable, match="busy"):
        bench.directory.execute(JO)
    bench.client["a"].behaviour = "refuses"
    bench.directory.close()
    bench.client["a"].restarts += 1

    bench.directory.execute(JO)
    with pytest.raises(EntryExists):
        bench.directory.execute(JO)

    bench.client["b"].behaviour, bench.client["b"].restarts = "refuses", 1
    with pytest.raises(Unavailable, match="refused"):
        bench.directory.execute(Delete(JO.dn))


def test_reading_and_writing_apart() -> None:
    """Reads go to the servers for reading and are shared among equals; after a write they go to the writer for a while."""
    writer = ServerAddress("ldaps", "a", 636, 0, "write")
    readers = [ServerAddress("ldaps", host, 636, 5, "read") for host in "bc"]
    bench = Bench(writer, *readers, read_own_writes_seconds=10)

    list(bench.directory.search(ONE))
    assert bench.asked() == {"b": ["search"]}
    bench.directory.execute(JO)
    another = bench.make()
    assert len(list(another.search(ONE))) == 1
    assert bench.asked() == {"a": ["Add", "search"]}
    bench.clock.seconds += 11
    list(another.search(ONE))
    assert bench.asked() == {"b": ["search"]}


def test_reads_are_shared() -> None:
    """Among servers of one priority the one that is less busy is asked."""
    bench = Bench(*(ServerAddress("ldaps", host, 636) for host in "ab"))
    held = bench.client["a"].held = Event()
    found: list[Entry] = []
    busy = Thread(target=lambda: found.extend(bench.directory.search(ONE)))
    busy.start()
    held.wait(30)

    list(bench.directory.search(ONE))

    assert bench.asked() == {"a": ["search"], "b": ["search"]}
    bench.client["a"].held = None
    bench.clock.seconds += 2
    bench.client["a"].behaviour = "is silent"
    # The silence is noticed, a probe is not answered either, and whoever waits is let go.
    busy.join(30)
    assert found == []
    assert not busy.is_alive()
    bench.directory.close()


def test_slow_question() -> None:
    """A server that is at work on one question alone, and answers a probe, goes on being used."""
    bench = Bench(FIRST)
    held = bench.client["a"].held = Event()
    caught: list[Unavailable] = []

    def add() -> None:
        try:
            bench.directory.execute(JO)
        except OutcomeUnknown as error:
            caught.append(error)

    slow = Thread(target=add)
    slow.start()
    held.wait(30)
    bench.client["a"].held = None
    binds = bench.client["a"].binds
    bench.clock.seconds += 1.5

    wait_until(lambda: bench.client["a"].binds > binds)

    assert bench.directory.is_usable
    assert slow.is_alive()
    bench.client["a"].behaviour = "is silent"
    bench.clock.seconds += 60
    slow.join(30)
    assert len(caught) == 1
    bench.directory.close()


def test_who_was_cut_does_not_try_again() -> None:
    """Whose question was ended since a probe has found nobody there does not wait for another connection."""
    bench = Bench(FIRST)
    held = bench.client["a"].held = Event()
    caught: list[Unavailable] = []

    def search() -> None:
        try:
            list(bench.directory.search(ONE))
        except Unavailable as error:
            caught.append(error)

    asking = Thread(target=search)
    asking.start()
    held.wait(30)
    bench.client["a"].behaviour = "is silent"
    bench.clock.seconds += 10
    asking.join(30)

    assert [str(each) for each in caught] == ["ldaps://a:636 does not answer"]
    assert bench.client["a"].binds == 2  # the second one is the probe's
    bench.directory.close()


def test_nobody_waits_in_vain() -> None:
    """Who waits for a connection with a server that has fallen silent is sent away before the time is up."""
    bench = Bench(FIRST, pool_size=1, wait_seconds=3600)
    held = bench.client["a"].held = Event()
    caught: list[Unavailable] = []

    def search() -> None:
        try:
            list(bench.directory.search(ONE))
        except Unavailable as error:
            caught.append(error)

    hanging, waiting = Thread(target=search), Thread(target=search)
    hanging.start()
    held.wait(30)
    bench.client["a"].behaviour = "is silent"
    waiting.start()
    bench.clock.seconds += 10
    for thread in (hanging, waiting):
        thread.join(30)

    assert len(caught) == 2
    bench.directory.close()


def test_authenticate() -> None:
    """A password is checked on a connection of its own; empty names and passwords are wrong without asking."""
    bench = Bench(FIRST)
    bench.directory.execute(JO)
    bench.directory.execute(SetPassword(JO.dn, "secret"))

    bench.directory.authenticate(JO.dn, "secret")
    for name, password in ((JO.dn, "wrong"), (JO.dn, ""), (Dn(()), "secret")):
        with pytest.raises(InvalidCredentials):
            bench.directory.authenticate(name, password)


def test_authenticate_who_has_no_password() -> None:
    """Who cannot bind at all has no right password."""
    bench = Bench(FIRST)
    bench.client["a"].behaviour = "knows no password"

    with pytest.raises(InvalidCredentials):
        bench.directory.authenticate(JO.dn, "secret")


def test_service_account_is_rejected() -> None:
    """A server that does not accept the service account is there all the same."""
    bench = Bench(FIRST)
    bench.client["a"].behaviour = "rejects us"

    with pytest.raises(InvalidCredentials):
        list(bench.directory.search(ONE))

    assert bench.directory.is_usable


def test_probe_of_a_server_that_rejects_us() -> None:
    """A probe that is refused by name has been answered."""
    bench = Bench(FIRST, patience=Patience(failures=1))
    bench.client["a"].behaviour = "refuses"
    with pytest.raises(Unavailable):
        list(bench.directory.search(ONE))
    bench.client["a"].behaviour = "rejects us"
    bench.clock.seconds += 60

    wait_until(lambda: bench.directory.is_usable)
    bench.directory.close()


def test_capabilities() -> None:
    """The root DSE is asked for once."""
    bench = Bench(FIRST)

    assert bench.directory.capabilities() is bench.directory.capabilities()
    assert bench.asked() == {"a": ["search"]}


class TestReferrals:
    """Referrals are refused, or followed if the settings say so, with the same credentials and the same checks."""

    ELSEWHERE = ("http://no/", "ldaps://b/ou=Away,dc=example,dc=org??base")

    def test_refused(self) -> None:
        """By default nobody follows."""
        bench = Bench(FIRST)
        bench.client["a"].refers_to = self.ELSEWHERE

        for act in (lambda: list(bench.directory.search(ONE)), lambda: bench.directory.execute(JO)):
            with pytest.raises(Referral) as caught:
                act()
            assert caught.value.code == 10
        assert bench.client["b"].binds == 0

    def test_followed(self) -> None:
        """The other server is asked, by the name and with the scope that the referral says."""
        bench = Bench(FIRST, follow_referrals=True)
        bench.client["a"].refers_to = self.ELSEWHERE
        away = BASE.below(Rdn.of("ou", "Away"))
        bench.client["b"].data.execute(Add(away, {"ou": (b"Away",)}))

        found = list(bench.directory.search(Search(JO.dn, filter=Equals("ou", b"Away"), attributes=("ou",))))
        bench.directory.execute(Modify(JO.dn, (Change("add", "title", (b"x",)),)))

        assert [entry.dn for entry in found] == [away]
        assert [
            e.text("title") for e in bench.client["b"].data.search(Search(away, attributes=("title",)))
        ] == ["x"]
        bench.directory.close()

    def test_references_in_a_list(self) -> None:
        """What is found beside references is completed by what they lead to; nobody follows unless told to."""
        for follows, expected in ((False, 1), (True, 2)):
            bench = Bench(FIRST, SECOND, follow_referrals=follows)
            bench.directory.execute(JO)
            bench.client["a"].continues_at = (("ldaps://b/",),)

            assert len(list(bench.directory.search(EVERYBODY))) == expected

    @pytest.mark.parametrize(
        ("urls", "message"), [(("ldaps://a/",), "more than 5 times"), (("http://x/", "ldaps://"), "no URL")]
    )
    def test_nowhere(self, urls: tuple[str, ...], message: str) -> None:
        """Circles end, and URLs of no use are refused."""
        bench = Bench(FIRST, follow_referrals=True)
        bench.client["a"].refers_to = urls

        with pytest.raises(Referral, match=message):
            bench.directory.execute(Rename(JO.dn, Rdn.of("uid", "x")))
        with pytest.raises(Referral, match=message):
            list(bench.directory.search(ONE))


def test_refusal_keeps_the_connection() -> None:
    """A server's no is an answer, and its connection as good as before."""
    bench = Bench(FIRST)

    for _ in range(3):
        with pytest.raises(NoSuchEntry):
            bench.directory.execute(Delete(JO.dn))

    assert bench.client["a"].binds == 1


def test_replicas() -> None:
    """Entries say which replica they were read from, if that is asked for and known."""
    bench = Bench(FIRST, replica=Replica("description", "seeAlso"))
    al = person("al")
    bench.directory.execute(al)
    asking = Search(al.dn, "base", attributes=("uid", "seeAlso"))
    assert [entry.text("seeAlso") for entry in bench.directory.search(asking)] == [None]

    bench = Bench(FIRST, replica=Replica("description", "seeAlso"))
    bench.client["a"].data.execute(Modify(BASE, (Change("add", "description", (str(JO.dn).encode(),)),)))
    for each in (JO, al):
        bench.client["a"].data.execute(each)
    bench.client["a"].data.execute(Modify(JO.dn, (Change("add", "seeAlso", (b"replica 1",)),)))
    bench.client["a"].root = BASE

    assert [entry.text("seeAlso") for entry in bench.directory.search(asking)] == ["replica 1"]
    assert [entry.attributes for entry in bench.directory.search(ONE)] == [{"uid": (b"jo",)}]
