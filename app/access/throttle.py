"""Slowing down who guesses: credentials that were wrong are counted, and after too many nobody is asked for a while.

Counted in the store, so for all processes together: for a name at an address, for an address, and for a name wherever
it is tried. Names that nobody has count like all others, and a right password is refused while it lasts, so that
refusals tell nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar
from unicodedata import normalize

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from app.store.purge import Expiry
from app.store.tables import FailedAttemptsRow

if TYPE_CHECKING:
    from app.store.database import Database

Who: TypeAlias = Literal["client", "person"]
Found = TypeVar("Found")
WINDOW = timedelta(minutes=15)
AT_ADDRESS = 10
"""How many wrong ones a name may have at one address within the window."""
OF_ADDRESS = 100
OF_NAME = 200
NETWORK_BITS = 64
"""One host has a network of IPv6 addresses to call from."""


EXPIRED_ATTEMPTS = Expiry(FailedAttemptsRow, lambda now: FailedAttemptsRow.until <= now)


class TooManyAttempts(Exception):
    """Too many attempts have failed; ``retry_after_seconds`` is when to come back."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("too many attempts have failed; try again later")
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whose credentials are tried, and from where."""

    who: Who
    name: str
    address: str

    @property
    def limits(self) -> Mapping[str, int]:
        """Return how many may be wrong, by the digests of what is counted."""
        # Directories take names for the same whatever their case, and whatever spaces are around and within them.
        name = " ".join(normalize("NFKC", self.name).casefold().split())
        address = _network(self.address)
        return {
            _digest(self.who, name, address): AT_ADDRESS,
            _digest("address", address): OF_ADDRESS,
            _digest(self.who, name): OF_NAME,
        }


class Throttle:
    """Counts failed attempts."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def attempt(self, attempt: Attempt, verify: Callable[[], Found | None]) -> Found | None:
        """Return what ``verify`` finds, and count it where that is None.

        Raises:
            TooManyAttempts: without asking, if too many have failed.
        """
        failed = self._failed(attempt)
        found = verify()
        if found is None:
            self._count(attempt)
        elif failed:
            self._forget(attempt)
        return found

    def _failed(self, attempt: Attempt) -> bool:
        """Tell whether anything has failed of late."""
        limits = attempt.limits
        query = select(FailedAttemptsRow).where(
            FailedAttemptsRow.key.in_(limits), FailedAttemptsRow.until > self._clock()
        )
        with self._database.reading() as session:
            rows = session.scalars(query).all()
        over = [row.until for row in rows if row.failures >= limits[row.key]]
        if over:
            raise TooManyAttempts(math.ceil((max(over) - self._clock()).total_seconds()))
        return bool(rows)

    def _count(self, attempt: Attempt) -> None:
        now = self._clock()
        with self._database.session() as session:
            session.execute(delete(FailedAttemptsRow).where(FailedAttemptsRow.until <= now))
        for key in attempt.limits:
            self._count_one(key) or self._begin(key) or self._count_one(key)

    def _count_one(self, key: str) -> bool:
        more = (
            update(FailedAttemptsRow)
            .where(FailedAttemptsRow.key == key)
            .values(failures=FailedAttemptsRow.failures + 1)
        )
        with self._database.session() as session:
            return bool(session.execute(more.returning(FailedAttemptsRow.key)).all())

    def _begin(self, key: str) -> bool:
        try:
            with self._database.session() as session:
                session.add(FailedAttemptsRow(key=key, failures=1, until=self._clock() + WINDOW))
        except IntegrityError:  # another process was faster
            return False
        return True

    def _forget(self, attempt: Attempt) -> None:
        """Forgive the name at its address; what the address tried for other names stays counted."""
        first = next(iter(attempt.limits))
        with self._database.session() as session:
            session.execute(delete(FailedAttemptsRow).where(FailedAttemptsRow.key == first))


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), NETWORK_BITS), strict=False))


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode(errors="backslashreplace")).hexdigest()
