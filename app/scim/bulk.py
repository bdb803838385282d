"""Bulk requests and answers (RFC 7644 §3.7), and the references between a request's operations.

Carrying the operations out, and in which order, is left to the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from app.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, PayloadTooLarge, ScimError
from app.scim.fields import kind_of
from app.scim.messages import dump_error
from app.scim.resource import is_complex, is_list
from app.scim.schema import Value

BULK_REQUEST_URN: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE_URN: Final = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PATH: Final = re.compile(r"(?P<endpoint>/[^/?#\s]+)(?:/(?P<id>[^/?#\s]+))?\Z")
# A whole value, a segment of a URI, or a string in a filter
_REFERENCE: Final = re.compile(r"(?:(?<=^)|(?<=[/\"]))bulkId:(?P<id>[^\s/\"]+)")


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One request within a bulk request. ``resource_id`` may be a reference, ``bulkId:…``."""

    method: str
    path: str
    bulk_id: str | None = None
    version: str | None = None
    data: Value = None

    @property
    def endpoint(self) -> str:
        """The part of the path that names the resource type."""
        return self._split()[0]

    @property
    def resource_id(self) -> str | None:
        """The part of the path that names the resource."""
        return self._split()[1]

    def _split(self) -> tuple[str, str | None]:
        found = _PATH.match(self.path)
        if found is None:
            raise InvalidPath("path must be an endpoint, such as /Users, or one with an id")
        return found["endpoint"], found["id"]


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """The operations in the client's order. After ``fail_on_errors`` errors the rest is left; None means never."""

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None = None


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of an operation. ``location`` is missing only when a POST failed."""

    operation: BulkOperation
    status: HTTPStatus
    location: str | None = None
    version: str | None = None
    error: ScimError | None = None


def parse_bulk(body: Value, *, max_operations: int) -> BulkRequest:
    """Read a bulk request. Raises InvalidSyntax, InvalidValue and PayloadTooLarge.

    What is wrong with a single operation is that operation's own error: see ``check``.
    """
    members = _members(body, "the body")
    listed = members.get("operations")
    if not is_list(listed):
        raise InvalidSyntax(f"Operations: expected a list, got {kind_of(listed)}")
    if len(listed) > max_operations:
        # RFC 7644 §3.7.4
        raise PayloadTooLarge(
            f"a bulk request may have {max_operations} operations, this one has {len(listed)}"
        )
    operations = tuple(_operation(each) for each in listed)
    _refuse_twins(operation.bulk_id for operation in operations)
    return BulkRequest(operations, _fail_on_errors(members.get("failonerrors")))


def check(operation: BulkOperation) -> None:
    """Make sure that an operation can be tried. Raises InvalidSyntax, InvalidPath and InvalidValue."""
    if operation.method not in _METHODS:
        raise InvalidSyntax("method must be POST, PUT, PATCH or DELETE")
    is_post = operation.method == "POST"
    if is_post != (operation.resource_id is None):
        raise InvalidPath("path must be an endpoint for POST, and name a resource for every other method")
    if is_post and not operation.bulk_id:
        # RFC 7644 §3.7: bulkId is REQUIRED when the method is POST.
        raise InvalidValue("bulkId is required for POST")
    if operation.method != "DELETE" and operation.data is None:
        raise InvalidValue(f"data is required for {operation.method}")


def references(operation: BulkOperation) -> frozenset[str]:
    """Find the bulkIds that an operation's path and data refer to."""
    texts = [operation.path, *_texts(operation.data)]
    return frozenset(found["id"] for text in texts for found in _REFERENCE.finditer(text))


def with_ids(value: Value, ids: Mapping[str, str]) -> Value:
    """Put ids in the place of references to them; references to other bulkIds stay."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: ids.get(found["id"], found[0]), value)
    if is_complex(value):
        return {name: with_ids(below, ids) for name, below in value.items()}
    if is_list(value):
        return [with_ids(below, ids) for below in value]
    return value


def dump_bulk_request(request: BulkRequest) -> dict[str, Value]:
    """Write a bulk request."""
    document: dict[str, Value] = {"schemas": [BULK_REQUEST_URN]}
    if request.fail_on_errors is not None:
        document["failOnErrors"] = request.fail_on_errors
    return {**document, "Operations": [_dump_operation(operation) for operation in request.operations]}


def dump_bulk_response(results: Sequence[BulkResult]) -> dict[str, Value]:
    """Write the answer to a bulk request; a status is a string, and an error is the operation's response."""
    return {"schemas": [BULK_RESPONSE_URN], "Operations": [_dump_result(result) for result in results]}


def _dump_operation(operation: BulkOperation) -> dict[str, Value]:
    document = {
        "method": operation.method,
        "path": operation.path,
        "bulkId": operation.bulk_id,
        "version": operation.version,
        "data": operation.data,
    }
    return {name: value for name, value in document.items() if value is not None}


def _dump_result(result: BulkResult) -> dict[str, Value]:
    document: dict[str, Value] = {
        "location": result.location,
        "method": result.operation.method,
        "bulkId": result.operation.bulk_id,
        "version": result.version,
        "status": str(int(result.status)),
        "response": dump_error(result.error) if result.error else None,
    }
    return {name: value for name, value in document.items() if value is not None}


def _operation(value: Value) -> BulkOperation:
    members = _members(value, "an operation")
    return BulkOperation(
        method=(_text(members, "method") or "").upper(),
        path=_text(members, "path") or "",
        bulk_id=_text(members, "bulkId"),
        version=_text(members, "version"),
        data=members.get("data"),
    )


def _members(value: Value, what: str) -> dict[str, Value]:
    if not is_complex(value):
        raise InvalidSyntax(f"{what} must be a JSON object, got {kind_of(value)}")
    return {name.lower(): below for name, below in value.items()}


def _text(members: Mapping[str, Value], name: str) -> str | None:
    value = members.get(name.lower())
    if value is not None and not isinstance(value, str):
        raise InvalidSyntax(f"{name}: expected a string, got {kind_of(value)}")
    return value


def _fail_on_errors(value: Value) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidValue("failOnErrors must be a whole number that is not negative")
    # RFC 7644 §3.7 gives 0 no meaning; clients that send it mean that nothing should stop the rest.
    return value or None


def _refuse_twins(bulk_ids: Iterable[str | None]) -> None:
    seen: set[str] = set()
    for bulk_id in bulk_ids:
        if bulk_id in seen:
            raise InvalidValue("a bulkId must be unique within the request")
        if bulk_id:
            seen.add(bulk_id)


def _texts(data: Value) -> Iterator[str]:
    left = [data]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif is_complex(value):
            left.extend(value.values())
        elif is_list(value):
            left.extend(value)
