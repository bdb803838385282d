"""How many entries a domain has, which is what limits are held against, and what is wrong with some of them.

One that found nothing wrong is kept with what was found (``Checkups``): it takes a look at every entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from app.preparation.finding import Finding

KEPT_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Census:
    """The entries of a domain by its maps, how long it took to read those of the largest, and what was found on the way."""

    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    faults: tuple[Finding, ...] = ()
    earlier: datetime | None = None
    """When it was taken, if that was not just now."""

    @property
    def entries(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    def kept(self, now: datetime, generation: int) -> Mapping[str, Any] | None:
        """Write it down, with the generation of the documents that it was taken by; None where something was wrong."""
        if self.faults:
            return None
        taken = (self.earlier or now).isoformat()
        counts = dict(self.counts)
        return {"counts": counts, "seconds": self.seconds, "taken": taken, "generation": generation}


def earlier_census(kept: Mapping[str, Any] | None, now: datetime, generation: int) -> Census | None:
    """Read one that was written down less than a day ago, of the documents that are in force still."""
    if kept is None or kept["generation"] != generation:
        return None
    taken = datetime.fromisoformat(kept["taken"])
    return Census(kept["counts"], kept["seconds"], earlier=taken) if now - taken < KEPT_FOR else None
