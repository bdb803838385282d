"""A thread that looks after the servers of a directory, in each process that uses it, from the first use to the last.

A request never probes: whoever comes while a server is down is told so at once, and the server is used again as soon as
the next probe has found it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from threading import Event, Lock, Thread

_SECONDS = 0.25


class Watch:
    """Calls ``look`` again and again, on a thread of its own. ``look`` is a method, held weakly: its owner may go."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = weakref.WeakMethod(look)
        self._lock = Lock()
        self._thread: Thread | None = None
        self._end = Event()

    def begin(self) -> None:
        """Watch, if that is not being done in this process: a fork has no threads of its parent's."""
        if not self._is_watching():
            with self._lock:
                self._begin()

    def end(self) -> None:
        """Stop watching, until it is begun again."""
        self._thread = None
        self._end.set()

    def _is_watching(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _begin(self) -> None:
        if not self._is_watching():
            self._end = Event()
            arguments = (self._look, self._end)
            self._thread = Thread(target=_watch, args=arguments, name="directory-watch", daemon=True)
            self._thread.start()


def _watch(look: weakref.WeakMethod[Callable[[], None]], end: Event) -> None:
    while not end.wait(_SECONDS):
        found = look()
        if found is None:
            return
        found()
        del found
