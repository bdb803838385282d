"""Whether a directory has changed, without reading any of what may have changed in it.

Some products tell something that is another after every change of any entry (``Dialect.states``). What was read after it was
asked for holds for as long as it is the same. Nothing is told where there are several servers: each has a state of its
own, and the next search may go to another one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.model import Search
from app.directory.port import Directory, Replicated

_LOOK_SECONDS = 300.0
"""How soon somebody looks again where nothing was told."""


@dataclass
class DirectoryState:
    """The state of a domain's directory. ``monotonic`` counts seconds; without it nothing is told."""

    monotonic: Callable[[], float] | None = None
    _asked: Search | None = None
    _looked: float = float("-inf")

    def of(self, directory: Directory, dialect: Dialect, base: Dn) -> str | None:
        """Return the present state; None where it is not told."""
        if self.monotonic is None or (isinstance(directory, Replicated) and directory.is_replicated):
            return None
        if self._asked is not None:
            return _told(directory, self._asked)
        now = self.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return None
        self._looked = now
        for search in dialect.states(base):
            state = _told(directory, search)
            if state is not None:
                self._asked = search
                return state
        return None


def _told(directory: Directory, search: Search) -> str | None:
    try:
        entry = next(iter(directory.search(search)), None)
    except DirectoryError:
        # Whoever reads the list next is told what is the matter.
        return None
    told = [sorted(entry.values(name)) for name in search.attributes] if entry else []
    return sha256(repr(told).encode()).hexdigest() if told and all(told) else None
