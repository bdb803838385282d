"""A connection of a process that is kept, and lent to one thread at a time.

SQLite lets one writer in at a time. Who waits for the lock of this module goes on as soon as it is free; who waits for
SQLite's own sleeps and looks again, and meanwhile others are faster.
"""

from __future__ import annotations

import os
import weakref
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine


class Kept:
    """A connection that is opened when it is first needed, and again after an error."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._opened: tuple[int, Connection] | None = None
        self._parents: Connection | None = None
        os.register_at_fork(after_in_child=partial(_start_anew, weakref.ref(self)))

    def start_anew(self) -> None:
        """Leave the lock to the process that this one was forked from: whoever had it did not come along."""
        self._lock = Lock()

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """Lend it, to nobody else meanwhile."""
        with self._lock:
            connection = self._of_this_process()
            try:
                yield connection
            except BaseException:
                self._close()
                raise

    def close(self) -> None:
        """Close it until it is needed again."""
        with self._lock:
            if self._opened is not None and self._opened[0] == os.getpid():
                self._close()

    def _of_this_process(self) -> Connection:
        pid = os.getpid()
        if self._opened is not None and self._opened[0] == pid:
            return self._opened[1]
        if self._opened is not None:
            # A connection must not be used, nor closed, on the other side of a fork.
            self._parents = self._opened[1]
        connection = self._engine.connect()
        connection.detach()
        self._opened = pid, connection
        return connection

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()


def _start_anew(reference: weakref.ref[Kept]) -> None:
    kept = reference()
    if kept is not None:
        kept.start_anew()
