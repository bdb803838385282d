"""How we are let in by one server: with a wrong password we do not try again and again, which would lock the account."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

from app.directory.errors import InvalidCredentials

Session = TypeVar("Session")
FIRST_PAUSE_SECONDS: Final = 15.0
TIMES: Final = 4
LONGEST_PAUSE_SECONDS: Final = 900.0
"""Servers lock accounts after some ten wrong passwords within half an hour: by these a process tries five times in it."""


class Entrance:
    """One server's door for our own account. ``clock`` counts seconds.

    Until it has let us in once, and again after it has not, one thread at a time tries; and after a refusal none does for a
    while, four times as long after each. Settings that are changed begin anew: they make another server of it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._is_known = False
        self._refusal: InvalidCredentials | None = None
        self._pause = 0.0
        self._until = 0.0

    def enter(self, bind: Callable[[], Session], *, check: Callable[[], None]) -> Session:
        """Bind. ``check`` raises where nobody should wait for the server, which others may have found out meanwhile.

        Raises:
            InvalidCredentials: if we are not let in, or were not a short while ago.
            DirectoryError: whatever ``bind`` and ``check`` raise.
        """
        if self._is_known:
            return self._tried(bind)
        with self._lock:
            if not self._is_known:
                check()
                self._wait_outside()
            return self._tried(bind)

    def _tried(self, bind: Callable[[], Session]) -> Session:
        try:
            session = bind()
        except InvalidCredentials as error:
            self._refused(error)
            raise
        self._is_known, self._refusal, self._pause = True, None, 0.0
        return session

    def _refused(self, error: InvalidCredentials) -> None:
        self._refusal, self._is_known = error, False
        # Of several who tried at the same time, the first one counts.
        if self._clock() >= self._until:
            self._pause = min(self._pause * TIMES or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
            self._until = self._clock() + self._pause

    def _wait_outside(self) -> None:
        refusal, seconds = self._refusal, self._until - self._clock()
        if refusal is not None and seconds > 0:
            raise type(refusal)(
                f"{refusal}; tried again in {seconds:.0f} s, so that the account is not locked",
                code=refusal.code,
                diagnostic=refusal.diagnostic,
                reason=refusal.reason,
            )
