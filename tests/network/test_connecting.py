"""Whoever answers first is connected to, and nobody waits for who does not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from threading import get_ident

import pytest

from app.network.connecting import connect, reachable
from app.network.names import Info, Names

PLENTY = 30.0
NO_FAMILY = 12345


def info_of(address: tuple[str, int], family: int = socket.AF_INET) -> Info:
    """Put an address as socket.getaddrinfo does."""
    return family, socket.SOCK_STREAM, 0, "", address


def names(*addresses: Info) -> Names:
    """Have every name lead to these."""
    return Names(lambda _host, _port: addresses)


@pytest.fixture
def listening() -> Iterator[tuple[str, int]]:
    """Have somebody answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """Have somebody who takes no more connections, and does not say so."""
    with ExitStack() as stack:
        server = stack.enter_context(closing(socket.socket()))
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(closing(socket.socket()))
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()


@pytest.fixture
def refusing() -> tuple[str, int]:
    """Name a port where nobody is."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address: tuple[str, int] = server.getsockname()
    return address


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """List all sockets that are made here; threads of others in the process may make some, too."""
    made: list[socket.socket] = []
    here = get_ident()

    class Listed(socket.socket):
        def __init__(self, *named: int) -> None:
            super().__init__(*named)
            if get_ident() == here:
                made.append(self)

    monkeypatch.setattr(socket, "socket", Listed)
    return made


def test_behind_one_that_is_dead(
    silent: tuple[str, int], refusing: tuple[str, int], listening: tuple[str, int], held: list[socket.socket]
) -> None:
    """The next address is tried when the one before says no, or nothing; who did not connect is closed."""
    addresses = [
        info_of(("::1", 1), family=NO_FAMILY),
        info_of(refusing),
        info_of(silent),
        info_of(listening),
    ]

    with connect("ldap.example.org", 636, PLENTY, names=names(*addresses)) as connected:
        assert connected.getpeername() == listening
        assert connected.gettimeout() == PLENTY
        assert [each for each in held if each.fileno() != -1] == [connected]


def test_watched(listening: tuple[str, int]) -> None:
    """A connection that leads nowhere any more ends soon: where something is sent, and where nothing is."""
    with connect(*listening, 7) as connected:
        assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < 60
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000


def test_watched_as_far_as_can_be(listening: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every system has all of that."""
    monkeypatch.delattr(socket, "TCP_USER_TIMEOUT")

    with connect(*listening, 7) as connected:
        assert connected.getsockopt(socket.IPPROTO_TCP, 18) == 0  # TCP_USER_TIMEOUT in Linux
        assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


def test_reachable(refusing: tuple[str, int], listening: tuple[str, int], held: list[socket.socket]) -> None:
    """Who connects by itself is told where; where there is no choice nobody is asked."""
    one, two = info_of(refusing), info_of(listening)

    assert reachable("ldap.example.org", 636, PLENTY, names=names(one)) == one
    assert held == []
    assert reachable("ldap.example.org", 636, PLENTY, names=names(one, two))[4] == listening
    assert [each for each in held if each.fileno() != -1] == []


def test_nobody(refusing: tuple[str, int], held: list[socket.socket]) -> None:
    """Where all say no, so do we."""
    with pytest.raises(ConnectionRefusedError):
        connect("ldap.example.org", 636, PLENTY, names=names(info_of(refusing), info_of(refusing)))

    assert [each for each in held if each.fileno() != -1] == []


@pytest.mark.parametrize("number", [1, 2])
def test_silence(silent: tuple[str, int], held: list[socket.socket], number: int) -> None:
    """Where nobody says anything, the time is up when it is up, for all of them together."""
    with pytest.raises(TimeoutError, match=r"^timed out$"):
        connect("ldap.example.org", 636, 0.3, names=names(*[info_of(silent)] * number))

    assert [each for each in held if each.fileno() != -1] == []


def test_where_nothing_leads() -> None:
    """An address that the machine does not let us send to is a failure like others."""
    with pytest.raises(OSError, match=r"unreachable|denied"):
        connect("ldap.example.org", 636, PLENTY, names=names(info_of(("255.255.255.255", 636))))


def test_no_family() -> None:
    """And so is a family of addresses that it does not have."""
    with pytest.raises(OSError, match="family"):
        connect("ldap.example.org", 636, PLENTY, names=names(info_of(("::1", 1), family=NO_FAMILY)))
