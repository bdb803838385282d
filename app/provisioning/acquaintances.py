"""Who entries were when others referred to them last: one that has not changed is not looked at again.

As with what was shown (``app/mapping/recall.py``), the directory is asked all the same, and what is remembered is held
to its answer, value by value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.directory.model import Entry
from app.mapping.bounded import Bounded
from app.mapping.references import Referent
from app.provisioning.reading import OthersReading

MAX_BYTES: Final = 16 * 1_048_576
"""About so much memory is used: some five thousand."""


class Acquaintances:
    """The referents of one domain."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._known: Bounded[tuple[Referent | None]] = Bounded(max_bytes)

    def of(
        self, entry: Entry, reading: OthersReading, make: Callable[[Entry, OthersReading], Referent | None]
    ) -> Referent | None:
        """Return who an entry is, as ``make`` says; None where it is nobody that exists for SCIM."""
        known = self._known.get(entry, reading)
        if known is None:
            known = (make(entry, reading),)
            self._known.keep(entry, reading, known)
        return known[0]
