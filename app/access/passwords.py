"""Hash and verify passwords, and remember for a while which ones were right.

Hashing is slow on purpose; a client that sends name and password with each request would wait for it each time.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING
from unicodedata import normalize

from werkzeug.security import check_password_hash, generate_password_hash

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MAX_LENGTH = 1024
REMEMBER_FOR = timedelta(minutes=1)
REMEMBER_AT_MOST = 256


def hash_password(password: str) -> str:
    """Hash a password with scrypt and a salt."""
    return generate_password_hash(_normal(password), method="scrypt")


def is_password(password: str, password_hash: str | None) -> bool:
    """Compare a password with its hash; without one take as long and say no."""
    if not is_usable(password):
        return False
    matches = check_password_hash(password_hash or _decoy(), _normal(password))
    return matches and password_hash is not None


def is_usable(password: str) -> bool:
    """Say whether a text can be a password: RFC 7617 §2 carries no control characters."""
    return 0 < len(password) <= MAX_LENGTH and password.isprintable()


class RecentPasswords:
    """The passwords that were right a moment ago, as digests under a key that only this process has."""

    def __init__(self, key: bytes, *, clock: Callable[[], datetime]) -> None:
        self._key = key
        self._clock = clock
        self._until: OrderedDict[bytes, datetime] = OrderedDict()

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Do as ``is_password``, quickly where it has said yes a moment ago. Another hash is another password."""
        digest = hmac.digest(
            self._key, f"{password_hash}\0{password}".encode(errors="backslashreplace"), "sha256"
        )
        if password_hash is not None and self._until.get(digest, self._clock()) > self._clock():
            return True
        if not is_password(password, password_hash):
            return False
        self._remember(digest)
        return True

    def _remember(self, digest: bytes) -> None:
        self._until[digest] = self._clock() + REMEMBER_FOR
        while len(self._until) > REMEMBER_AT_MOST:
            self._until.popitem(last=False)


def _normal(password: str) -> str:
    """Compose letters and accents, as RFC 8265 §4.2 has it: keyboards differ in how they send them."""
    return normalize("NFC", password)


@cache
def _decoy() -> str:
    return hash_password("no such user")
