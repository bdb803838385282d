"""Passwords as they stand in a directory that does not hash them itself.

{ARGON2} is verified by slapd's argon2 module (slapd 2.5 and later).
"""

from __future__ import annotations

from argon2 import PasswordHasher

# OWASP's least for Argon2id: 19 MiB, two passes, one lane; what slapd's module makes by itself here, too.
_ARGON2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def argon2(password: str) -> bytes:
    """Hash a password by Argon2id, with a salt."""
    return b"{ARGON2}" + _ARGON2.hash(password).encode()


def as_it_is(password: str) -> bytes:
    """Leave a password to the server, which hashes it as it comes."""
    return password.encode()
