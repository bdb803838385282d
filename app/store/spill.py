"""What one run has to look up again and cannot hold in memory: rows in a database of their own, gone with the run.

SQLite keeps it in a file without a name, which only this process can open, and which the system forgets with it. So it
is there for whichever database the store is in, and costs no other process anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

BATCH: Final = 200
_TABLE: Final = """
    CREATE TABLE rows (id TEXT PRIMARY KEY, name TEXT, content TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0)
    WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Row:
    """Something to look up by its id, or by its name where it has one."""

    id: str
    content: str = field(repr=False)
    name: str | None = None


class Spill:
    """Rows on disk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, rows: Iterable[Row]) -> None:
        """Keep rows; the last one of an id counts."""
        values = ((row.id, row.name, row.content) for row in rows)
        self._connection.executemany(
            "INSERT OR REPLACE INTO rows (id, name, content) VALUES (?, ?, ?)", values
        )

    def by_id(self, ids: Iterable[str]) -> dict[str, Row]:
        """Return the rows of these ids."""
        return {row.id: row for row in self._where("id", ids)}

    def by_name(self, names: Iterable[str]) -> dict[str, Row]:
        """Return the rows of these names."""
        return {row.name: row for row in self._where("name", names) if row.name is not None}

    def mark(self, ids: Iterable[str]) -> None:
        """Note that rows have been seen."""
        self._connection.executemany("UPDATE rows SET seen = 1 WHERE id = ?", ((each,) for each in ids))

    def unseen(self) -> Iterator[list[Row]]:
        """Yield the rows that nobody has seen, in batches and in the order of their ids."""
        last = ""
        while True:
            found = self._connection.execute(
                "SELECT id, content, name FROM rows WHERE id > ? AND NOT seen ORDER BY id LIMIT ?",
                (last, BATCH),
            ).fetchall()
            if not found:
                return
            yield [Row(*row) for row in found]
            last = found[-1][0]

    def _where(self, column: str, values: Iterable[str]) -> Iterator[Row]:
        wanted: Sequence[str] = list(dict.fromkeys(values))
        for start in range(0, len(wanted), BATCH):
            part = wanted[start : start + BATCH]
            marks = ", ".join("?" * len(part))
            query = f"SELECT id, content, name FROM rows WHERE {column} IN ({marks})"  # noqa: S608 - names of ours
            yield from (Row(*row) for row in self._connection.execute(query, part))


@contextmanager
def spilling() -> Iterator[Spill]:
    """Make a place for rows, and leave nothing of it behind."""
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    try:
        connection.execute(_TABLE)
        connection.execute("CREATE INDEX rows_name ON rows (name)")
        yield Spill(connection)
    finally:
        connection.close()
