"""A client whose servers are in memory and fail on demand, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Literal

from app.directory.connection import ServerAddress
from app.directory.dn import Dn, Rdn
from app.directory.errors import (
    ConnectionLost,
    DirectoryError,
    InsufficientAccess,
    InvalidCredentials,
    OutcomeUnknown,
    Referral,
    Refused,
    Unavailable,
)
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Entry, Operation, Search
from app.directory.servers.session import Credentials, Page

BASE = Dn.parse("dc=example,dc=org")
Behaviour = Literal[
    "answers",
    "refuses",
    "is silent",
    "rejects us",
    "knows no password",
    "loses requests",
    "loses answers",
    "is late",
    "is busy",
    "sorts nothing",
]


@dataclass
class Clock:
    """Seconds that pass when somebody says so; a pause is somebody."""

    seconds: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """Tell the time."""
        return self.seconds

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        self.pauses.append(seconds)
        self.seconds += seconds


@dataclass
class FakeServer:
    """One server. ``binds`` and ``asked`` count; ``refers_to`` are URLs that it answers everything with."""

    data: MemoryDirectory
    behaviour: Behaviour = "answers"
    binds: int = 0
    asked: list[str] = field(default_factory=list)
    closed: int = 0
    refers_to: tuple[str, ...] = ()
    continues_at: tuple[tuple[str, ...], ...] = ()
    restarts: int = 0
    root: Dn = field(default_factory=lambda: Dn(()))
    """The entry that stands for the root DSE."""
    held: Event | None = None
    """What its answers wait for."""


class FakeClient:
    """A client of servers, by their hosts."""

    def __init__(self, *hosts: str) -> None:
        data = MemoryDirectory(BASE)
        self.servers = {host: FakeServer(data) for host in hosts}
        self.sessions: list[FakeSession] = []

    def __getitem__(self, host: str) -> FakeServer:
        return self.servers[host]

    def bind(self, server: ServerAddress, credentials: Credentials | None = None) -> FakeSession:
        """Bind, or fail as the server does."""
        fake = self.servers[server.host]
        fake.binds += 1
        match fake.behaviour:
            case "refuses":
                raise Unavailable(f"connecting to {server}: refused")
            case "is silent":
                raise Unavailable(f"connecting to {server}: timed out", is_overdue=True)
            case "rejects us":
                raise InvalidCredentials("wrong", code=49)
            case "knows no password":
                raise InsufficientAccess("inappropriate", code=48)
        if credentials is not None:
            fake.data.authenticate(Dn.parse(credentials.dn), credentials.password)
        self.sessions.append(FakeSession(fake))
        return self.sessions[-1]


class FakeSession:
    """A session with a fake server."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.restarts = server.restarts
        self.replica_id = b""
        self.is_cut = Event()

    def page(self, search: Search, *, page_size: int | None, cookie: bytes = b"") -> Page:
        """Give a page; the cookie is how many were given."""
        self._fail("search", ConnectionLost("lost"))
        if search.window is not None:
            return self._window(search)
        search = search if search.base.rdns else replace(search, base=self.server.root)
        found = list(self.server.data.search(search))
        begin = int(cookie or b"0")
        end = len(found) if page_size is None else begin + page_size
        cookie = str(end).encode() if end < len(found) else b""
        return Page(found[begin:end], cookie, () if cookie else self.server.continues_at)

    def _window(self, search: Search) -> Page:
        if self.server.behaviour == "sorts nothing":
            raise Refused("too much", code=53)
        part = self.server.data.excerpt(search)
        return Page(list(part.entries), total=part.total) if part else Page([])

    def execute(self, operation: Operation, *, read_back: Sequence[str]) -> Entry | None:
        """Do it, or not, and say so, or not."""
        self._fail(type(operation).__name__, OutcomeUnknown("lost"))
        done = self.server.data.execute(operation, read_back=read_back)
        if self.server.behaviour == "loses answers":
            self.server.behaviour = "answers"
            raise OutcomeUnknown("lost")
        return done

    def who_am_i(self) -> str:
        """Say it."""
        self._fail("who am i", ConnectionLost("lost"))
        return "dn:cn=us"

    def has_ended(self) -> bool:
        """Tell whether the server has restarted since."""
        return self.restarts != self.server.restarts

    def close(self) -> None:
        """Count."""
        self.server.closed += 1

    def cut(self) -> None:
        """Let the waiting thread go."""
        self.is_cut.set()

    def abandon(self) -> None:
        """Count as closed."""
        self.server.closed += 1

    def _fail(self, asked: str, lost: DirectoryError) -> None:
        self.server.asked.append(asked)
        if self.has_ended():
            raise lost
        if self.server.held is not None:
            self.server.held.set()
            self.is_cut.wait(30)
            raise lost
        if self.server.refers_to:
            raise Referral("elsewhere", code=10, urls=self.server.refers_to)
        match self.server.behaviour:
            case "refuses" | "is silent":
                raise lost
            case "loses requests":
                self.server.behaviour = "answers"
                raise lost
            case "is late":
                raise type(lost)("timed out", is_overdue=True)  # type: ignore[call-arg]  # both take it
            case "is busy":
                raise Unavailable("busy", code=51)


def person(uid: str) -> Add:
    """Describe a person."""
    value = (uid.encode(),)
    return Add(BASE.below(Rdn.of("uid", uid)), {"objectClass": (b"person",), "uid": value, "sn": value})
