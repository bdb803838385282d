"""What the servers need of an LDAP client: sessions, which are bound connections used by one thread at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.directory.connection import ServerAddress
from app.directory.model import Entry, Operation, Search


@dataclass(frozen=True, slots=True)
class Page:
    """What one search request brought. The cookie asks for the next page; it is empty after the last one."""

    entries: list[Entry]
    cookie: bytes = b""
    references: Sequence[tuple[str, ...]] = ()
    """Continuation references (RFC 4511 §4.5.3), each by its URLs."""
    total: int | None = None
    """How many entries there are of which this is a window."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a password of somebody else's than the service account."""

    dn: str
    password: str = field(repr=False)


class Session(Protocol):
    """A bound connection. After ConnectionLost or OutcomeUnknown it is good for nothing but to be closed."""

    replica_id: bytes
    """Which replica it leads to; empty until somebody has found out."""

    def page(self, search: Search, *, page_size: int | None, cookie: bytes = b"") -> Page:
        """Search; page by page (RFC 2696) where a size is given. A base that does not exist has no entries.

        Raises:
            ConnectionLost: if no answer came.
            DirectoryError: for what else the server says.
        """
        ...

    def execute(self, operation: Operation, *, read_back: Sequence[str]) -> Entry | None:
        """Carry out one operation.

        Raises:
            OutcomeUnknown: if no answer came.
            DirectoryError: if the server refused it.
        """
        ...

    def who_am_i(self) -> str:
        """Return whom the server takes us for, as an authzId (RFC 4532); raises what ``page`` does."""
        ...

    def has_ended(self) -> bool:
        """Tell of an idle session whether the server has closed it."""
        ...

    def close(self) -> None:
        """End it, in whatever state it is."""
        ...

    def cut(self) -> None:
        """Have the thread that waits for an answer be told that none will come. Safe from another thread."""
        ...

    def abandon(self) -> None:
        """Close this process's copy of the socket and say nothing over it, since it is another process's."""
        ...


class Client(Protocol):
    """An LDAP client library, in a cage."""

    def bind(self, server: ServerAddress, credentials: Credentials | None = None) -> Session:
        """Connect and bind, as the service account where nobody else is named.

        Raises:
            Unavailable: if the server does not answer, or not as it should.
            DirectoryError: if it does not accept who we are.
        """
        ...
