"""Who runs in a directory: a lock that the system lets go when the process ends, and the process's id beside it.

The id is true exactly as long as the lock is held, so a number left over from yesterday is never taken for ours.
"""

import fcntl
import os
from pathlib import Path
from time import monotonic, sleep
from typing import TextIO

_PAUSE_SECONDS = 0.05


class Claim:
    """A directory's claim, kept in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: TextIO | None = None

    def take(self) -> bool:
        """Claim for this process, until it ends or calls `release`; false when another holds it."""
        file = self._path.open("a+")
        if not _lock(file):
            file.close()
            return False
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._held = file
        return True

    def release(self) -> None:
        """Give the claim up."""
        if self._held:
            self._held.close()
            self._held = None

    def holder(self) -> int | None:
        """Tell the process that holds the claim, if any does."""
        if not self._path.exists():
            return None
        with self._path.open() as file:
            return None if _lock(file) else int(file.read() or 0) or None

    def wait_until_free(self, *, timeout_seconds: float) -> bool:
        """Wait until nobody holds the claim; false when the time is over first."""
        deadline = monotonic() + timeout_seconds
        while self.holder() is not None:
            if monotonic() > deadline:
                return False
            sleep(_PAUSE_SECONDS)
        return True


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
