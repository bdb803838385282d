"""From LDAP result codes (RFC 4511 §4.1.9) and exceptions to the errors of ``app.directory.errors``."""

from __future__ import annotations

from collections.abc import Mapping
from ssl import SSLError
from types import MappingProxyType
from typing import Any

from app.directory.dialects.active_directory_errors import meaning_of
from app.directory.errors import (
    AssertionFailed,
    ConstraintViolation,
    DirectoryError,
    EntryExists,
    InsecureConnection,
    InsufficientAccess,
    InvalidCredentials,
    LimitExceeded,
    NoSuchEntry,
    NoSuchValue,
    NotALeaf,
    PasswordRejected,
    PasswordStale,
    Referral,
    Refused,
    SchemaViolation,
    Unavailable,
    ValueExists,
    ValueTaken,
)
from app.directory.password_policy import policy_meaning

ERRORS: Mapping[int, type[DirectoryError]] = MappingProxyType(
    {
        3: LimitExceeded,  # timeLimitExceeded
        4: LimitExceeded,  # sizeLimitExceeded
        8: InsecureConnection,  # strongerAuthRequired
        11: LimitExceeded,  # adminLimitExceeded
        13: InsecureConnection,  # confidentialityRequired
        16: NoSuchValue,  # noSuchAttribute
        17: SchemaViolation,  # undefinedAttributeType
        18: SchemaViolation,  # inappropriateMatching
        19: ConstraintViolation,
        20: ValueExists,  # attributeOrValueExists
        21: SchemaViolation,  # invalidAttributeSyntax
        32: NoSuchEntry,  # noSuchObject
        34: SchemaViolation,  # invalidDNSyntax
        48: InsufficientAccess,  # inappropriateAuthentication
        49: InvalidCredentials,
        50: InsufficientAccess,  # insufficientAccessRights
        51: Unavailable,  # busy
        52: Unavailable,
        64: SchemaViolation,  # namingViolation
        65: SchemaViolation,  # objectClassViolation
        66: NotALeaf,  # notAllowedOnNonLeaf
        67: SchemaViolation,  # notAllowedOnRDN
        68: EntryExists,  # entryAlreadyExists
        69: SchemaViolation,  # objectClassModsProhibited
        71: Refused,  # affectsMultipleDSAs
        122: AssertionFailed,
    }
)

SUCCESS = 0
REFERRAL = 10


def check(
    result: Mapping[str, Any], *, doing: str, is_password: bool = False, policy: bytes | None = None
) -> None:
    """Raise the error that a result stands for, if it stands for one.

    ``doing`` says what was tried and on which entry; it becomes the message. ``policy`` is what the server says of its
    password policy beside.
    """
    code = result["result"]
    if code == SUCCESS:
        return
    kind = ERRORS.get(code, Refused)
    if is_password and kind is ConstraintViolation:
        kind = PasswordRejected
    diagnostic = result.get("message") or ""
    if code == REFERRAL:
        raise Referral(
            f"{doing}: another server is to be asked",
            code=code,
            diagnostic=diagnostic,
            urls=tuple(result.get("referrals") or ()),
        )
    # Active Directory says there what its result codes do not tell.
    kind, reason = policy_meaning(policy) or meaning_of(diagnostic) or (_narrowed(kind, diagnostic), "")
    raise kind(f"{doing}: {result['description']} ({code})", code=code, diagnostic=diagnostic, reason=reason)


def _narrowed(kind: type[DirectoryError], diagnostic: str) -> type[DirectoryError]:
    """Tell what slapo-unique(5) says no to from other rules, by its words: it has no code of its own."""
    is_taken = kind is ConstraintViolation and "not unique" in diagnostic.replace("non-unique", "not unique")
    return ValueTaken if is_taken else kind


def check_stale(policy: bytes | None, *, doing: str) -> None:
    """Raise PasswordStale where a bind was let in for nothing but another password."""
    meaning = policy_meaning(policy)
    if meaning is not None and meaning[0] is PasswordStale:
        raise PasswordStale(f"{doing}: {meaning[1]}", reason=meaning[1])


def unavailable(error: Exception, *, doing: str) -> Unavailable:
    """Say that a server could not be reached or talked to, without what a certificate or socket error may quote."""
    is_of_the_system = isinstance(error, OSError) and not isinstance(error, SSLError)
    what = str(error) if is_of_the_system else type(error).__name__
    return Unavailable(f"{doing}: {what}", diagnostic=str(error), is_overdue=is_overdue(error))


def is_overdue(error: BaseException) -> bool:
    """Tell whether the time was up, as far as the library says so."""
    # ldap3 wraps what the socket said into classes that it makes as it goes, and keeps its words alone.
    return "timed out" in str(error)
