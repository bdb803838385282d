"""python-ldap's connection, without what it does for connections that several threads talk over.

Its ``_ldap_call`` locks and traces each call into libldap. Ours are used by one thread at a time, so what is asked most
goes straight to libldap; the other calls are left as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ldap.controls import DecodeControlTuples, LDAPControl, RequestControlTuples
from ldap.ldapobject import SimpleLDAPObject

from app.directory.native.controls import RESPONSES


class Connection(SimpleLDAPObject):  # type: ignore[misc]  # python-ldap has no types
    """A connection that one thread at a time uses."""

    def ask(  # noqa: PLR0913 - a search request has so many parts
        self,
        base: str,
        scope: int,
        condition: str,
        attributes: Sequence[str],
        controls: Sequence[LDAPControl],
        *,
        seconds: float,
        limit: int,
    ) -> int:
        """Send a search; return the number by which ``answer`` knows it."""
        encoded = RequestControlTuples(controls) if controls else None
        number: int = self._l.search_ext(base, scope, condition, attributes, 0, encoded, None, seconds, limit)
        return number

    def answer(
        self, number: int, seconds: float, *, is_whole: bool = True
    ) -> tuple[int, list[tuple[str | None, Any]], list[Any]]:
        """Wait for what answers a request, all of it or a part: its kind, what was found, and controls."""
        kind, found, _, encoded, *_ = self._l.result4(number, is_whole, seconds, 0, 0, 0)
        return kind, found, DecodeControlTuples(encoded, RESPONSES) if encoded else []
