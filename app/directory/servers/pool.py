"""A bounded pool of sessions with one server, shared by threads."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import BoundedSemaphore

from app.directory.connection import ConnectionSettings
from app.directory.errors import ConnectionLost, DirectoryError, OutcomeUnknown, Unavailable
from app.directory.servers.session import Session

_LOOK_SECONDS = 0.25
"""How often those who wait for a session look whether waiting is still worth it."""


@dataclass(slots=True, eq=False)
class Member:
    """A session of a pool, and its times."""

    session: Session
    born: float
    idle_since: float


@dataclass(frozen=True, slots=True)
class _Own:
    """What one process has: idle sessions, last used last, those lent out, and places for both."""

    places: BoundedSemaphore
    pid: int = field(default_factory=lambda: os.getpid())  # noqa: PLW0108 - asked when, not where, it is made
    idle: deque[Member] = field(default_factory=deque)
    lent: set[Member] = field(default_factory=set)


class Pool:
    """At most ``size`` sessions, made when needed and reused last in, first out.

    A session that failed is closed, never reused, and with it what else is idle: a server that has gone or restarted
    has ended them all. One that has been idle or in use for too long is closed as well. A process that was forked
    starts with an empty pool, since two processes cannot talk over one connection.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        settings: ConnectionSettings,
        *,
        size: int,
        clock: Callable[[], float],
    ) -> None:
        self._connect = connect
        self._settings = settings
        self._size = size
        self._clock = clock
        self._own = self._new()

    @contextlib.contextmanager
    def session(self, check: Callable[[], None]) -> Iterator[Session]:
        """Lend a session. Who has to wait for one asks ``check`` again and again, which raises when waiting is in vain.

        Raises:
            Unavailable: if all are in use for longer than the settings say, or a new one cannot be made.
        """
        own = self._of_this_process()
        self._wait(own, check)
        try:
            yield from self._lend(own)
        finally:
            own.places.release()

    def close(self) -> None:
        """Close all idle sessions."""
        self._close_idle(self._of_this_process())

    def cut(self) -> None:
        """Have all that wait for an answer be told that none will come."""
        own = self._of_this_process()
        self._close_idle(own)
        for member in tuple(own.lent):
            member.session.cut()

    def expire(self) -> None:
        """Close what has been idle, or in use, for too long."""
        own = self._of_this_process()
        for member in tuple(own.idle):
            # Somebody may just have been lent it.
            with contextlib.suppress(ValueError):
                if self._is_old(member):
                    own.idle.remove(member)
                    member.session.close()

    def counts(self) -> tuple[int, int]:
        """Return how many are in use and how many idle."""
        own = self._of_this_process()
        return len(own.lent), len(own.idle)

    def _new(self) -> _Own:
        return _Own(BoundedSemaphore(self._size))

    def _of_this_process(self) -> _Own:
        if self._own.pid == os.getpid():
            return self._own
        for member in self._own.idle:
            member.session.abandon()
        self._own = self._new()
        return self._own

    def _wait(self, own: _Own, check: Callable[[], None]) -> None:
        until = self._clock() + self._settings.wait_seconds
        while not own.places.acquire(timeout=max(0.0, min(_LOOK_SECONDS, until - self._clock()))):
            check()
            if self._clock() >= until:
                raise Unavailable(f"all {self._size} connections to the directory are in use")

    def _lend(self, own: _Own) -> Iterator[Session]:
        member = self._take(own)
        own.lent.add(member)
        is_good = False
        try:
            yield member.session
            is_good = True
        except (ConnectionLost, OutcomeUnknown):
            self._close_idle(own)
            raise
        except (DirectoryError, GeneratorExit):
            # Who wants no more pages leaves between two of them: the next search begins anew (RFC 2696 §3).
            is_good = True
            raise
        finally:
            own.lent.discard(member)
            self._give_back(own, member) if is_good else member.session.close()

    def _give_back(self, own: _Own, member: Member) -> None:
        member.idle_since = self._clock()
        own.idle.append(member)

    def _take(self, own: _Own) -> Member:
        with contextlib.suppress(IndexError):
            while True:
                member = own.idle.pop()
                if not self._is_old(member) and not member.session.has_ended():
                    return member
                member.session.close()
        now = self._clock()
        return Member(self._connect(), now, now)

    def _is_old(self, member: Member) -> bool:
        now = self._clock()
        return (
            now - member.born > self._settings.lifetime_seconds
            or now - member.idle_since > self._settings.idle_seconds
        )

    def _close_idle(self, own: _Own) -> None:
        with contextlib.suppress(IndexError):
            while True:
                own.idle.pop().session.close()
