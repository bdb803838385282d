"""The envelopes of SCIM's answers: list responses and errors (RFC 7644 §3.4.2, §3.12; RFC 9865 §2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Generic, TypeVar

from app.scim.errors import (
    BadRequest,
    InvalidSyntax,
    ScimError,
    ServerError,
    ServiceUnavailable,
    TooManyRequests,
)
from app.scim.fields import kind_of
from app.scim.resource import is_complex, is_list
from app.scim.schema import Value

LIST_RESPONSE_URN: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR_URN: Final = "urn:ietf:params:scim:api:messages:2.0:Error"


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ListResponse(Generic[Item]):
    """A part of what was found. ``start_index`` is None for pages by cursor, ``total_results`` where nobody knows.

    The resources are documents, or JSON text that they have been written out to already.
    """

    resources: Sequence[Item]
    total_results: int | None
    start_index: int | None = 1
    next_cursor: str | None = None
    previous_cursor: str | None = None

    @property
    def envelope(self) -> dict[str, Value]:
        """All of the document but ``Resources``."""
        members: dict[str, Value] = {
            "schemas": [LIST_RESPONSE_URN],
            "totalResults": self.total_results,
            "startIndex": self.start_index,
            "itemsPerPage": len(self.resources),
            "nextCursor": self.next_cursor,
            "previousCursor": self.previous_cursor,
        }
        return {name: value for name, value in members.items() if value is not None}


def dump_list_response(response: ListResponse[Mapping[str, Value]]) -> dict[str, Value]:
    """Write a list response; ``Resources`` is there even when it is empty."""
    return {**response.envelope, "Resources": list(response.resources)}


def parse_list_response(body: Value) -> ListResponse[Mapping[str, Value]]:
    """Read another service's list response. Raises InvalidSyntax."""
    members = _members(body)
    resources = members.get("resources")
    if resources is not None and not is_list(resources):
        raise InvalidSyntax(f"Resources: expected a list, got {kind_of(resources)}")
    return ListResponse(
        resources=[_resource(resource) for resource in resources or ()],
        total_results=_whole(members.get("totalresults")),
        start_index=_whole(members.get("startindex")),
        next_cursor=_text(members.get("nextcursor")),
        previous_cursor=_text(members.get("previouscursor")),
    )


def dump_error(error: ScimError) -> dict[str, Value]:
    """Write an error; the status is a string (RFC 7644 §3.12)."""
    document: dict[str, Value] = {"schemas": [ERROR_URN], "status": str(int(error.status))}
    if error.scim_type is not None:
        document["scimType"] = error.scim_type
    return {**document, "detail": error.detail}


def parse_error(status: int, body: Value, *, retry_after_seconds: int = 5) -> ScimError:
    """Read another service's error; what it says about itself may be nothing at all."""
    members = _members(body) if is_complex(body) else {}
    detail = _text(members.get("detail")) or _reason(status)
    kind = _kinds().get((status, _text(members.get("scimtype")))) or _kinds().get((status, None))
    if kind is None:
        kind = BadRequest if status < HTTPStatus.INTERNAL_SERVER_ERROR else ServerError
    if issubclass(kind, TooManyRequests | ServiceUnavailable):
        return kind(detail, retry_after_seconds=retry_after_seconds)
    return kind(detail)


def _kinds() -> dict[tuple[int, str | None], type[ScimError]]:
    # Other layers refine some of these: what a service says is one of RFC 7644's errors.
    own = (kind for kind in _below(ScimError) if kind.__module__ == ScimError.__module__)
    return {(kind.status, kind.scim_type): kind for kind in own}


def _below(kind: type[ScimError]) -> Iterator[type[ScimError]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _below(sub)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"status {status}"


def _members(body: Value) -> dict[str, Value]:
    if not is_complex(body):
        raise InvalidSyntax(f"the body must be a JSON object, got {kind_of(body)}")
    return {name.lower(): value for name, value in body.items()}


def _resource(value: Value) -> Mapping[str, Value]:
    if not is_complex(value):
        raise InvalidSyntax(f"Resources: expected objects, got {kind_of(value)}")
    return value


def _whole(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None
