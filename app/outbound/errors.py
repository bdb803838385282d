"""What can go wrong on the way to another system, besides what that system itself says.

ServiceUnavailable        503
├── Busy                  it says itself when to come back
├── Unreachable           nothing has been done there
└── OutcomeUnknown        it may have been done, and the answer was lost
ServerError               500
└── Misconfigured         no request will succeed until somebody changes the connector or the system
UniquenessConflict        409
└── TakenBy               the system has it already, and it is another resource of ours
"""

from __future__ import annotations

from datetime import datetime

from app.scim.errors import (
    ScimError,
    ServerError,
    ServiceUnavailable,
    TooManyRequests,
    UniquenessConflict,
)


class Busy(ServiceUnavailable):
    """The system asked us to leave it alone for ``retry_after_seconds``."""


class Unreachable(ServiceUnavailable):
    """The system was not reached, so it has done nothing."""


class OutcomeUnknown(ServiceUnavailable):
    """The request was sent and no answer came that tells whether it was carried out."""


class Postponed(Exception):
    """Something else has to be done before, which will not be tried earlier than ``due``. That is no failure."""

    def __init__(self, reason: str, due: datetime | None = None) -> None:
        super().__init__(reason)
        self.due = due


class TakenBy(UniquenessConflict):
    """What the system has by that name is another resource of ours: ``resource_id``."""

    def __init__(self, detail: str, resource_id: str = "") -> None:
        super().__init__(detail)
        self.resource_id = resource_id


class Misconfigured(ServerError):
    """The system refuses us, or is not what the connector says."""


def is_transient(error: ScimError) -> bool:
    """Tell whether the same request may succeed later, without anybody changing it."""
    return isinstance(error, ServiceUnavailable | TooManyRequests | ServerError)


def told(connector: str, error: ScimError) -> ScimError:
    """Say which connector an error is about, for the client. What is no fault of its request is 503 to it."""
    detail = f"The connector {connector} said: {error.detail}"
    if isinstance(error, OutcomeUnknown):
        return OutcomeUnknown(detail, retry_after_seconds=error.retry_after_seconds)
    if isinstance(error, ServerError):
        return ServiceUnavailable(detail, retry_after_seconds=60)
    if isinstance(error, ServiceUnavailable | TooManyRequests):
        return ServiceUnavailable(detail, retry_after_seconds=error.retry_after_seconds)
    return type(error)(detail)
