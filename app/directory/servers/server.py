"""One server of a directory: its sessions, its breaker, and what it still owes an answer to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.errors import DirectoryError, Unavailable
from app.directory.model import Search
from app.directory.servers.breaker import Breaker, State
from app.directory.servers.entrance import Entrance
from app.directory.servers.pool import Loan, Pool
from app.directory.servers.replicas import replica_id, stamped
from app.directory.servers.session import Client, Credentials, Page, Session
from app.telemetry import DIRECTORY_FAILURES, get_logger

Answer = TypeVar("Answer")
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """How a server is."""

    server: str
    state: State
    in_use: int
    idle: int


class Server:
    """One server. ``clock`` counts seconds."""

    def __init__(
        self,
        address: ServerAddress,
        client: Client,
        settings: ConnectionSettings,
        *,
        size: int,
        clock: Callable[[], float],
    ) -> None:
        self.address = address
        self._client = client
        self._patience = settings.patience
        self._replica = settings.replica
        self._clock = clock
        self._breaker = Breaker(settings.patience, clock)
        self._entrance = Entrance(clock)
        self._pool = Pool(self._enter, settings, size=size, clock=clock)
        self._numbers = count()
        self._asked: dict[int, float] = {}
        self._answered = clock()

    @property
    def status(self) -> Status:
        """Tell how it is."""
        in_use, idle = self._pool.counts()
        return Status(str(self.address), self._breaker.state, in_use, idle)

    @property
    def load(self) -> int:
        """How much it is being asked now."""
        return len(self._asked)

    @property
    def is_open(self) -> bool:
        """Whether it may be used: it is not known to be down, nor has it left a probe unanswered."""
        # One that is alive answers the probe that its silence brings about long before the same time has passed again.
        return self._breaker.state == "closed" and (
            not self._asked or self._silence <= 2 * self._patience.silent_seconds
        )

    @property
    def _silence(self) -> float:
        """How long it has answered nothing of what it was asked."""
        asked = tuple(self._asked.values())
        return self._clock() - max(self._answered, min(asked)) if asked else 0.0

    @property
    def retry_after_seconds(self) -> float:
        """How long until it is worth asking again."""
        return self._breaker.retry_after_seconds

    def session(self, *, would_ask_again: bool = False) -> Loan:
        """Lend a session, on trust to who ``would_ask_again``. What is asked over it goes through ``ask``.

        Raises:
            Unavailable: if none is to be had.
        """
        return self._pool.session(self.check, would_ask_again=would_ask_again)

    def ask(
        self, question: Callable[[], Answer], *, is_connecting: bool = False, is_on_trust: bool = False
    ) -> Answer:
        """Ask one question, and watch whether it is answered.

        That a session which was lent ``is_on_trust`` has ended is nothing to hold against the server.
        """
        number = next(self._numbers)
        self._asked[number] = self._clock()
        try:
            answer = question()
        except Unavailable as error:
            if error.code is None and (error.is_overdue or not is_on_trust):
                self._failed(error, at_once=is_connecting and error.is_overdue)
            raise
        except DirectoryError:
            self._succeeded()
            raise
        finally:
            del self._asked[number]
        self._succeeded()
        return answer

    def page(
        self,
        session: Session,
        search: Search,
        *,
        size: int | None,
        cookie: bytes = b"",
        is_on_trust: bool = False,
    ) -> Page:
        """Search, and say of what is found where it was read, if that matters."""
        page = self.ask(lambda: session.page(search, page_size=size, cookie=cookie), is_on_trust=is_on_trust)
        return (
            page if self._replica is None else stamped(page, session, self._replica, wanted=search.attributes)
        )

    def window(self, search: Search, *, would_ask_again: bool) -> Page:
        """Ask for a part of a sorted list, over a session that is ended then: slapd keeps the list until it is."""
        loan = self.session(would_ask_again=would_ask_again)
        try:
            page = self.ask(lambda: loan.session.page(search, page_size=None), is_on_trust=loan.is_on_trust)
        except BaseException as error:
            loan.end(error, is_spent=True)
            raise
        loan.end(is_spent=True)
        return page

    def check(self) -> None:
        """Raise Unavailable where nobody should wait for it."""
        if not self.is_open:
            raise Unavailable(
                f"{self.address} does not answer", retry_after_seconds=self._breaker.retry_after_seconds
            )

    def authenticate(self, credentials: Credentials) -> None:
        """Have somebody bind, on a session of its own."""
        self._bind(credentials).close()

    def who_am_i(self) -> str:
        """Ask whom it takes us for."""
        with self.session() as session:
            return self.ask(session.who_am_i)

    def look_after(self) -> None:
        """Probe it where that is due, and close sessions that have grown old."""
        if self._silence > self._patience.silent_seconds or self._breaker.begin_probe():
            self._probe()
        self._pool.expire()

    def close(self) -> None:
        """Close idle sessions."""
        self._pool.close()

    def _enter(self) -> Session:
        return self._entrance.enter(self._bind, check=self.check)

    def _bind(self, credentials: Credentials | None = None) -> Session:
        session = self.ask(lambda: self._client.bind(self.address, credentials), is_connecting=True)
        replica = self._replica
        if replica is not None and credentials is None:
            session.replica_id = self.ask(lambda: replica_id(session, replica))
        return session

    def _probe(self) -> None:
        try:
            self._client.bind(self.address).close()
        except Unavailable as error:
            self._failed(error, at_once=True)
            # Who still waits would wait in vain.
            self._pool.cut()
        except DirectoryError:
            # It is there, though it does not like us.
            self._succeeded()
        else:
            self._succeeded()

    def _succeeded(self) -> None:
        self._answered = self._clock()
        if self._breaker.state != "closed":
            _log.info("directory_server_is_back", server=str(self.address))
        self._breaker.succeeded()

    def _failed(self, error: Unavailable, *, at_once: bool = False) -> None:
        DIRECTORY_FAILURES.labels(str(self.address)).inc()
        was = self._breaker.state
        self._breaker.failed(at_once=at_once)
        if was == "closed" and self._breaker.state == "open":
            _log.warning("directory_server_is_down", server=str(self.address), reason=str(error))
