"""A bounded pool of bound connections to one server, shared by threads.

What is said over a connection is left to ``client``.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable, Iterator
from queue import Empty, LifoQueue
from threading import BoundedSemaphore

from ldap3 import Connection
from ldap3.core.exceptions import LDAPExceptionError

from app.directory.errors import Unavailable


class Pool:
    """At most ``size`` connections, made when needed and reused last in, first out.

    A connection that failed is closed, never reused. A process that was forked starts with an empty pool, since two
    processes cannot talk over one connection.
    """

    def __init__(self, connect: Callable[[], Connection], *, size: int, wait_seconds: float) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait_seconds
        self._start()

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection.

        Raises:
            Unavailable: if all are in use for longer than ``wait_seconds``, or a new one cannot be made.
        """
        if os.getpid() != self._pid:
            self._start()
        if not self._places.acquire(timeout=self._wait_seconds):
            raise Unavailable(f"all {self._size} connections to the directory are in use")
        try:
            yield from self._lend()
        finally:
            self._places.release()

    def close(self) -> None:
        """Close all idle connections."""
        with contextlib.suppress(Empty):
            while True:
                close(self._idle.get_nowait())

    def _start(self) -> None:
        self._pid = os.getpid()
        self._idle: LifoQueue[Connection] = LifoQueue()
        self._places = BoundedSemaphore(self._size)

    def _lend(self) -> Iterator[Connection]:
        connection = self._take()
        try:
            yield connection
        except LDAPExceptionError:
            close(connection)
            # The server has gone or restarted: what else is idle is as dead as this one.
            self.close()
            raise
        except BaseException:
            close(connection)
            raise
        self._idle.put(connection)

    def _take(self) -> Connection:
        with contextlib.suppress(Empty):
            while True:
                connection = self._idle.get_nowait()
                if not _has_ended(connection):
                    return connection
                close(connection)
        return self._connect()


def close(connection: Connection) -> None:
    """Close a connection in whatever state it is; a socket that was never fully opened, too."""
    with contextlib.suppress(LDAPExceptionError, OSError):
        connection.unbind()
    if connection.socket is not None:
        connection.socket.close()


def _has_ended(connection: Connection) -> bool:
    # An idle connection has nothing to read, unless the server has closed it or said that it will (RFC 4511 §4.4.1).
    readable, _, _ = select.select([connection.socket], [], [], 0)
    return bool(readable)
