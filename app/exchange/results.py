"""What became of each row of an import, for people and for other programs. Passwords are in none of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from app.exchange.cells import Problem
from app.store.csv_text import harmless, row_of

Outcome = Literal["created", "updated", "unchanged", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("created", "updated", "unchanged", "failed")
HEAD = ("row", "key", "outcome", "id", "column", "value", "problem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one row, or would become of it."""

    row: int
    outcome: Outcome
    key: str = ""
    resource_id: str = ""
    problems: tuple[Problem, ...] = ()
    changed: tuple[str, ...] = ()
    """The columns whose values are not what was there."""

    def as_json(self) -> dict[str, object]:
        """Return it for a machine."""
        return {
            "row": self.row,
            "key": self.key,
            "outcome": self.outcome,
            "id": self.resource_id or None,
            "changed": list(self.changed),
            "problems": [
                {"column": each.column or None, "value": each.value or None, "problem": each.message}
                for each in self.problems
            ],
        }

    def lines(self) -> Iterator[str]:
        """Write it as rows of CSV: one for each problem, or one where there is none."""
        for each in self.problems or (Problem(""),):
            cells = (self.key, self.outcome, self.resource_id, each.column, each.value, each.message)
            yield row_of((str(self.row), *map(harmless, cells)))


@dataclass(slots=True)
class Tally:
    """How many rows there were of each outcome, and which one was the last."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    last_row: int = 0

    def add(self, result: Result) -> None:
        """Count one."""
        self.counts[result.outcome] += 1
        self.last_row = result.row

    @property
    def total(self) -> int:
        """Return how many rows were dealt with."""
        return self.counts.total()

    def as_json(self) -> dict[str, int]:
        """Return it for a machine."""
        return {
            "rows": self.total,
            "lastRow": self.last_row,
            **{outcome: self.counts[outcome] for outcome in OUTCOMES},
        }

    def __str__(self) -> str:
        """Say it in a line."""
        return ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in OUTCOMES)


def head() -> str:
    """Write the first line of a result file."""
    return row_of(HEAD)
