"""Referrals (RFC 4511 §4.1.10): where else to ask, and what to ask there. Whether to follow is the settings' business."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from app.directory.connection import ServerAddress
from app.directory.dn import Dn
from app.directory.errors import Referral
from app.directory.model import Delete, Modify, Operation, Scope, Search

MAX_HOPS = 5
_SCOPES: dict[str, Scope] = {"base": "base", "one": "one", "sub": "subtree"}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a referral points to: a server, and the name and scope to use there, where it says so."""

    server: ServerAddress
    dn: Dn | None = None
    scope: Scope | None = None


def elsewhere(urls: Iterable[str]) -> Elsewhere:
    """Read the first of a referral's URLs (RFC 4516) that can be used.

    Raises:
        Referral: if there is none.
    """
    listed = tuple(urls)
    for url in listed:
        try:
            parts = urlsplit(url)
            address = ServerAddress.parse(f"{parts.scheme}://{parts.netloc}")
            name = unquote(parts.path.removeprefix("/"))
            scope = _SCOPES.get([*parts.query.split("?"), ""][1])
            return Elsewhere(address, Dn.parse(name) if name else None, scope)
        except ValueError:
            continue
    raise Referral("the directory refers to a server by no URL that can be used", urls=listed)


def moved_search(search: Search, target: Elsewhere) -> Search:
    """Say what to search for there."""
    return replace(
        search,
        base=search.base if target.dn is None else target.dn,
        scope=target.scope or search.scope,
        address="",
    )


def moved_operation(operation: Operation, target: Elsewhere) -> Operation:
    """Say what to do there."""
    moved = operation if target.dn is None else replace(operation, dn=target.dn)
    return replace(moved, address="") if isinstance(moved, Modify | Delete) else moved
