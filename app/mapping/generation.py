"""Values that nobody else may have: asked for here, and found by whoever can look at the directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

MAX_COUNTER = 9999


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A number from ``first`` to ``last``."""

    first: int
    last: int

    @property
    def example(self) -> str:
        """The number that stands for any of them."""
        return str(self.first)

    def __str__(self) -> str:
        return f"a free number from {self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class CountedText:
    """A text, or where it is taken the text with a counter before its suffix: jo@x, jo2@x, jo3@x."""

    text: str
    suffix: str = ""
    max_length: int | None = None

    @property
    def example(self) -> str:
        """The text that is taken if it can be."""
        return self._with("")

    def candidates(self) -> Iterator[str]:
        """Yield the texts in the order in which they are tried."""
        yield self.example
        yield from (self._with(str(count)) for count in range(2, MAX_COUNTER + 1))

    def _with(self, counter: str) -> str:
        end = f"{counter}{self.suffix}"
        if self.max_length is None or len(self.text) + len(end) <= self.max_length:
            return self.text + end
        return self.text[: self.max_length - len(end)].rstrip(" .") + end

    def __str__(self) -> str:
        return f"{self.example}, or with a counter where that is taken"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value of a directory attribute that no other entry has."""

    attribute: str
    what: NumberRange | CountedText


Generate: TypeAlias = Callable[[Wanted], str | None]
"""Finds a value, or says that there shall be none."""


def imagine(wanted: Wanted) -> str:
    """Return what would be taken if nobody else had it."""
    return wanted.what.example
