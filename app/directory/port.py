"""The one door to a directory: everything above talks to this protocol, ``ldap`` and ``memory`` stand behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from app.directory.dn import Dn
from app.directory.model import Entry, Operation, Search


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the root DSE says of a server (RFC 4512 §5.1): OIDs of controls, extended operations and features."""

    controls: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()
    vendor: str = ""


class Directory(Protocol):
    """A directory as one service account sees it. Safe to use from several threads."""

    def search(self, search: Search) -> Iterator[Entry]:
        """Yield the entries that match, page by page; a base that does not exist yields nothing.

        Raises:
            DirectoryError: at the call or while iterating.
        """
        ...

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Carry out one operation.

        Where ``read_back`` names attributes and the server can (RFC 4527), the entry as it is afterwards comes back
        with the same round trip; of a Delete the entry as it was before. None means: read it if you need it.

        Raises:
            DirectoryError: if it was not carried out, or, ``OutcomeUnknown``, if nobody knows.
        """
        ...

    def authenticate(self, dn: Dn, password: str) -> None:
        """Check a password by binding with it on a connection of its own.

        Raises:
            InvalidCredentials: if it is wrong, empty, or the entry does not exist.
        """
        ...

    def capabilities(self) -> Capabilities:
        """Tell what the server offers; asked once for each server."""
        ...


@runtime_checkable
class Replicated(Protocol):
    """A directory that can tell whether it has several servers."""

    @property
    def is_replicated(self) -> bool:
        """Whether what is read may come from servers that do not agree yet."""
        ...


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of all entries that a search finds, and how many there are."""

    entries: Sequence[Entry]
    total: int


@runtime_checkable
class Windowed(Protocol):
    """A directory whose servers may sort, and hand out a part of what they have sorted."""

    def excerpt(self, search: Search) -> Excerpt | None:
        """Return the search's ``window``; None where no server does that, or none can just now.

        Raises:
            DirectoryError: if the directory cannot be asked.
        """
        ...


@runtime_checkable
class Acquainted(Protocol):
    """A directory that can tell whom it takes us for."""

    def who_am_i(self) -> str:
        """Return that as an authzId (RFC 4532), ``dn:cn=landbridge,dc=example,dc=org``; empty for nobody.

        Raises:
            DirectoryError: if the server does not tell.
        """
        ...
