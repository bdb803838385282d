"""Bulk requests are read, checked by operation, and their references replaced."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from app.scim.bulk import (
    BulkOperation,
    BulkRequest,
    BulkResult,
    check,
    dump_bulk_request,
    dump_bulk_response,
    parse_bulk,
    references,
    with_ids,
)
from app.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, PayloadTooLarge, ScimError
from app.scim.messages import parse_error
from app.scim.schema import Value
from tests.scim.samples import read

REQUESTS = (
    "3.7.1-circular-references",
    "3.7.2-temporary-identifiers",
    "3.7.2-manager-by-bulk-id",
    "3.7.3-bulk-request",
)


@pytest.mark.parametrize("name", REQUESTS)
def test_rfc_requests(name: str) -> None:
    """The bulk requests of RFC 7644 §3.7 are sound, and written as they were read."""
    document = read(f"rfc/rfc7644-{name}.json")

    request = parse_bulk(document, max_operations=4)

    for operation in request.operations:
        check(operation)
    assert dump_bulk_request(request) == document


RESPONSES = ("3.7.2-temporary-identifiers-response", "3.7.3-bulk-response", "3.7.3-all-failed-bulk-response")


@pytest.mark.parametrize("name", RESPONSES)
def test_rfc_responses(name: str) -> None:
    """The bulk responses of RFC 7644 §3.7 are what the results of their operations make."""
    document = read(f"rfc/rfc7644-{name}.json")
    results = [
        BulkResult(
            BulkOperation(each["method"], "", each.get("bulkId")),
            HTTPStatus(int(each["status"])),
            each.get("location"),
            each.get("version"),
            parse_error(int(each["status"]), each["response"]) if "response" in each else None,
        )
        for each in document["Operations"]
    ]

    assert dump_bulk_response(results) == document


def test_path() -> None:
    """A path has an endpoint and perhaps an id."""
    operation = BulkOperation("PUT", "/Users/bulkId:a")

    assert (operation.endpoint, operation.resource_id) == ("/Users", "bulkId:a")
    assert BulkOperation("POST", "/Users").resource_id is None


def test_rfc_failed_response() -> None:
    """A failed operation's response is its error, as in RFC 7644 §3.7.3."""
    error = InvalidSyntax("Request is unparsable, syntactically incorrect, or violates schema.")
    result = BulkResult(BulkOperation("POST", "/Users", "qwerty"), error.status, error=error)

    assert dump_bulk_response([result]) == read("rfc/rfc7644-3.7.3-failed-bulk-response.json")


def test_lenient() -> None:
    """Names and methods come in any case, and 0 errors means that nothing stops the rest."""
    body: Value = {"operations": [{"METHOD": "delete", "Path": "/Users/1"}], "failonerrors": 0}

    assert parse_bulk(body, max_operations=1) == BulkRequest((BulkOperation("DELETE", "/Users/1"),))


@pytest.mark.parametrize(
    ("body", "error", "detail"),
    [
        pytest.param(5, InvalidSyntax, "the body must be a JSON object, got a number", id="body"),
        pytest.param({}, InvalidSyntax, "Operations: expected a list, got null", id="no operations"),
        pytest.param({"Operations": [1]}, InvalidSyntax, "an operation must be a JSON object, got a number", id="operation"),
        pytest.param({"Operations": [{"method": 1}]}, InvalidSyntax, "method: expected a string, got a number", id="method"),
        pytest.param({"Operations": [{}] * 3}, PayloadTooLarge, "a bulk request may have 2 operations, this one has 3", id="too many"),
        pytest.param({"Operations": [{"bulkId": "a"}] * 2}, InvalidValue, "a bulkId must be unique within the request", id="twins"),
        pytest.param({"Operations": [], "failOnErrors": "1"}, InvalidValue, "failOnErrors must be a whole number that is not negative", id="failOnErrors"),
        pytest.param({"Operations": [], "failOnErrors": -1}, InvalidValue, "failOnErrors must be a whole number that is not negative", id="negative"),
        pytest.param({"Operations": [], "failOnErrors": True}, InvalidValue, "failOnErrors must be a whole number that is not negative", id="boolean"),
    ],
)  # fmt: skip
def test_refused(body: Value, error: type[ScimError], detail: str) -> None:
    """A request that is wrong as a whole is refused as a whole."""
    with pytest.raises(error) as raised:
        parse_bulk(body, max_operations=2)

    assert raised.value.detail == detail


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        pytest.param(BulkOperation("GET", "/Users/1"), InvalidSyntax, id="method"),
        pytest.param(BulkOperation("POST", "", "a", data={}), InvalidPath, id="no path"),
        pytest.param(BulkOperation("POST", "Users", "a", data={}), InvalidPath, id="no slash"),
        pytest.param(BulkOperation("POST", "/Users/1", "a", data={}), InvalidPath, id="POST to a resource"),
        pytest.param(BulkOperation("PUT", "/Users", data={}), InvalidPath, id="PUT to an endpoint"),
        pytest.param(BulkOperation("POST", "/Users", data={}), InvalidValue, id="POST without bulkId"),
        pytest.param(BulkOperation("PATCH", "/Users/1"), InvalidValue, id="no data"),
    ],
)
def test_check(operation: BulkOperation, error: type[ScimError]) -> None:
    """An operation that cannot be tried has an error of its own."""
    with pytest.raises(error):
        check(operation)


DATA: Value = {
    "members": [{"value": "bulkId:a", "$ref": "../Users/bulkId:b"}, {"value": "bulkId:unknown"}],
    "Operations": [{"op": "remove", "path": 'members[value eq "bulkId:a"]', "value": [True, None]}],
    "displayName": "no bulkId:a here",
}


def test_references() -> None:
    """References are whole values, segments of URIs and strings in filters."""
    operation = BulkOperation("PATCH", "/Groups/bulkId:g", data=DATA)

    assert references(operation) == {"g", "a", "b", "unknown"}


def test_with_ids() -> None:
    """Known references become ids, and all else stays."""
    assert with_ids(DATA, {"a": "1", "b": "2"}) == {
        "members": [{"value": "1", "$ref": "../Users/2"}, {"value": "bulkId:unknown"}],
        "Operations": [{"op": "remove", "path": 'members[value eq "1"]', "value": [True, None]}],
        "displayName": "no bulkId:a here",
    }
