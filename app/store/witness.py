"""Whether a table of a SQLite database has changed since the last look, without reading any of it.

https://www.sqlite.org/pragma.html#pragma_data_version: the number that a connection is told differs once another
connection, of this process or another, has committed. Triggers count what was committed, table by table.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from threading import local

WATCHED = ("administrators", "external_ids", "generation", "tokens")
"""The tables that are watched: those from which rows are remembered."""
_NUMBER = "(SELECT number FROM table_changes WHERE name = '{}')"
_NUMBERS = f"SELECT {', '.join(map(_NUMBER.format, WATCHED))}"
"""One row: each that is fetched hands the interpreter to another thread."""


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
    """Connections that never write. Safe to share between threads and to keep over a fork."""

    def __init__(self, path: str, *, timeout_seconds: float) -> None:
        self._path = path
        self._timeout_seconds = timeout_seconds
        # Each look takes one out, so that nobody waits for another thread's.
        self._views: list[_View] = []
        self._parents: list[_View] = []
        self._era = (os.getpid(), 0)
        self._held = local()
        os.register_at_fork(after_in_child=partial(_start_anew, weakref.ref(self)))

    def state(self, table: str) -> object | None:
        """Return something that is different after every commit that changed the table; None where that is not counted."""
        era = self._era
        number = (getattr(self._held, "numbers", None) or self._look()).get(table)
        return None if number is None else (era, number)

    @contextmanager
    def at_one_look(self) -> Iterator[None]:
        """Tell this thread the states of one moment, for the time of the block, instead of looking again each time.

        A block within another one is told those of the outer one.
        """
        if getattr(self._held, "numbers", None):
            yield
            return
        self._held.numbers = self._look()
        try:
            yield
        finally:
            self._held.numbers = None

    def close(self) -> None:
        """Close the connections; the next look opens another one."""
        self._era = (os.getpid(), self._era[1] + 1)
        while self._views:
            self._views.pop().close()

    def _look(self) -> Mapping[str, int | None]:
        era = self._era
        view = self._taken() or _View(self._path, self._timeout_seconds)
        try:
            return view.numbers()
        finally:
            self._put_back(view, era)

    def _put_back(self, view: _View, era: tuple[int, int]) -> None:
        if era is self._era:
            self._views.append(view)
        else:
            view.close()

    def _taken(self) -> _View | None:
        try:
            return self._views.pop()
        except IndexError:
            return None

    def start_anew(self) -> None:
        """Leave the connections to the process that this one was forked from."""
        # A connection must not be used, nor closed, on the other side of a fork.
        self._parents, self._views = self._views, []
        self._era = (os.getpid(), 0)


class _View:
    """A connection, and what it has been told last."""

    def __init__(self, path: str, timeout_seconds: float) -> None:
        self._connection = sqlite3.connect(
            path, timeout=timeout_seconds, isolation_level=None, check_same_thread=False
        )
        self._version = -1
        self._numbers: Mapping[str, int | None] = {}

    def numbers(self) -> Mapping[str, int | None]:
        """Return how often each watched table has been changed."""
        [version] = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            # Read after the version was told, so as new as that at least.
            self._numbers = dict(zip(WATCHED, self._connection.execute(_NUMBERS).fetchone(), strict=True))
            self._version = version
        return self._numbers

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _start_anew(reference: weakref.ref[Witness]) -> None:
    witness = reference()
    if witness is not None:
        witness.start_anew()
