"""What can be wrong with a SCIM request, one class for each case that a caller tells apart (RFC 7644 §3.12).

    ScimError
    ├── BadRequest                400
    │   ├── InvalidFilter         400 invalidFilter
    │   ├── TooMany               400 tooMany
    │   ├── UniquenessConflict    409 uniqueness
    │   ├── MutabilityError       400 mutability
    │   ├── InvalidSyntax         400 invalidSyntax
    │   ├── InvalidPath           400 invalidPath
    │   ├── NoTarget              400 noTarget
    │   ├── InvalidValue          400 invalidValue
    │   ├── InvalidVersion        400 invalidVers
    │   ├── Sensitive             400 sensitive
    │   ├── InvalidCursor         400 invalidCursor   (RFC 9865 §2.1)
    │   ├── ExpiredCursor         400 expiredCursor   (RFC 9865 §2.1)
    │   └── InvalidCount          400 invalidCount    (RFC 9865 §2.1)
    ├── Unauthorized              401
    ├── Forbidden                 403
    ├── NotFound                  404
    ├── MethodNotAllowed          405
    ├── NotAcceptable             406
    ├── Conflict                  409
    ├── PreconditionFailed        412
    ├── PayloadTooLarge           413
    ├── UnsupportedMediaType      415
    ├── TooManyRequests           429
    ├── ServerError               500
    ├── NotImplementedHere        501
    └── ServiceUnavailable        503

Turning an error into a response is left to the web layer.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar


class ScimError(Exception):
    """A refusal that the client is told about: ``status``, ``scimType`` where there is one, and ``detail``."""

    status: ClassVar[HTTPStatus]
    scim_type: ClassVar[str | None] = None

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.background = ""
        """What administrators are told besides: the words of whoever refused it. They may name what is no client's business."""

    @property
    def in_full(self) -> str:
        """The detail, with what administrators are told besides."""
        return f"{self.detail} ({self.background})" if self.background else self.detail


class BadRequest(ScimError):
    """The request cannot be carried out as it is written."""

    status = HTTPStatus.BAD_REQUEST


class InvalidFilter(BadRequest):
    """The filter is malformed, or compares what cannot be compared. ``column`` counts from 1, where known."""

    scim_type = "invalidFilter"

    def __init__(self, detail: str, *, column: int | None = None) -> None:
        super().__init__(detail if column is None else f"{detail} (column {column})")
        self.column = column


class TooMany(BadRequest):
    """The filter matches more than the service is willing to process."""

    scim_type = "tooMany"


class UniquenessConflict(BadRequest):
    """A value that must be unique is already taken."""

    status = HTTPStatus.CONFLICT
    scim_type = "uniqueness"


class MutabilityError(BadRequest):
    """The change is not compatible with the attribute's mutability."""

    scim_type = "mutability"


class InvalidSyntax(BadRequest):
    """The body is not what the schema of the message says."""

    scim_type = "invalidSyntax"


class InvalidPath(BadRequest):
    """A PATCH path is malformed or names no attribute."""

    scim_type = "invalidPath"


class NoTarget(BadRequest):
    """A PATCH path names nothing that could be changed."""

    scim_type = "noTarget"


class InvalidValue(BadRequest):
    """A required value is missing, or a value does not fit its attribute."""

    scim_type = "invalidValue"


class InvalidVersion(BadRequest):
    """The protocol version is not supported."""

    scim_type = "invalidVers"


class Sensitive(BadRequest):
    """The request would put sensitive information into a URI."""

    scim_type = "sensitive"


class InvalidCursor(BadRequest):
    """The cursor is not one of ours."""

    scim_type = "invalidCursor"


class ExpiredCursor(BadRequest):
    """The cursor was ours and is no longer valid."""

    scim_type = "expiredCursor"


class InvalidCount(BadRequest):
    """``count`` does not fit the cursor."""

    scim_type = "invalidCount"


class Unauthorized(ScimError):
    """Who is calling is not known."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(ScimError):
    """The caller is known and may not do this."""

    status = HTTPStatus.FORBIDDEN


class NotFound(ScimError):
    """There is no such resource or endpoint, as far as the caller may know."""

    status = HTTPStatus.NOT_FOUND

    @classmethod
    def of(cls, type_name: str) -> NotFound:
        """Say that no resource of a type has the id that was named."""
        return cls(
            f"There is no {type_name} of this id: it never was, has been deleted, or is not for this client to see. "
            f"A search with a filter finds those that there are."
        )


class MethodNotAllowed(ScimError):
    """The endpoint exists and does not answer this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED


class NotAcceptable(ScimError):
    """The client accepts no media type that we can answer in."""

    status = HTTPStatus.NOT_ACCEPTABLE


class Conflict(ScimError):
    """The request is fine by itself and does not fit the state of things."""

    status = HTTPStatus.CONFLICT


class PreconditionFailed(ScimError):
    """The resource has changed since the version that the client named."""

    status = HTTPStatus.PRECONDITION_FAILED

    @classmethod
    def by(cls, header: str) -> PreconditionFailed:
        """Say that the present version is not one that a header of the request allows."""
        return cls(
            f"The resource is not at a version that {header} allows: it has changed. "
            f"Read it again, and repeat the request for the version that it has then."
        )


class PayloadTooLarge(ScimError):
    """The body is larger than the announced limit."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMediaType(ScimError):
    """The body is neither application/scim+json nor application/json."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class TooManyRequests(ScimError):
    """The caller is over its rate. ``retry_after_seconds`` is when to come back."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class ServerError(ScimError):
    """We failed, and it is not the client's doing."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class NotImplementedHere(ScimError):
    """The service does not offer this."""

    status = HTTPStatus.NOT_IMPLEMENTED


class ServiceUnavailable(ScimError):
    """What is behind us does not answer now. ``retry_after_seconds`` is when to come back."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, detail: str, *, retry_after_seconds: int = 5) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
