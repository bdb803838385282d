"""Finding the values that maps ask for and no other entry has.

The shared store promises a value to one process alone; then the directory is asked whether an entry has it. In that
order two who look at the same time cannot both find it free. Where the directory holds values to be unique by itself, it
has the last word all the same, and another value is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from types import TracebackType
from typing import Self

from app.directory.filters import Equals, Present
from app.directory.model import Search
from app.directory.text import prepare
from app.mapping.generation import CountedText, NumberRange, Wanted, imagine
from app.provisioning.entries import Entries
from app.scim.errors import Conflict
from app.store.allocations import Allocations, Pool
from app.store.unusable import regardless

MAX_TRIES = 100
"""How many texts are tried."""
MISSES = 3
"""After how many numbers that are taken all that are in use are read."""


class Generation:
    """The values that one request needs: kept where it succeeds, given back where it does not."""

    def __init__(self, entries: Entries, allocations: Allocations) -> None:
        self._entries = entries
        self._allocations = allocations
        self._promised: list[tuple[Pool, str]] = []

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give everything back after an error."""
        if kind is not None:
            for pool, value in self._promised:
                with regardless():
                    self._allocations.release(pool, [value])

    @property
    def has_any(self) -> bool:
        """Whether anything has been generated."""
        return bool(self._promised)

    def find(self, wanted: Wanted) -> str:
        """Find a value and promise it.

        Raises:
            Conflict: if there is none.
            ScimError: if the directory cannot be asked.
        """
        pool = Pool(self._entries.domain.name, wanted.attribute.lower())
        match wanted.what:
            case NumberRange() as numbers:
                candidates = self._numbers(pool, numbers)
            case CountedText() as counted:
                candidates = islice(counted.candidates(), MAX_TRIES)
        for value in candidates:
            if self._is_promised(pool, value):
                return value
        raise Conflict(f"No value is left for the directory's {wanted.attribute}: {wanted.what}.")

    def _is_promised(self, pool: Pool, value: str) -> bool:
        key = prepare(value)
        if not self._allocations.reserve(pool, key):
            return False
        if self._is_taken(pool.attribute, value):
            self._allocations.release(pool, [key])
            return False
        self._promised.append((pool, key))
        return True

    def _is_taken(self, attribute: str, value: str) -> bool:
        wanted = Equals(attribute, value.encode())
        search = Search(self._entries.domain.base, "subtree", wanted, ("objectClass",), size_limit=1)
        return any(True for _ in islice(self._entries.search(search), 1))

    def _numbers(self, pool: Pool, numbers: NumberRange) -> Iterator[str]:
        """Count on; where others have taken numbers too, begin behind them, and at last fill the gaps."""
        counter = Pool(pool.domain, f"{pool.attribute} {numbers.first}-{numbers.last}")
        for _ in range(MISSES):
            number = self._allocations.next_number(counter, first=numbers.first)
            if number <= numbers.last:
                yield str(number)
        used = self._used(pool)
        highest = max(
            (number for number in used if numbers.first <= number <= numbers.last), default=numbers.first - 1
        )
        if highest < numbers.last:
            self._allocations.count_from(counter, highest + 1)
            yield from map(str, range(highest + 1, numbers.last + 1))
        yield from (str(number) for number in range(numbers.first, highest) if number not in used)

    def _used(self, pool: Pool) -> set[int]:
        search = Search(self._entries.domain.base, "subtree", Present(pool.attribute), (pool.attribute,))
        present = (value for entry in self._entries.search(search) for value in entry.values(pool.attribute))
        promised = (value.encode() for value in self._allocations.reserved(pool))
        return {int(value) for value in (*present, *promised) if value.strip().lstrip(b"-").isdigit()}


class Imagined(Generation):
    """The values of a request that is only rehearsed: examples, which nobody is promised, so that no number is used up."""

    def find(self, wanted: Wanted) -> str:
        return imagine(wanted)
