"""A thread that looks after the servers of a directory, in each process that uses it, from the first use to the last.

A request never probes: whoever comes while a server is down is told so at once, and the server is used again as soon as
the next probe has found it.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from threading import Event, Lock, Thread

_SECONDS = 0.25


class Watch:
    """Calls ``look`` again and again, on a thread of its own. ``look`` is a method, held weakly: its owner may go."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = weakref.WeakMethod(look)
        self._lock = Lock()
        self._pid: int | None = None
        """The process that is watching."""
        self._end = Event()

    def begin(self) -> None:
        """Watch, if that is not being done in this process: a fork has no threads of its parent's."""
        if self._pid != os.getpid():
            with self._lock:
                self._begin()

    def end(self) -> None:
        """Stop watching, until it is begun again."""
        self._pid = None
        self._end.set()

    def _begin(self) -> None:
        if self._pid != os.getpid():
            self._pid, self._end = os.getpid(), Event()
            Thread(target=self._watch, args=(self._end,), name="directory-watch", daemon=True).start()

    def _watch(self, end: Event) -> None:
        try:
            while not end.wait(_SECONDS):
                look = self._look()
                if look is None:
                    return
                look()
                del look
        finally:
            with self._lock:
                if self._end is end:
                    self._pid = None
