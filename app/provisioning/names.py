"""Where resources were seen last: a bounded memory of one process for one domain, to save looking them up again.

What is remembered is never taken for the truth. It only says what to ask about by one request to the directory instead
of two, and the directory's answer tells whether it still holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from app.directory.dn import Dn
from app.mapping.references import Name

MAX_NAMES: Final = 10_000
"""How many resources are remembered."""
MAX_OTHERS: Final = 50
"""How many others are asked about together with a resource."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The name of a resource's entry, and the names of the others that it showed."""

    dn: Dn
    others: tuple[Name, ...] = ()
    mark: bytes | None = None
    """What it is known by to those who have it as their primary group."""


NOT_SEEN = Seen(Dn(()))


@dataclass(slots=True)
class Names:
    """What was seen last, by ids; what was not asked about for the longest time is forgotten first."""

    size: int = MAX_NAMES
    _seen: OrderedDict[str, Seen] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, resource_id: str) -> Seen | None:
        """Return what was seen of a resource."""
        with self._lock:
            found = self._seen.get(resource_id)
            if found is not None:
                self._seen.move_to_end(resource_id)
            return found

    def keep(self, resource_id: str, seen: Seen) -> None:
        """Remember a resource."""
        with self._lock:
            self._seen[resource_id] = seen
            self._seen.move_to_end(resource_id)
            self._forget_oldest()

    def keep_places(self, places: Iterable[tuple[str, Dn]]) -> None:
        """Remember where resources are; what else is known of those who are still there stays so."""
        with self._lock:
            for resource_id, dn in places:
                seen = self._seen.get(resource_id)
                if seen is None or seen.dn != dn:
                    self._seen[resource_id] = Seen(dn)
                self._seen.move_to_end(resource_id)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        while len(self._seen) > self.size:
            self._seen.popitem(last=False)

    def forget(self, resource_id: str) -> None:
        """Forget a resource that is not where it was."""
        with self._lock:
            self._seen.pop(resource_id, None)
