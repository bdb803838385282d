"""A bounded pool of bound connections to one server, shared by threads.

What is said over a connection is left to ``client``.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Empty, LifoQueue
from threading import BoundedSemaphore, Lock

from ldap3 import Connection
from ldap3.core.exceptions import LDAPExceptionError

from app.directory.errors import Unavailable


@dataclass(frozen=True, slots=True)
class _Lent:
    """What one process has: idle connections, and places for those in use."""

    size: int
    pid: int = field(default_factory=os.getpid)
    idle: LifoQueue[Connection] = field(default_factory=LifoQueue)
    places: BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", BoundedSemaphore(self.size))


class Pool:
    """At most ``size`` connections, made when needed and reused last in, first out.

    A connection that failed is closed, never reused. A process that was forked starts with an empty pool, since two
    processes cannot talk over one connection.
    """

    def __init__(self, connect: Callable[[], Connection], *, size: int, wait_seconds: float) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait_seconds
        self._lock = Lock()
        self._own = _Lent(size)

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection.

        Raises:
            Unavailable: if all are in use for longer than ``wait_seconds``, or a new one cannot be made.
        """
        own = self._of_this_process()
        if not own.places.acquire(timeout=self._wait_seconds):
            raise Unavailable(f"all {self._size} connections to the directory are in use")
        try:
            yield from self._lend(own)
        finally:
            own.places.release()

    def close(self) -> None:
        """Close all idle connections."""
        _close_idle(self._of_this_process())

    def _of_this_process(self) -> _Lent:
        with self._lock:
            if self._own.pid != os.getpid():
                _abandon(self._own)
                self._own = _Lent(self._size)
            return self._own

    def _lend(self, own: _Lent) -> Iterator[Connection]:
        connection = self._take(own)
        try:
            yield connection
        except LDAPExceptionError:
            close(connection)
            # The server has gone or restarted: what else is idle is as dead as this one.
            _close_idle(own)
            raise
        except BaseException:
            close(connection)
            raise
        own.idle.put(connection)

    def _take(self, own: _Lent) -> Connection:
        with contextlib.suppress(Empty):
            while True:
                connection = own.idle.get_nowait()
                if not _has_ended(connection):
                    return connection
                close(connection)
        return self._connect()


def _close_idle(own: _Lent) -> None:
    with contextlib.suppress(Empty):
        while True:
            close(own.idle.get_nowait())


def _abandon(parents: _Lent) -> None:
    """Close this process's copies of another one's sockets, saying nothing over them."""
    with contextlib.suppress(Empty):
        while True:
            parents.idle.get_nowait().socket.close()


def close(connection: Connection) -> None:
    """Close a connection in whatever state it is; a socket that was never fully opened, too."""
    with contextlib.suppress(LDAPExceptionError, OSError):
        connection.unbind()
    if connection.socket is not None:
        connection.socket.close()


def _has_ended(connection: Connection) -> bool:
    # An idle connection has nothing to read, unless the server has closed it or said that it will (RFC 4511 §4.4.1).
    poll = select.poll()  # select.select knows no descriptors above 1023
    poll.register(connection.socket, select.POLLIN)
    return bool(poll.poll(0))
