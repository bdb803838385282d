"""python-ldap's connection, without what it does for connections that several threads talk over.

Its ``_ldap_call`` locks and traces each call into libldap. Ours are used by one thread at a time, so what is asked most
goes straight to libldap; the other calls are left as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ldap.controls import DecodeControlTuples
from ldap.ldapobject import SimpleLDAPObject

from app.directory.native.controls import RESPONSES, EncodedControl


class Connection(SimpleLDAPObject):  # type: ignore[misc]  # python-ldap has no types
    """A connection that one thread at a time uses."""

    def ask(  # noqa: PLR0913 - a search request has so many parts
        self,
        base: str,
        scope: int,
        condition: str,
        attributes: Sequence[str],
        controls: Sequence[EncodedControl] | None,
        *,
        seconds: float,
        limit: int,
    ) -> int:
        """Send a search; return the number by which ``answer`` knows it."""
        number: int = self._l.search_ext(
            base, scope, condition, attributes, 0, controls, None, seconds, limit
        )
        return number

    def found(
        self, number: int, seconds: float, *, is_whole: bool
    ) -> tuple[int, list[tuple[str | None, Any]], Sequence[EncodedControl]]:
        """Wait for what answers a search, all of it or a part: its kind, what was found, and controls."""
        kind, found, _, controls, *_ = self._l.result4(number, is_whole, seconds, 0, 0, 0)
        return kind, found, controls

    def answer(self, number: int, seconds: float) -> Sequence[Any]:
        """Wait for what answers a request; return its controls."""
        _, _, _, controls, *_ = self._l.result4(number, 1, seconds, 0, 0, 0)
        return DecodeControlTuples(controls, RESPONSES) if controls else ()
