"""Whether a table of a SQLite database has changed since the last look, without reading any of it.

https://www.sqlite.org/pragma.html#pragma_data_version: the number that a connection is told differs once another
connection, of this process or another, has committed. Triggers count what was committed, table by table.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Mapping, Sequence
from functools import partial
from threading import Lock

WATCHED = ("administrators", "external_ids", "generation", "tokens")
"""The tables that are watched: those from which rows are remembered."""


def watching() -> Sequence[str]:
    """Return the statements that have SQLite count the changes of the watched tables, as far as it does not yet.

    They are carried out after each migration: where that copies a table, the old one's triggers are gone.
    """
    return [statement for table in WATCHED for statement in _counting(table)]


def _counting(table: str) -> Sequence[str]:
    # The names are those of this module.
    counted = f"UPDATE table_changes SET number = number + 1 WHERE name = '{table}'"  # noqa: S608
    return (
        f"INSERT OR IGNORE INTO table_changes VALUES ('{table}', 0)",  # noqa: S608
        *(
            f"CREATE TRIGGER IF NOT EXISTS {table}_{change.lower()} AFTER {change} ON {table} BEGIN {counted}; END"
            for change in ("INSERT", "UPDATE", "DELETE")
        ),
    )


class Witness:
    """A connection that never writes. Safe to share between threads and to keep over a fork."""

    def __init__(self, path: str, *, timeout_seconds: float) -> None:
        self._path = path
        self._timeout_seconds = timeout_seconds
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._parents: sqlite3.Connection | None = None
        self._opened = (0, 0)
        self._version = -1
        self._numbers: Mapping[str, int] = {}
        os.register_at_fork(after_in_child=partial(_start_anew, weakref.ref(self)))

    def state(self, table: str) -> object | None:
        """Return something that is different after every commit that changed the table; None where that is not counted."""
        with self._lock:
            if self._connection is None:
                self._open()
            assert self._connection is not None  # noqa: S101 - it was just opened
            [version] = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                # Read after the version was told, so as new as that at least.
                self._numbers = dict(self._connection.execute("SELECT name, number FROM table_changes"))
                self._version = version
            number = self._numbers.get(table)
            return None if number is None else (*self._opened, number)

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
        self._opened, self._version = (os.getpid(), self._opened[1] + 1), -1

    def start_anew(self) -> None:
        """Leave the connection and the lock to the process that this one was forked from."""
        self._lock = Lock()
        # A connection must not be used, nor closed, on the other side of a fork.
        self._parents, self._connection = self._connection, None


def _start_anew(reference: weakref.ref[Witness]) -> None:
    witness = reference()
    if witness is not None:
        witness.start_anew()
