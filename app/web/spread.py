"""How many connections each process has, where all processes see it, so that they can share them out evenly.

A client that keeps its connection keeps its process, too. The kernel lets the quickest process take a new connection, which
often is the one that has just taken another; and while that one's threads wait for each other, the others have nothing to do.
"""

from __future__ import annotations

import mmap
from typing import Final

PLACES: Final = 256
"""More than processes live at a time: two generations of them while the service is reloaded."""
_ABSENT: Final = 0xFFFF
_counts: Final = memoryview(mmap.mmap(-1, 2 * PLACES)).cast("H")
"""Shared with all that are forked from here."""
_counts[:] = memoryview(_ABSENT.to_bytes(2, "little") * PLACES).cast("H")


class Share:
    """What one process has, ``number`` being different from those of the others that live."""

    def __init__(self, number: int) -> None:
        self._place = number % PLACES

    def tell(self, connections: int) -> None:
        """Let the others know."""
        _counts[self._place] = min(connections, _ABSENT - 1)

    def withdraw(self) -> None:
        """Be counted no longer."""
        _counts[self._place] = _ABSENT

    def surplus(self) -> int:
        """Return how many more it has than whoever has fewest; 0 as long as it is not counted."""
        mine = _counts[self._place]
        return 0 if mine == _ABSENT else mine - min(_counts)
