"""What a directory can answer but success, one class for each case that a caller tells apart.

    DirectoryError
    ├── EntryExists            entryAlreadyExists (68)
    ├── NoSuchEntry            noSuchObject (32)
    ├── AssertionFailed        assertionFailed (122)
    ├── ValueExists            attributeOrValueExists (20)
    ├── NoSuchValue            noSuchAttribute (16)
    ├── ConstraintViolation    constraintViolation (19): a uniqueness, count or password rule
    │   ├── PasswordRejected   the password rules said no
    │   │   └── PasswordKept   the password may not be changed, or not yet, whatever the new one is
    │   └── ValueTaken         another entry has a value that one alone may have
    ├── SchemaViolation        objectClassViolation (65), undefinedAttributeType (17), invalidAttributeSyntax (21), …
    ├── NotALeaf               notAllowedOnNonLeaf (66)
    ├── InvalidCredentials     invalidCredentials (49)
    │   └── PasswordStale      the password is right, but has expired or must be changed first
    ├── InsufficientAccess     insufficientAccessRights (50)
    ├── LimitExceeded          timeLimitExceeded (3), sizeLimitExceeded (4), adminLimitExceeded (11)
    ├── Unavailable            busy (51), unavailable (52), no server answers, or no connection is free
    │   ├── ConnectionLost     the connection was lost, and nothing was to be changed over it
    │   └── OutcomeUnknown     the connection was lost after a write was sent
    ├── InsecureConnection     a secret would have gone over an unprotected connection
    └── Refused                any other result; ``code`` tells which
        └── Referral           referral (10): another server is to be asked

Every error carries the server's diagnostic message in ``diagnostic``; it may name entries, so it is for logs and
administrators, not for SCIM clients. ``reason`` is what is known to be meant by it, in words for everybody.
"""

from __future__ import annotations


class DirectoryError(Exception):
    """A directory did not do what it was asked."""

    def __init__(
        self, message: str, *, code: int | None = None, diagnostic: str = "", reason: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.diagnostic = diagnostic
        self.reason = reason


class EntryExists(DirectoryError):
    """An entry of that name is there already."""


class NoSuchEntry(DirectoryError):
    """There is no entry of that name."""


class AssertionFailed(DirectoryError):
    """The entry is not in the state that the change was made for."""


class ValueExists(DirectoryError):
    """The value to be added is there already."""


class NoSuchValue(DirectoryError):
    """The value to be deleted is not there."""


class ConstraintViolation(DirectoryError):
    """A value breaks a rule that the server holds."""


class PasswordRejected(ConstraintViolation):
    """The server's password rules refuse the password."""


class PasswordKept(PasswordRejected):
    """The password may not be changed, or not yet, whatever the new one is."""


class ValueTaken(ConstraintViolation):
    """Another entry has the value, which one alone may have."""


class SchemaViolation(DirectoryError):
    """The entry would not fit the directory's schema."""


class NotALeaf(DirectoryError):
    """The entry has entries below it."""


class InvalidCredentials(DirectoryError):
    """The name or the password is wrong."""


class PasswordStale(InvalidCredentials):
    """The password is right, but has expired or must be changed before anything else."""


class InsufficientAccess(DirectoryError):
    """The service account may not do this."""


class LimitExceeded(DirectoryError):
    """The server stopped at a limit of time, size or administration."""


class Unavailable(DirectoryError):
    """No server answers now. ``retry_after_seconds`` tells when to ask again, where somebody knows.

    ``is_overdue`` tells that an answer did not come in time, so that the server may still be at work on it.
    """

    def __init__(  # noqa: PLR0913 - facts, each by its name
        self,
        message: str,
        *,
        code: int | None = None,
        diagnostic: str = "",
        reason: str = "",
        retry_after_seconds: float | None = None,
        is_overdue: bool = False,
    ) -> None:
        super().__init__(message, code=code, diagnostic=diagnostic, reason=reason)
        self.retry_after_seconds = retry_after_seconds
        self.is_overdue = is_overdue


class ConnectionLost(Unavailable):
    """A question was asked and no answer came back."""


class OutcomeUnknown(Unavailable):
    """A write was sent and no answer came back: it may have been carried out."""


class InsecureConnection(DirectoryError):
    """The operation carries a secret and the connection is not protected."""


class Refused(DirectoryError):
    """The server said no for a reason that nobody here tells apart."""


class Referral(Refused):
    """Another server is to be asked; ``urls`` name it, in the referring server's order of preference."""

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        diagnostic: str = "",
        reason: str = "",
        urls: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, code=code, diagnostic=diagnostic, reason=reason)
        self.urls = urls
