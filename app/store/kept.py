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


class Turns:
    """Whose turn it is to write. Each process has turns of its own."""

    def __init__(self) -> None:
        self.lock = Lock()
        os.register_at_fork(after_in_child=partial(_start_anew, weakref.ref(self)))


def _start_anew(reference: weakref.ref[Turns]) -> None:
    turns = reference()
    if turns is not None:
        # Whoever had it did not come along.
        turns.lock = Lock()


class Kept:
    """A connection that is opened when it is first needed, and again after an error."""

    def __init__(self, engine: Engine, turns: Turns) -> None:
        self._engine = engine
        self._turns = turns
        self._opened: tuple[int, Connection] | None = None
        self._parents: Connection | None = None

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """Lend it, to nobody else meanwhile."""
        with self._turns.lock:
            connection = self._of_this_process()
            try:
                yield connection
            except BaseException:
                self._close()
                raise

    def close(self) -> None:
        """Close it until it is needed again."""
        with self._turns.lock:
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
