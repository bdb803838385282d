"""Names are looked up each time, and known from before where nobody answers."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from structlog.testing import capture_logs

from app.network import asking, names
from app.network.names import Info, Names, NoAddress

HOST = "ldap.example.org"
PLENTY = 30.0
AGAIN = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
GONE = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def infos(address: str, port: int = 636) -> Sequence[Info]:
    """Say what a name's one address is."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


class Dns:
    """Says what it is told to say, or nothing while it is silent."""

    def __init__(self) -> None:
        self.says: Sequence[Info] | socket.gaierror = infos("192.0.2.1")
        self.asked: list[str] = []
        self.speaks = Event()
        self.speaks.set()
        self.was_asked = Event()

    def ask(self, host: str, port: int) -> Sequence[Info]:
        """Answer for socket.getaddrinfo."""
        del port
        self.asked.append(host)
        self.was_asked.set()
        assert self.speaks.wait(PLENTY)
        if isinstance(self.says, socket.gaierror):
            raise self.says
        return self.says


@pytest.fixture
def dns() -> Iterator[Dns]:
    """Give one that speaks in the end, so that no thread is left behind."""
    made = Dns()
    yield made
    made.speaks.set()


@pytest.fixture
def known(dns: Dns) -> Names:
    """Know a name from before."""
    known = Names(dns.ask)
    known.addresses(HOST, 636, PLENTY)
    return known


def test_asked_each_time(dns: Dns, known: Names) -> None:
    """What DNS says now counts."""
    dns.says = infos("192.0.2.2")

    assert known.addresses(HOST, 636, PLENTY) == infos("192.0.2.2")
    assert dns.asked == [HOST, HOST]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%1"])
def test_addresses(host: str) -> None:
    """An address is its own."""
    [info] = Names().addresses(host, 636, 0)

    assert info[4][0] == host.partition("%")[0]


def test_the_machine_s_own() -> None:
    """Without anything else, the machine is asked."""
    assert {info[4][0] for info in Names().addresses("localhost", 636, PLENTY)} <= {"127.0.0.1", "::1"}


def test_silence(dns: Dns) -> None:
    """Who knows nothing waits as long as it may, and is told for what."""
    dns.speaks.clear()

    with pytest.raises(NoAddress, match=r"^looking up ldap\.example\.org timed out after 0\.05 s$"):
        Names(dns.ask).addresses(HOST, 636, 0.05)


def test_silence_about_a_known_name(dns: Dns, known: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who knows where the name led waits a moment, and whoever comes after not at all; it is said once, and so is the end."""
    monkeypatch.setattr(asking, "PROMPT_SECONDS", 0.05)
    dns.speaks.clear()

    with capture_logs() as logs:
        assert [known.addresses(HOST, 636, PLENTY) for _ in range(3)] == [infos("192.0.2.1")] * 3
        assert dns.asked == [HOST] * 2
        dns.speaks.set()
        monkeypatch.setattr(asking, "PROMPT_SECONDS", PLENTY)
        known.addresses(HOST, 636, PLENTY)
        known.addresses(HOST, 636, PLENTY)

    assert [(log["event"], log.get("reason")) for log in logs] == [
        ("name_is_not_answered_for", "no answer"),
        ("name_is_answered_for_again", None),
    ]


@pytest.mark.parametrize(("seconds", "waited"), [(0.5, 0.25), (5, 1)])
def test_how_long(known: Names, monkeypatch: pytest.MonkeyPatch, seconds: float, waited: float) -> None:
    """A moment, and half of the time there is at most: the rest is to connect in."""
    asked: list[float] = []

    def answer(_asked: object, seconds: float) -> None:
        asked.append(seconds)
        raise TimeoutError

    monkeypatch.setattr(asking.Asked, "answer", answer)

    assert known.addresses(HOST, 636, seconds) == infos("192.0.2.1")
    assert 0 <= asked[0] <= waited


def test_nobody_can_tell(dns: Dns, known: Names) -> None:
    """A failure of DNS is none of a name that is known."""
    dns.says = AGAIN

    with capture_logs() as logs:
        assert known.addresses(HOST, 636, PLENTY) == infos("192.0.2.1")

    assert [log["reason"] for log in logs] == ["Temporary failure in name resolution"]
    with pytest.raises(socket.gaierror, match="Temporary failure"):
        known.addresses("another.example.org", 636, PLENTY)


def test_gone(dns: Dns, known: Names) -> None:
    """A name that is no more is no more, and nobody remembers it when DNS is away."""
    for said, match in ((GONE, "not known"), (AGAIN, "Temporary")):
        dns.says = said
        with pytest.raises(socket.gaierror, match=match):
            known.addresses(HOST, 636, PLENTY)


def test_asked_once_for_all(dns: Dns) -> None:
    """Who comes while a name is being looked up waits for the same answer."""
    dns.speaks.clear()
    found = Names(dns.ask)
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(found.addresses, HOST, 636, PLENTY) for _ in range(4)]
        assert dns.was_asked.wait(PLENTY)
        dns.speaks.set()

        assert {str(each.result()) for each in waiting} == {str(infos("192.0.2.1"))}


def test_a_fork_asks_for_itself(dns: Dns, known: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process has asked is answered to that alone."""
    monkeypatch.setattr(asking, "PROMPT_SECONDS", 0)
    dns.speaks.clear()
    known.addresses(HOST, 636, PLENTY)
    monkeypatch.setattr(os, "getpid", lambda: -1)

    known.addresses(HOST, 636, PLENTY)

    assert dns.asked == [HOST] * 3


def test_not_all_are_remembered(dns: Dns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many; the one that was looked up longest ago goes first."""
    monkeypatch.setattr(names, "MOST_NAMES", 2)
    few = Names(dns.ask)
    for host in ("a.example", "b.example", "a.example", "c.example"):
        few.addresses(host, 636, PLENTY)
    dns.says = AGAIN

    assert few.addresses("a.example", 636, PLENTY)
    with pytest.raises(socket.gaierror):
        few.addresses("b.example", 636, PLENTY)


def test_no_name(dns: Dns) -> None:
    """What can be no name is told as that."""
    with pytest.raises(UnicodeError):
        Names().addresses("a" * 64 + ".example", 636, PLENTY)
    assert not dns.asked
