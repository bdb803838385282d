"""How fast all entries of a directory are looked at: as fast as can be, or so that requests beside it hardly notice.

Threads of a process work in turns, and one that has much to do keeps the others waiting for some milliseconds each time.
One that rests after each millisecond does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from app.directory.model import Entry

STRETCH_SECONDS: Final = 0.001
"""How long is worked at one go."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to rest for each second of work. ``at_once`` is how many entries are worth asking for in one page."""

    rest: float = 0.0
    at_once: int | None = None
    worked: Callable[[], float] = time.thread_time
    sleep: Callable[[float], None] = time.sleep

    def walk(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield entries, and rest between them."""
        if not self.rest:
            yield from entries
            return
        begun = self.worked()
        for entry in entries:
            yield entry
            seconds = self.worked() - begun
            if seconds >= STRETCH_SECONDS:
                self.sleep(seconds * self.rest)
                begun = self.worked()


BRISK: Final = Pace()
"""In a process that does nothing else."""
STEADY: Final = Pace(rest=0.5, at_once=50)
"""Beside requests, for somebody who waits."""
GENTLE: Final = Pace(rest=3.0, at_once=50)
"""Beside requests, for nobody in particular."""
