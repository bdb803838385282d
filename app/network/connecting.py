"""Connecting by TCP to a name, by whichever of its addresses answers first (RFC 8305).

socket.create_connection gives each address the whole time: one that is dead, as an IPv6 address often is where nobody
routes it, would cost that for each connection.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections import deque
from typing import Final

from app.network.names import NAMES, Info, Names

STAGGER_SECONDS: Final = 0.25
"""How long the next address waits for the one before (RFC 8305 §8)."""


_KEEPALIVE: Final = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
"""tcp(7), in seconds and times: a firewall that forgets connections nobody uses sees that this one is used."""


def connect(host: str, port: int, seconds: float, *, names: Names = NAMES) -> socket.socket:
    """Connect, within so many seconds for all of it; the socket's own timeout is as long. The connection is watched.

    Raises:
        OSError: if nobody answers, or nobody knows the name; TimeoutError if time was up.
        UnicodeError: if it can be no name.
    """
    deadline = time.monotonic() + seconds
    untried = deque(names.addresses(host, port, seconds))
    race = _Race()
    try:
        while untried or race.is_on:
            if untried:
                race.enter(untried.popleft())
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            winner = race.winner(min(left, STAGGER_SECONDS) if untried else left)
            if winner is not None:
                winner.settimeout(seconds)
                watch(winner, seconds)
                return winner
    finally:
        race.end()
    raise race.failure


def reachable(host: str, port: int, seconds: float, *, names: Names = NAMES) -> Info:
    """Return the address to connect to, for who connects by itself; raises what ``connect`` does.

    Of several it is the one that answers, at the cost of a connection that is closed again.
    """
    addresses = names.addresses(host, port, seconds)
    if len(addresses) == 1:
        return addresses[0]
    with connect(host, port, seconds, names=names) as tried:
        return tried.family, tried.type, tried.proto, "", tried.getpeername()


def watch(connection: socket.socket, seconds: float) -> None:
    """Have a connection end that leads nowhere any more: when what is sent has not arrived after so many seconds, or by itself.

    Otherwise that takes the system a quarter of an hour, or two hours where nothing is sent (tcp(7)). A server that is only
    slow says that it has got what was sent.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in {**_KEEPALIVE, "TCP_USER_TIMEOUT": int(seconds * 1000)}.items():
        if hasattr(socket, name):  # some systems do not have them all
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class _Race:
    """Sockets that are being connected."""

    def __init__(self) -> None:
        self.failure = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        """Why the last one that failed did."""
        self._running: dict[int, socket.socket] = {}
        self._poll = select.poll()

    @property
    def is_on(self) -> bool:
        """Whether one of them may yet connect."""
        return bool(self._running)

    def enter(self, address: Info) -> None:
        """Have one more try."""
        try:
            one = socket.socket(*address[:3])
        except OSError as error:  # the machine has no such family
            self.failure = error
            return
        one.setblocking(False)
        code = one.connect_ex(address[4])
        if code in {0, errno.EINPROGRESS}:
            self._running[one.fileno()] = one
            self._poll.register(one, select.POLLOUT)
        else:
            self._fail(one, code)

    def winner(self, seconds: float) -> socket.socket | None:
        """Wait until something happens, and return who has connected."""
        for number, _ in self._poll.poll(seconds * 1000) if self._running else ():
            self._poll.unregister(number)
            one = self._running.pop(number)
            code = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not code:
                return one
            self._fail(one, code)
        return None

    def end(self) -> None:
        """Close those who have not connected."""
        while self._running:
            self._running.popitem()[1].close()

    def _fail(self, one: socket.socket, code: int) -> None:
        one.close()
        self.failure = OSError(code, os.strerror(code))
