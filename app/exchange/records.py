"""Rows of a table as what they say of users: who is meant, and which values the columns have for him."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.exchange.cells import Problem, Writing, read_cells
from app.exchange.columns import Column, Columns
from app.exchange.places import put
from app.exchange.table import Row, visible
from app.scim.resource import values_of
from app.scim.schema import Value


@dataclass(frozen=True, slots=True)
class Record:
    """What one row says. ``key`` is who is meant as the table has it, ``meant`` the same as a value."""

    number: int
    key: str
    meant: Value = None
    values: Mapping[Column, Value] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = ()

    @property
    def body(self) -> dict[str, Value]:
        """Make the body of a create request."""
        body: dict[str, Value] = {}
        for column, value in self.values.items():
            for each in values_of(value):
                if each != "":
                    put(body, column.place, each)
        return body


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the rows of one table."""

    columns: Columns
    writing: Writing

    def read(self, row: Row) -> Record:
        """Read a row, and note everything that is wrong with it."""
        column = self.columns.key
        key = visible(row.cells[column.index].strip()) if column.index < len(row.cells) else ""
        if row.problem:
            return Record(row.number, key, problems=(Problem(row.problem),))
        values, problems = read_cells(self.columns.values, row.cells, self.writing)
        keys, wrong = read_cells([column], row.cells, self.writing)
        problems += [each for each in wrong if each not in problems]
        meant = next(iter(values_of(keys.get(column))), None)
        if meant in {None, ""} and not wrong:
            problems.append(Problem("is empty, so that nobody knows whom the row is about", column.name))
        return Record(row.number, key, meant, values, tuple(problems))
