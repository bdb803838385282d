"""Importing a table: each row creates a user, changes what differs of one who is there, or leaves him as he is.

What is wrong with a row is told and does not stop the others; a directory that no longer answers does, and the same table
may simply be imported again: what was done is then found unchanged. No more than a batch of rows is in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Final

from app.exchange.batch import Batch, Ground
from app.exchange.cells import CLEAR, Writing
from app.exchange.columns import choose, offer_of
from app.exchange.records import Reader
from app.exchange.results import Result, Tally
from app.exchange.table import Table
from app.mapping.model import SchemaMap
from app.store.spill import spilling

BATCH: Final = 50
"""How many rows are looked up at once."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a table is to be read."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """What columns hold that do not say so by their names."""
    key: str = "userName"
    delimiter: str = ""
    clear: str = CLEAR
    separator: str = "\n"


class Import:
    """A table, with its columns understood, that can be imported once."""

    def __init__(self, file: IO[bytes], schema_map: SchemaMap, order: Order) -> None:
        """Read the header.

        Raises:
            InvalidTable: if it cannot be read, or does not say whom a row is about.
        """
        self.table = Table(file, delimiter=order.delimiter)
        self.columns = choose(self.table.header, offer_of(schema_map), said=order.columns, key=order.key)
        self.tally = Tally()
        self._map = schema_map
        self._reader = Reader(self.columns, Writing(order.clear, order.separator))

    def run(self, ground: Ground) -> Iterator[Result]:
        """Import the rows, and yield what became of each.

        Raises:
            InvalidTable: if the table cannot be read any further.
            BrokenOff: if the directory no longer answers.
        """
        records = map(self._reader.read, self.table.rows())
        with spilling() as seen:
            batch = Batch(self._map, self.columns, ground, seen)
            while some := list(islice(records, BATCH)):
                for result in batch.results(some):
                    self.tally.add(result)
                    yield result
