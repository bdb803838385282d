"""Whether anything has changed in a SQLite database since the last look, without reading any of it.

https://www.sqlite.org/pragma.html#pragma_data_version: the number that a connection is told differs once another
connection, of this process or another, has committed.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from functools import partial
from threading import Lock


class Witness:
    """A connection that never writes. Safe to share between threads and to keep over a fork."""

    def __init__(self, path: str, *, timeout_seconds: float) -> None:
        self._path = path
        self._timeout_seconds = timeout_seconds
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._parents: sqlite3.Connection | None = None
        self._opened = (0, 0)
        os.register_at_fork(after_in_child=partial(_start_anew, weakref.ref(self)))

    def state(self) -> object:
        """Return something that is different after every commit."""
        with self._lock:
            if self._connection is None:
                self._open()
            assert self._connection is not None  # noqa: S101 - it was just opened
            [version] = self._connection.execute("PRAGMA data_version").fetchone()
            return (*self._opened, version)

    def close(self) -> None:
        """Close the connection; the next look opens another one."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> None:
        # Versions say something only to the connection that they were told: another one has states of its own.
        self._connection = sqlite3.connect(
            self._path, timeout=self._timeout_seconds, isolation_level=None, check_same_thread=False
        )
        self._opened = (os.getpid(), self._opened[1] + 1)

    def start_anew(self) -> None:
        """Leave the connection and the lock to the process that this one was forked from."""
        self._lock = Lock()
        # A connection must not be used, nor closed, on the other side of a fork.
        self._parents, self._connection = self._connection, None


def _start_anew(reference: weakref.ref[Witness]) -> None:
    witness = reference()
    if witness is not None:
        witness.start_anew()
