"""List responses and errors are written and read."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from app.scim.errors import (
    BadRequest,
    Conflict,
    InvalidFilter,
    InvalidSyntax,
    MutabilityError,
    NotFound,
    ScimError,
    ServerError,
    ServiceUnavailable,
    TooManyRequests,
    UniquenessConflict,
)
from app.scim.messages import (
    ListResponse,
    dump_error,
    dump_list_response,
    parse_error,
    parse_list_response,
)
from app.scim.schema import Value
from tests.scim.samples import read


@pytest.mark.parametrize(
    "name",
    [
        "rfc7644-3.4.2.4-pagination",
        "rfc9865-2-first-page",
        "rfc9865-2-following-page",
        "rfc9865-2-page-by-cursor-unasked",
    ],
)
def test_rfc_lists(name: str) -> None:
    """The RFCs' list responses are written as they were read."""
    document = read(f"rfc/{name}.json")

    assert dump_list_response(parse_list_response(document)) == document


def test_rfc_list_without_pages() -> None:
    """A list response need not say where it starts."""
    for name in ("3.4.2-list-response", "3.7.1-circular-list-response"):
        document = read(f"rfc/rfc7644-{name}.json")

        assert parse_list_response(document) == ListResponse(document["Resources"], 2, None)


def test_rfc_list_in_part() -> None:
    """RFC 7644 §3.4.3 shows two of the ten resources of its page."""
    document = read("rfc/rfc7644-3.4.3-search-response.json")

    assert parse_list_response(document) == ListResponse(document["Resources"], 100, 1)


def test_empty_list() -> None:
    """A list of nothing has its Resources all the same."""
    assert dump_list_response(ListResponse((), 0)) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    }


def test_bare_list() -> None:
    """RFC 7644 §3.4.2: without results Resources may be missing; numbers that are none are left out."""
    assert parse_list_response({"totalresults": True}) == ListResponse([], None, None)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param("x", "the body must be a JSON object, got a string", id="body"),
        pytest.param({"Resources": {}}, "Resources: expected a list, got an object", id="list"),
        pytest.param({"Resources": [1]}, "Resources: expected objects, got a number", id="resource"),
    ],
)
def test_no_list(body: Value, detail: str) -> None:
    """What is no list response is refused."""
    with pytest.raises(InvalidSyntax) as raised:
        parse_list_response(body)

    assert raised.value.detail == detail


@pytest.mark.parametrize(
    "document", [*read("rfc/rfc7644-3.12-errors.json"), read("rfc/rfc7644-3.7.4-too-large.json")]
)
def test_rfc_errors(document: dict[str, Value]) -> None:
    """The errors of RFC 7644 §3.7.4 and §3.12 are written as they were read."""
    assert dump_error(parse_error(int(str(document["status"])), document)) == document


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        pytest.param(400, {"scimType": "invalidFilter", "detail": "x"}, InvalidFilter("x"), id="scimType"),
        pytest.param(400, {"SCIMTYPE": "mutability"}, MutabilityError("Bad Request"), id="no detail"),
        pytest.param(400, {"scimType": "strange"}, BadRequest("Bad Request"), id="unknown scimType"),
        pytest.param(409, {"scimType": "uniqueness"}, UniquenessConflict("Conflict"), id="uniqueness"),
        pytest.param(409, None, Conflict("Conflict"), id="no body"),
        pytest.param(404, "gone", NotFound("Not Found"), id="no object"),
        pytest.param(418, {}, BadRequest("I'm a Teapot"), id="unknown 4xx"),
        pytest.param(599, {}, ServerError("status 599"), id="unknown 5xx"),
        pytest.param(429, {}, TooManyRequests("Too Many Requests", retry_after_seconds=9), id="too many"),
        pytest.param(
            503, {}, ServiceUnavailable("Service Unavailable", retry_after_seconds=9), id="unavailable"
        ),
    ],
)
def test_parse_error(status: int, body: Value, error: ScimError) -> None:
    """Another service's error becomes one of ours, however little it says."""
    read_error = parse_error(status, body, retry_after_seconds=9)

    assert (type(read_error), vars(read_error)) == (type(error), vars(error))


def test_dump_error() -> None:
    """A status is a string, and a scimType is there only where there is one."""
    assert dump_error(NotFound("no such user")) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": str(int(HTTPStatus.NOT_FOUND)),
        "detail": "no such user",
    }
