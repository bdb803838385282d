"""A circuit breaker: who has failed again and again is left alone for a while, and asked again more and more seldom.

Closed, all may ask. Open, nobody may, until the time for a probe has come; then it is half open: one probe, and
what comes of it decides. Who probes, and how, is left to ``watch``.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Literal

from app.directory.connection import Patience

State = Literal["closed", "open", "half-open"]


class Breaker:
    """One server's breaker; it is closed at first. ``clock`` counts seconds."""

    def __init__(self, patience: Patience, clock: Callable[[], float]) -> None:
        self._patience = patience
        self._clock = clock
        self._lock = Lock()
        self.state: State = "closed"
        """What it lets through."""
        self._failures = 0
        self._pause = 0.0
        self._until = 0.0

    @property
    def retry_after_seconds(self) -> float:
        """How long until it is worth asking again; 0 where it is now."""
        return (
            0.0 if self.state == "closed" else max(self._until - self._clock(), self._patience.retry_seconds)
        )

    def succeeded(self) -> None:
        """The server answered."""
        if self.state == "closed" and not self._failures:
            return
        with self._lock:
            self.state, self._failures, self._pause = "closed", 0, 0.0

    def failed(self, *, at_once: bool = False) -> None:
        """The server did not answer; open ``at_once``, or where that was once too often."""
        with self._lock:
            self._failures += 1
            if self.state == "half-open" or at_once or self._failures >= self._patience.failures:
                self._open()

    def begin_probe(self) -> bool:
        """Tell whether it is time for a probe; then whoever asked makes it."""
        with self._lock:
            if self.state != "open" or self._clock() < self._until:
                return False
            self.state = "half-open"
            return True

    def _open(self) -> None:
        if self.state == "open":
            return
        longest = self._patience.longest_retry_seconds
        self._pause = min(self._pause * 2 or self._patience.retry_seconds, longest)
        self.state, self._until = "open", self._clock() + self._pause
