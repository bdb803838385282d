"""A directory behind several servers: each question goes to the best one that can be used.

Reading is tried again, on another connection or another server, when a connection fails. Writing is tried on another
server only where nothing was sent; where a write was sent and no answer came, the server itself is asked what became of it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from threading import Lock
from typing import Literal, TypeAlias, TypeVar

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dn import Dn
from app.directory.errors import (
    ConnectionLost,
    ConstraintViolation,
    DirectoryError,
    InsufficientAccess,
    InvalidCredentials,
    LimitExceeded,
    OutcomeUnknown,
    Referral,
    Refused,
    SchemaViolation,
    Unavailable,
)
from app.directory.filters import Nothing
from app.directory.model import Add, Entry, Operation, Search, SetPassword
from app.directory.port import Capabilities, Excerpt
from app.directory.resolution import Verdict, resolve
from app.directory.servers.locator import Locator
from app.directory.servers.pool import Loan
from app.directory.servers.recency import Recency
from app.directory.servers.referrals import MAX_HOPS, elsewhere, moved_operation, moved_search
from app.directory.servers.server import Server, Status
from app.directory.servers.session import Client, Credentials, Page
from app.directory.servers.watch import Watch
from app.directory.windows import NEEDED

Result = TypeVar("Result")
_Reading: TypeAlias = Callable[[Server, bool], Result]
"""Reads from a server; the other argument says whether a connection that turns out to be dead is no loss."""
_LOOK_AFTER_SECONDS = (0.0, 0.1, 0.3, 0.6)
"""When to look what became of a write: the server may not have come to it yet."""


@dataclass(frozen=True, slots=True)
class Process:
    """What the process that a directory is used in gives it."""

    most_at_once: int = 1000
    """How many threads may be with one server."""
    recency: Recency = field(default_factory=Recency)
    clock: Callable[[], float] = time.monotonic
    """Counts seconds, the same in all processes that share the ``recency``."""
    pause: Callable[[float], None] = time.sleep


_SORTING_SECONDS = 2.0
"""How long to wait for others who have something sorted."""
_NOT_ALLOWED = (InsufficientAccess, ConstraintViolation, SchemaViolation, Refused)
"""What servers say to who would set what they keep by themselves."""


class ServerDirectory:
    """The servers as one directory."""

    def __init__(
        self,
        settings: ConnectionSettings,
        client: Client,
        process: Process | None = None,
    ) -> None:
        self._settings = settings
        self._client = client
        process = process or Process()
        self._size = min(settings.pool_size, process.most_at_once)
        self._recency = process.recency
        self._clock = process.clock
        self._pause = process.pause
        self._servers = [self._server(address) for address in settings.servers]
        self._locator = (
            Locator(settings.discovery, start_tls=settings.tls.start_tls, clock=self._clock)
            if settings.discovery
            else None
        )
        self._referred: dict[ServerAddress, Server] = {}
        self._name = settings.discovery.domain if settings.discovery else " ".join(map(str, settings.servers))
        self._watch = Watch(self._look_after)
        self._capabilities: Capabilities | None = None
        self._lock = Lock()
        self._locating = Lock()
        self._sorting = Lock()

    def search(self, search: Search) -> Iterator[Entry]:
        if isinstance(search.filter, Nothing):
            return iter(())
        # Samba knows no size limit.
        return islice(self._found(search), search.size_limit)

    def excerpt(self, search: Search) -> Excerpt | None:
        # One at a time: slapd sorts for so many and no more, whoever they are. Waiting costs less than to read all.
        if not self.capabilities().controls >= NEEDED or not self._sorting.acquire(timeout=_SORTING_SECONDS):
            return None
        try:
            page = self._reading(
                lambda server, would_ask_again: server.window(search, would_ask_again=would_ask_again),
                self._usable("read"),
            )
        except (Refused, LimitExceeded, SchemaViolation):
            return None
        except Unavailable as error:
            if error.code is None:
                raise
            return None
        finally:
            self._sorting.release()
        return None if page.total is None or page.references else Excerpt(page.entries, page.total)

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        if isinstance(operation, Add) and operation.kept:
            try:
                return self._execute(operation, read_back, self._usable("write"))
            except _NOT_ALLOWED:
                operation = replace(operation, kept={})
        return self._execute(operation, read_back, self._usable("write"))

    def authenticate(self, dn: Dn, password: str) -> None:
        credentials = _credentials(dn, password)
        with _wrong_where_impossible():
            self._reading(lambda server, _: server.authenticate(credentials), self._usable("read"))

    def who_am_i(self) -> str:
        return self._reading(lambda server, _: server.who_am_i(), self._usable("read"))

    def capabilities(self) -> Capabilities:
        with self._lock:
            if self._capabilities is None:
                self._capabilities = self._read_capabilities()
            return self._capabilities

    def statuses(self) -> list[Status]:
        """Tell how each server is."""
        return [server.status for server in self._servers]

    @property
    def is_replicated(self) -> bool:
        """Whether what is read may come from servers that do not agree yet."""
        return self._locator is not None or len(self._servers) > 1

    @property
    def is_usable(self) -> bool:
        """Whether somebody who asks now is not told at once to come again."""
        return any(server.is_open for server in self._servers)

    def close(self) -> None:
        """Close idle connections."""
        self._watch.end()
        for server in (*self._servers, *self._referred.values()):
            server.close()

    def _server(self, address: ServerAddress) -> Server:
        return Server(address, self._client, self._settings, size=self._size, clock=self._clock)

    def _locate(self, locator: Locator) -> None:
        """Take over what DNS says; servers that stay keep their connections."""
        addresses = locator.addresses()
        with self._locating:
            known = {server.address: server for server in self._servers}
            if tuple(known) == addresses:
                return
            self._servers = [known.pop(each) if each in known else self._server(each) for each in addresses]
        for gone in known.values():
            gone.close()

    def _look_after(self) -> None:
        for server in self._servers:
            server.look_after()

    def _usable(self, use: Literal["read", "write"]) -> list[Server]:
        """Return the servers to try, best first."""
        self._watch.begin()
        if self._locator is not None:
            self._locate(self._locator)
        own = self._written_to() if use == "read" else None
        servers = [server for server in self._servers if server.address.use in {"all", use} or server is own]
        usable = [server for server in servers if server.is_open]
        if not usable:
            soonest = min((server.retry_after_seconds for server in servers), default=None)
            raise Unavailable("no server of the directory answers", retry_after_seconds=soonest)
        if len(usable) == 1:
            return usable
        if use == "write":
            # All to one: who reads its own writes knows where to.
            return sorted(usable, key=lambda server: server.address.priority)
        return sorted(usable, key=lambda server: (server is not own, server.address.priority, server.load))

    def _written_to(self) -> Server | None:
        if len(self._servers) == 1:
            return None
        since = self._clock() - self._settings.read_own_writes_seconds
        number = self._recency.server_written_to(self._name, since=since)
        return self._servers[number] if number is not None and number < len(self._servers) else None

    def _reading(self, read: _Reading[Result], servers: Sequence[Server]) -> Result:
        """Read from the first server that answers."""
        failures: list[Unavailable] = []
        for server in servers:
            try:
                return _twice(read, server)
            except Unavailable as error:
                failures.append(error)
        raise failures[0]

    def _found(
        self, search: Search, servers: Sequence[Server] | None = None, *, hops: int = 0
    ) -> Iterator[Entry]:
        size = min(self._settings.page_size, search.at_once or self._settings.page_size)
        is_single = search.size_limit is not None and search.size_limit <= size

        def first(server: Server, would_ask_again: bool) -> tuple[Server, Loan, Page]:  # noqa: FBT001 - as it is called
            loan = server.session(would_ask_again=would_ask_again)
            try:
                page = server.page(
                    loan.session, search, size=None if is_single else size, is_on_trust=loan.is_on_trust
                )
            except BaseException as error:
                loan.end(error)
                raise
            if not page.cookie:
                loan.end()
            return server, loan, page

        try:
            server, loan, page = self._reading(first, servers or self._usable("read"))
        except Referral as referral:
            yield from self._found_elsewhere(search, referral.urls, hops=hops)
            return
        references = [*page.references]
        if page.cookie:
            page = yield from _all_but_last(
                page, partial(server.page, loan.session, search), loan, size=size, references=references
            )
        yield from page.entries
        if references and self._settings.follow_referrals:
            for urls in references:
                yield from self._found_elsewhere(search, urls, hops=hops)

    def _found_elsewhere(self, search: Search, urls: Sequence[str], *, hops: int) -> Iterator[Entry]:
        target = elsewhere(self._followed(urls, hops=hops))
        server = self._referred_server(target.server)
        yield from self._found(moved_search(search, target), [server], hops=hops + 1)

    def _followed(self, urls: Sequence[str], *, hops: int) -> Sequence[str]:
        """Return where to go, if going there is allowed."""
        if not self._settings.follow_referrals:
            raise Referral("the directory refers to another server", code=10, urls=tuple(urls))
        if hops >= MAX_HOPS:
            raise Referral(f"the directory refers on more than {MAX_HOPS} times", code=10, urls=tuple(urls))
        return urls

    def _referred_server(self, address: ServerAddress) -> Server:
        known = next((server for server in self._servers if _is_same(server.address, address)), None)
        return known or self._referred.setdefault(address, self._server(address))

    def _execute(
        self, operation: Operation, read_back: Sequence[str], servers: Sequence[Server], *, hops: int = 0
    ) -> Entry | None:
        failures: list[Unavailable] = []
        for server in servers:
            try:
                return self._executed(operation, read_back, server)
            except Referral as referral:
                target = elsewhere(self._followed(referral.urls, hops=hops))
                moved = moved_operation(operation, target)
                return self._execute(moved, read_back, [self._referred_server(target.server)], hops=hops + 1)
            except OutcomeUnknown as error:
                self._settle(operation, server, error)
                return None
            except Unavailable as error:
                if error.code is not None:
                    raise
                # Nobody was reached, so nothing was sent.
                failures.append(error)
        raise failures[0]

    def _executed(self, operation: Operation, read_back: Sequence[str], server: Server) -> Entry | None:
        with server.session() as session:
            self._note_write(server)
            return server.ask(lambda: session.execute(operation, read_back=read_back))

    def _note_write(self, server: Server) -> None:
        if len(self._servers) > 1 and server in self._servers:
            self._recency.note(self._name, self._servers.index(server), now=self._clock())

    def _settle(self, operation: Operation, server: Server, error: OutcomeUnknown) -> None:
        """Find out what became of an operation: return if it was made, raise what is so otherwise."""
        # A wrong password is counted, so it is tried once. Who is late may still be at work: that it is not made yet
        # does not tell that it will not be.
        is_single = error.is_overdue or isinstance(operation, SetPassword)
        verdict = Verdict.UNKNOWN
        for seconds in _LOOK_AFTER_SECONDS[-1:] if is_single else _LOOK_AFTER_SECONDS:
            self._pause(seconds)
            verdict = resolve(operation, _Alone(self, server))
            if verdict is Verdict.MADE:
                return
        if verdict is Verdict.UNKNOWN or error.is_overdue:
            raise error
        raise Unavailable(f"{error}, and it was not made", diagnostic=error.diagnostic) from error

    def found_on(self, server: Server, search: Search) -> Iterator[Entry]:
        """Search one server alone."""
        return islice(self._found(search, [server]), search.size_limit)

    def _read_capabilities(self) -> Capabilities:
        search = Search(
            Dn(()),
            scope="base",
            attributes=("supportedControl", "supportedExtension", "supportedFeatures", "vendorName"),
            size_limit=1,
        )
        root = next(self.search(search), Entry(Dn(()), {}))
        return Capabilities(
            controls=_texts(root, "supportedControl"),
            extensions=_texts(root, "supportedExtension"),
            features=_texts(root, "supportedFeatures"),
            vendor=root.text("vendorName") or "",
        )


class _Alone:
    """One server of a directory, as who reads what has become of a write."""

    def __init__(self, directory: ServerDirectory, server: Server) -> None:
        self._directory = directory
        self._server = server

    def search(self, search: Search) -> Iterator[Entry]:
        return self._directory.found_on(self._server, search)

    def authenticate(self, dn: Dn, password: str) -> None:
        self._server.authenticate(_credentials(dn, password))


def _twice(read: _Reading[Result], server: Server) -> Result:
    try:
        return read(server, True)
    except ConnectionLost as error:
        # The connection had died while nobody used it, with all others of its age; the next one is new.
        if error.is_overdue:
            raise
        # Or it was cut, since a probe has found that nobody is there.
        server.check()
    return read(server, False)


def _all_but_last(
    page: Page, following: Callable[..., Page], loan: Loan, *, size: int, references: list[tuple[str, ...]]
) -> Generator[Entry, None, Page]:
    """Yield what is on all pages but the last one, and return that."""
    # RFC 2696: the cookie belongs to its connection, so one connection is kept for all pages.
    try:
        while page.cookie:
            yield from page.entries
            page = following(size=size, cookie=page.cookie)
            references += page.references
    except GeneratorExit:
        # RFC 2696 §2: a page of no size says that nobody wants the others, so that the connection can be used on.
        with contextlib.suppress(DirectoryError), loan:
            following(size=0, cookie=page.cookie)
        raise
    except BaseException as error:
        loan.end(error)
        raise
    loan.end()
    return page


def _is_same(left: ServerAddress, right: ServerAddress) -> bool:
    return (left.scheme, left.host, left.port) == (right.scheme, right.host, right.port)


def _credentials(dn: Dn, password: str) -> Credentials:
    # RFC 4513 §5.1.2: a name with an empty password is an unauthenticated bind, which "succeeds".
    if not password or not dn.rdns:
        raise InvalidCredentials("the name or the password is empty")
    return Credentials(str(dn), password)


@contextlib.contextmanager
def _wrong_where_impossible() -> Iterator[None]:
    try:
        yield
    except (InsufficientAccess, SchemaViolation) as error:
        # inappropriateAuthentication, invalidDNSyntax: who has no password, or cannot exist, has no right one.
        raise InvalidCredentials(str(error), code=error.code, diagnostic=error.diagnostic) from error


def _texts(entry: Entry, attribute: str) -> frozenset[str]:
    return frozenset(value.decode() for value in entry.values(attribute))
