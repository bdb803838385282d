"""What a directory's refusal means to a SCIM client: one table, and sentences that name SCIM attributes, not entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from app.directory.errors import (
    ConstraintViolation,
    DirectoryError,
    EntryExists,
    InsecureConnection,
    InsufficientAccess,
    InvalidCredentials,
    LimitExceeded,
    NoSuchEntry,
    NotALeaf,
    OutcomeUnknown,
    PasswordKept,
    PasswordRejected,
    Refused,
    SchemaViolation,
    Unavailable,
    ValueTaken,
)
from app.directory.plan import PlanFailed
from app.mapping.model import SchemaMap
from app.scim.errors import (
    Conflict,
    InvalidValue,
    MutabilityError,
    NotFound,
    ScimError,
    ServerError,
    ServiceUnavailable,
    TooMany,
    UniquenessConflict,
)
from app.telemetry import get_logger

_log = get_logger(__name__)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]+")
_DN = re.compile(r"""(?:[\w.-]+=(?:\\.|[^,\\<>"])*,\s*)+[\w.-]+=(?:\\.|[^,\\<>"'])*""")
"""A name of at least two parts."""
_NO_NAME = frozenset({"invalid dn", "invalid new rdn"})
"""slapd's words for a name that is too long."""
NO_PLACE = "The resource"
_MAX_WORDS = 500
_SEE_LOG = "Landbridge's log and activity tell why"
MADE_UNSHOWN = (
    "The change was made, but the directory does not show at present what came of it. "
    "Read the resource before trying again."
)
_SOON = "as soon as the directory can be reached."
_NOT_UNIQUE = "some attributes not unique"  # slapo-unique's words


def to_scim_error(error: DirectoryError, schema_map: SchemaMap | None = None) -> ScimError:
    """Say what a directory's error means to the client; its own words go with it, for administrators."""
    found = _meaning(error, schema_map)
    found.background = _words(error)
    if isinstance(found, ServerError | ServiceUnavailable) and not _is_known_to_be_down(error):
        # No client can do anything about it, and what he is told does not tell why.
        about = {"reason": str(error)} if isinstance(error, InvalidCredentials | InsecureConnection) else {}
        kind = type(error).__name__
        _log.warning("directory_failed", kind=kind, code=error.code, diagnostic=error.diagnostic, **about)
    return found


def _is_known_to_be_down(error: DirectoryError) -> bool:
    # That was logged when it was found out, and is not said again for each request.
    return isinstance(error, Unavailable) and error.retry_after_seconds is not None


def _words(error: DirectoryError) -> str:
    said = " ".join(error.diagnostic.split())[:_MAX_WORDS]
    result = "" if error.code is None else f"LDAP result {error.code}"
    return ": ".join(filter(None, (result, said)))


def _meaning(error: DirectoryError, schema_map: SchemaMap | None) -> ScimError:
    match error:
        case OutcomeUnknown():
            return ServiceUnavailable(
                "The connection to the directory was lost after the change was sent: it may or may not have been made. "
                "Read the resource before trying again."
            )
        case Unavailable(retry_after_seconds=float(seconds)):
            return ServiceUnavailable(
                "The directory cannot be used at present.", retry_after_seconds=max(1, ceil(seconds))
            )
        case InvalidCredentials() | InsecureConnection() | Unavailable():
            return ServiceUnavailable("The directory cannot be used at present.")
        case EntryExists():
            return UniquenessConflict(f"{_naming_place(schema_map)}: a resource of that name exists already.")
        case NoSuchEntry():
            return NotFound(
                "The resource is not there any more: it has just been deleted, or moved to where it is not seen."
            )
        case NotALeaf():
            return Conflict("The entry has entries below it in the directory, and is not deleted with them.")
        case PasswordKept():
            return MutabilityError(f"password: the directory refuses to change it: {_reason(error)}")
        case PasswordRejected():
            return InvalidValue(
                f"password: the directory refuses it: "
                f"{error.reason or _without_names(error.diagnostic) or 'it breaks a password rule'}"
            )
        case ValueTaken():
            return UniquenessConflict(f"{_place(error, schema_map)}: {error.reason}.")
        case ConstraintViolation() if _NOT_UNIQUE in error.diagnostic:
            return UniquenessConflict(f"{_place(error, schema_map)}: the value is taken already.")
        case ConstraintViolation() | SchemaViolation():
            return InvalidValue(
                f"{_place(error, schema_map)}: the directory refuses the value: {_reason(error)}"
            )
        case LimitExceeded():
            return TooMany("The directory stopped at one of its limits; ask for less, by a narrower filter.")
        case InsufficientAccess():
            return ServerError("The directory does not allow Landbridge's service account to do this.")
        case Refused() if error.reason:
            return Conflict(f"The directory refuses this: {error.reason}.")
        case Refused(code=80):  # other: RFC 4511 §A.2, an internal error
            return ServerError(f"The directory failed by an error of its own; {_SEE_LOG}.")
        case _:
            return ServerError(f"The directory refused the operation; {_SEE_LOG}.")


@contextmanager
def telling_that_it_was_made() -> Iterator[None]:
    """Have a client whose write was made be told so, where the directory does not show what came of it."""
    try:
        yield
    except ServiceUnavailable as error:
        told = ServiceUnavailable(MADE_UNSHOWN, retry_after_seconds=error.retry_after_seconds)
        told.background = error.background
        raise told from error


def failed_plan(error: PlanFailed, schema_map: SchemaMap, *, is_followed_up: bool = False) -> ScimError:
    """Say how far a plan got that failed, and whether somebody will see to the rest."""
    found = to_scim_error(error.cause, schema_map)
    is_unknown = isinstance(error.cause, OutcomeUnknown)
    in_force = error.left[:-1] if is_unknown else error.left
    if not in_force:
        return found
    steps = ", ".join(type(left.operation).__name__ for left in in_force)
    partly: ScimError
    if is_unknown:
        partly = ServiceUnavailable(
            f"{found.detail} These steps before it were made: {steps}."
            f"{' Landbridge will find out, and undo what was made in part, ' + _SOON if is_followed_up else ''}"
        )
    else:
        partly = ServerError(
            f"{found.detail} The change was made in part, and these steps could not be undone: {steps}."
            f"{' They will be, ' + _SOON if is_followed_up else ''}"
        )
    partly.background = found.background
    return partly


def _place(error: DirectoryError, schema_map: SchemaMap | None) -> str:
    """Name the SCIM attribute behind the first directory attribute that the server's message mentions."""
    places = _places(schema_map) if schema_map else {}
    found = next((places[word] for word in _WORD.findall(error.diagnostic.lower()) if word in places), None)
    if found is None and error.diagnostic.lower() in _NO_NAME:
        return _naming_place(schema_map)
    return found or NO_PLACE


def _places(schema_map: SchemaMap) -> dict[str, str]:
    """Name the SCIM attributes that directory attributes are, or are made of."""
    made = {
        fixed.attribute.lower(): ", ".join(map(str, dict.fromkeys(fixed.paths)))
        for fixed in schema_map.entry.attributes
        if fixed.paths
    }
    return made | {rule.attribute.lower(): str(rule.place) for rule in schema_map.rules}


def _naming_place(schema_map: SchemaMap | None) -> str:
    """Name the SCIM attribute by which entries are named."""
    return _places(schema_map).get(schema_map.entry.rdn.lower(), NO_PLACE) if schema_map else NO_PLACE


def _reason(error: DirectoryError) -> str:
    if error.diagnostic.lower() in _NO_NAME:
        return "it is too long for the name of an entry, or cannot be one"
    return error.reason or _without_names(error.diagnostic) or "it does not fit the directory's schema"


def _without_names(diagnostic: str) -> str:
    """Take the names of entries out of a server's message: they are for administrators."""
    return _DN.sub("an entry", diagnostic)
