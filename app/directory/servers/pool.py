"""A bounded pool of sessions with one server, shared by threads."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from types import TracebackType

from app.directory.connection import ConnectionSettings
from app.directory.errors import ConnectionLost, DirectoryError, OutcomeUnknown, Unavailable
from app.directory.servers.session import Session

_LOOK_SECONDS = 0.25
"""How often those who wait for a session look whether waiting is still worth it."""
_TRUST_SECONDS = 1.0
"""How long after its last use a session is taken for alive unseen by those who would ask again."""


@dataclass(slots=True, eq=False)
class Member:
    """A session of a pool, and its times."""

    session: Session
    born: float
    idle_since: float
    is_on_trust: bool = False
    """Whether nobody has looked if the server had ended it when it was lent."""


@dataclass(frozen=True, slots=True)
class _Own:
    """What one process has: idle sessions, last used last, those lent out, and a token for each that may yet be lent."""

    places: SimpleQueue[None]
    pid: int = field(default_factory=lambda: os.getpid())  # noqa: PLW0108 - asked when, not where, it is made
    idle: deque[Member] = field(default_factory=deque)
    lent: set[Member] = field(default_factory=set)


class Loan:
    """A session in somebody's hands, who ends it, or has it end by ``with``."""

    __slots__ = ("_member", "_own", "_pool", "is_on_trust", "session")

    def __init__(self, pool: Pool, own: _Own, member: Member) -> None:
        self.session = member.session
        self.is_on_trust = member.is_on_trust
        self._pool = pool
        self._own = own
        self._member = member

    def __enter__(self) -> Session:
        return self.session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(error)

    def end(self, error: BaseException | None = None, *, is_spent: bool = False) -> None:
        """Give the session back; say which error it was used with, if there was one, and whether it is of no more use."""
        self._pool.take_back(self._own, self._member, error, is_spent=is_spent)


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

    def session(self, check: Callable[[], None], *, would_ask_again: bool = False) -> Loan:
        """Lend a session. Who has to wait for one asks ``check`` again and again, which raises when waiting is in vain.

        Whether the server has ended it is looked at, unless it was in use just now and who lends it ``would_ask_again``
        over another one.

        Raises:
            Unavailable: if all are in use for longer than the settings say, or a new one cannot be made.
        """
        own = self._of_this_process()
        try:
            own.places.get_nowait()
        except Empty:
            self._wait(own, check)
        try:
            member = self._take(own, would_ask_again=would_ask_again)
        except BaseException:
            own.places.put(None)
            raise
        own.lent.add(member)
        return Loan(self, own, member)

    def take_back(
        self, own: _Own, member: Member, error: BaseException | None, *, is_spent: bool = False
    ) -> None:
        """Take back a session that was lent; what failed with anything but a server's no is closed, and what is spent."""
        own.lent.discard(member)
        is_lost = isinstance(error, ConnectionLost | OutcomeUnknown)
        try:
            if is_lost:
                self._close_idle(own)
            is_well = error is None or (isinstance(error, DirectoryError) and not is_lost)
            if is_well and not is_spent:
                member.idle_since = self._clock()
                own.idle.append(member)
            else:
                member.session.close()
        finally:
            own.places.put(None)

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
                if self._is_old(member, self._clock()):
                    own.idle.remove(member)
                    member.session.close()

    def counts(self) -> tuple[int, int]:
        """Return how many are in use and how many idle."""
        own = self._of_this_process()
        return len(own.lent), len(own.idle)

    def _new(self) -> _Own:
        places: SimpleQueue[None] = SimpleQueue()
        for _ in range(self._size):
            places.put(None)
        return _Own(places)

    def _of_this_process(self) -> _Own:
        if self._own.pid == os.getpid():
            return self._own
        for member in self._own.idle:
            member.session.abandon()
        self._own = self._new()
        return self._own

    def _wait(self, own: _Own, check: Callable[[], None]) -> None:
        until = self._clock() + self._settings.wait_seconds
        while True:
            with contextlib.suppress(Empty):
                return own.places.get(timeout=max(0.0, min(_LOOK_SECONDS, until - self._clock())))
            check()
            if self._clock() >= until:
                raise Unavailable(f"all {self._size} connections to the directory are in use")

    def _take(self, own: _Own, *, would_ask_again: bool) -> Member:
        try:
            while True:
                member, now = own.idle.pop(), self._clock()
                member.is_on_trust = would_ask_again and now - member.idle_since < _TRUST_SECONDS
                if not self._is_old(member, now) and (member.is_on_trust or not member.session.has_ended()):
                    return member
                member.session.close()
        except IndexError:
            now = self._clock()
            return Member(self._connect(), now, now)

    def _is_old(self, member: Member, now: float) -> bool:
        return (
            now - member.born > self._settings.lifetime_seconds
            or now - member.idle_since > self._settings.idle_seconds
        )

    def _close_idle(self, own: _Own) -> None:
        with contextlib.suppress(IndexError):
            while True:
                own.idle.pop().session.close()
