"""Clients that prove themselves by their own key: ``private_key_jwt`` (RFC 7523 §2.2 and §3). Each assertion works once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.access.key_sets import InvalidJwt, audiences, check_times, peek
from app.access.single_use import SingleUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.access.application import Application
    from app.access.key_sets import KeySets
    from app.store.database import Database

LONGEST = timedelta(hours=1)
"""Its name is kept until it expires, so it may not live for long."""
LEEWAY = timedelta(minutes=1)
ID_LENGTH = 255


class Assertions:
    """Checks assertions, and remembers those that were used."""

    def __init__(self, database: Database, key_sets: KeySets, *, clock: Callable[[], datetime]) -> None:
        self._used = SingleUse(database, clock=clock)
        self._key_sets = key_sets
        self._clock = clock

    def is_good(self, assertion: str, application: Application, *, audience: frozenset[str]) -> bool:
        """Say whether an application's client made an assertion for one of the audiences, and use it up.

        Raises:
            KeysUnavailable: if nobody can say.
        """
        if application.client_keys is None or application.client_id is None:
            return False
        try:
            claims = self._key_sets.claims(assertion, application.client_keys)
            check_times(claims, now=self._clock().timestamp(), leeway=LEEWAY.total_seconds())
        except InvalidJwt:
            return False
        is_its = claims.get("iss") == claims.get("sub") == application.client_id
        is_for_us = bool(audiences(claims) & audience)
        ends, name = float(claims["exp"]), claims.get("jti")
        is_short = ends <= (self._clock() + LONGEST).timestamp()
        is_named = isinstance(name, str) and 0 < len(name) <= ID_LENGTH
        if not (is_its and is_for_us and is_short and is_named):
            return False
        until = datetime.fromtimestamp(ends, UTC) + LEEWAY
        return self._used.use(f"{application.client_id}\0{name}", until)


def client_id_of(assertion: str) -> str:
    """Return which client an assertion claims to be of; empty where it is none."""
    try:
        subject = peek(assertion).get("sub")
    except InvalidJwt:
        return ""
    return subject if isinstance(subject, str) else ""
