"""Whatever a client gets wrong is told to it: a status of the 400s, the scimType, and a sentence that says what to change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.web.scim.bridge import ENTERPRISE, HOST, PATCH, Bridge, problem, read

pytestmark = pytest.mark.directory
NOBODY: Final = "2819c223-7f76-453a-919d-413861904646"
SYNTAX, VALUE, FILTER, PATH = "invalidSyntax", "invalidValue", "invalidFilter", "invalidPath"


@pytest.fixture(scope="module")
def ground(shared_bridge: Bridge) -> tuple[Bridge, dict[str, str]]:
    """Give a service with a user and a group."""
    shared_bridge.directory.clear()
    jo = shared_bridge.user("jo", title="Boss", emails=[{"value": "jo@x", "type": "work"}])
    team = shared_bridge.group("Team", jo["id"])
    return shared_bridge, {"U": f"/Users/{jo['id']}", "G": f"/Groups/{team['id']}"}


def refusal(answer: TestResponse) -> tuple[int, str | None, str]:
    """Return an error's status, scimType and detail; it must be a well-formed one, and name nothing of the inside."""
    status, scim_type = problem(answer)
    detail = read(answer)["detail"]
    for inside in ("Traceback", "dc=", "DC=", "ou=", "ldap", "site-packages", ".py", "marshmallow"):
        assert inside not in detail
    return status, scim_type, detail


def is_refused(answer: TestResponse, expected: tuple[int, str | None, str]) -> None:
    """Hold an answer to a status, a scimType, and the beginning of its detail."""
    status, scim_type, detail = refusal(answer)
    assert (status, scim_type, detail[: len(expected[2])]) == expected


JSON_TEXTS: Final[Mapping[str, tuple[str | bytes, str]]] = {
    "nothing": ("", "not JSON: Expecting value (line 1, column 1)"),
    "cut off": ("{", "not JSON: Expecting property name enclosed in double quotes (line 1, column 2)"),
    # "Expecting property name", and since Python 3.13 "Illegal trailing comma".
    "comma": ('{"userName":"x",}', "not JSON: "),
    "quotes": ("{'userName':'x'}", "not JSON: Expecting property name"),
    "more": ('{"userName":"x"} x', "not JSON: Extra data (line 1, column 18)"),
    "tab": ('{"userName":"x\ty"}', "not JSON: Invalid control character"),
    "NaN": ('{"userName":NaN}', "not JSON: NaN is not a number"),
    "Infinity": ('{"userName":-Infinity}', "not JSON: -Infinity is not a number"),
    "digits": ('{"userName":' + "9" * 5000 + "}", "the JSON has a number with too many digits"),
    "deep": ('{"a":' * 65 + "1" + "}" * 65, "the JSON is nested too deeply"),
    "very deep": ("[" * 100_000, "the JSON is nested too deeply"),
    "Latin-1": (b'{"userName":"\xe9"}', "the text is not UTF-8 (byte 14)"),
    "UTF-16": ('{"userName":"x"}'.encode("utf-16"), "the text is not UTF-8 (byte 1)"),
    "a list": ("[]", "the body must be a JSON object, got a list"),
    "a string": ('"x"', "the body must be a JSON object, got a string"),
    "a number": ("5", "the body must be a JSON object, got a number"),
    "null": ("null", "the body must be a JSON object, got null"),
    "true": ("true", "the body must be a JSON object, got a boolean"),
}


@pytest.mark.parametrize("name", JSON_TEXTS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/Users"),
        ("PUT", "U"),
        ("PATCH", "U"),
        ("PATCH", "G"),
        ("POST", "/.search"),
        ("POST", "/Bulk"),
    ],
)
def test_what_is_no_json_object(
    ground: tuple[Bridge, dict[str, str]], method: str, path: str, name: str
) -> None:
    """It is refused with the place, wherever a body is read."""
    bridge, paths = ground
    text, told = JSON_TEXTS[name]

    is_refused(bridge.send(method, paths.get(path, path), text), (400, SYNTAX, told))


RESOURCES: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "text, an object": ({"userName": {"a": 1}}, "userName: expected a string, got an object"),
    "text, a list": ({"userName": ["a", "b"]}, "userName: expected a string, got a list"),
    "text, a number": ({"userName": 5}, "userName: expected a string, got a number"),
    "text, huge": ({"userName": 10**300}, "userName: expected a string, got a number"),
    "text, missing": ({}, "userName: is required"),
    "text, null": ({"userName": None}, "userName: is required"),
    "half a character": ({"userName": "\ud800"}, "userName: has half of a surrogate pair"),
    "complex, text": ({"name": "x"}, "name: expected an object, got a string"),
    "complex, a list": ({"name": [1]}, "name: expected an object, got a number"),
    "part, an object": ({"name": {"familyName": {}}}, "name.familyName: expected a string, got an object"),
    "elements, a number": ({"emails": 5}, "emails[0]: expected an object, got a number"),
    "elements, lists": ({"emails": [[{"value": "a"}]]}, "emails[0]: expected an object, got a list"),
    "element's value": ({"emails": [{"value": 5}]}, "emails[0].value: expected a string, got a number"),
    "element's primary": (
        {"emails": [{"value": "a", "primary": "maybe"}]},
        "emails[0].primary: expected true or false, got a string",
    ),
    "two primary": (
        {"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]},
        "emails: has more than one value that is primary",
    ),
    "boolean, text": ({"active": "yes"}, "active: expected true or false, got a string"),
    "boolean, a number": ({"active": 1}, "active: expected true or false, got a number"),
    "boolean, an object": ({"active": {}}, "active: expected true or false, got an object"),
    "password": ({"password": {"x": 1}}, "password: expected a string, got an object"),
    "NUL in password": ({"password": "a\0b"}, "password: has a NUL character"),
    "base64": (
        {"x509Certificates": [{"value": "!"}]},
        "x509Certificates[0].value: expected base64, got another string",
    ),
    "extension": ({ENTERPRISE: 5}, f"{ENTERPRISE}: expected an object, got a number"),
    "extension's part": (
        {ENTERPRISE: {"department": ["a", "b"]}},
        f"{ENTERPRISE}:department: expected a string, got a list",
    ),
    "manager": ({ENTERPRISE: {"manager": 5}}, f"{ENTERPRISE}:manager: expected an object, got a number"),
    "nobody": (
        {ENTERPRISE: {"manager": {"value": NOBODY}}},
        f"{ENTERPRISE}:manager: there is no User with the id {NOBODY}",
    ),
}


@pytest.mark.parametrize("name", RESOURCES)
@pytest.mark.parametrize(("method", "path"), [("POST", "/Users"), ("PUT", "U")])
def test_values_of_another_type(
    ground: tuple[Bridge, dict[str, str]], method: str, path: str, name: str
) -> None:
    """The attribute is named, at each level, and the value is not repeated; nothing changes."""
    bridge, paths = ground
    body, told = RESOURCES[name]
    whole = body if not body or "userName" in body else {"userName": "new", **body}
    before = read(bridge.get("/Users"))["Resources"]

    is_refused(bridge.send(method, paths.get(path, path), json.dumps(whole)), (400, VALUE, told))
    assert read(bridge.get("/Users"))["Resources"] == before


OPERATIONS: Final[Mapping[str, tuple[Any, str, str]]] = {
    "none": (None, SYNTAX, "Operations must be a list of at least one operation"),
    "no list": ({}, SYNTAX, "Operations must be a list of at least one operation"),
    "empty": ([], SYNTAX, "Operations must be a list of at least one operation"),
    "numbers": ([5], SYNTAX, "an operation must be a JSON object, got a number"),
    "no op": ([{}], SYNTAX, "op must be add, remove or replace"),
    "op of another type": ([{"op": 5}], SYNTAX, "op must be add, remove or replace"),
    "unknown op": ([{"op": "move"}], SYNTAX, "op must be add, remove or replace"),
    "no value": ([{"op": "add", "path": "title"}], VALUE, "add needs a value"),
    "value without path": ([{"op": "add", "value": 5}], VALUE, "an operation without a path needs an object"),
    "path of another type": (
        [{"op": "add", "path": 5, "value": 1}],
        PATH,
        "path must be a string, got a number",
    ),
    "remove without path": ([{"op": "remove"}], "noTarget", "remove needs a path"),
    "unknown path": ([{"op": "add", "path": "nope", "value": 1}], PATH, "User has no attribute 'nope'"),
    "unknown part": ([{"op": "add", "path": "name.x", "value": 1}], PATH, "User has no attribute 'name.x'"),
    "unknown URN": ([{"op": "add", "path": "urn:a:b", "value": 1}], PATH, "User has no attribute 'urn:a:b'"),
    "path too deep": (
        [{"op": "add", "path": "name.a.b", "value": 1}],
        PATH,
        "'name.a.b' is not an attribute",
    ),
    "dots": ([{"op": "add", "path": "..", "value": 1}], PATH, "'..' is not an attribute path"),
    "open bracket": ([{"op": "add", "path": "emails[", "value": 1}], FILTER, "expected an attribute"),
    "cut off filter": (
        [{"op": "add", "path": 'emails[type eq "a"', "value": 1}],
        FILTER,
        "expected ], got the end (column 19)",
    ),
    "filter on one value": (
        [{"op": "add", "path": 'title[type eq "a"]', "value": 1}],
        PATH,
        "title is not multi-valued",
    ),
    "unknown in filter": (
        [{"op": "add", "path": "emails[x eq 1].value", "value": "a"}],
        FILTER,
        "emails has no sub-attribute 'x'",
    ),
    "nothing there": (
        [{"op": "replace", "path": 'emails[type eq "x"].value', "value": "a"}],
        "noTarget",
        'there is nothing at emails[type eq "x"].value',
    ),
    "id": ([{"op": "replace", "path": "id", "value": "x"}], "mutability", "id is read-only"),
    "meta": ([{"op": "remove", "path": "meta.version"}], "mutability", "meta.version is read-only"),
    "required": ([{"op": "remove", "path": "userName"}], "mutability", "userName is required and cannot be"),
    "type": ([{"op": "replace", "path": "active", "value": "x"}], VALUE, "active: expected true or false"),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(ground: tuple[Bridge, dict[str, str]], name: str) -> None:
    """A PATCH is refused whole."""
    bridge, paths = ground
    operations, scim_type, told = OPERATIONS[name]
    valid = {"op": "replace", "path": "title", "value": "Changed"}
    listed = [valid, *operations] if isinstance(operations, list) and operations else operations
    before = read(bridge.get(paths["U"]))

    answer = bridge.send("PATCH", paths["U"], {"schemas": [PATCH], "Operations": listed})

    is_refused(answer, (400, scim_type, told))
    assert read(bridge.get(paths["U"])) == before


QUERIES: Final[Mapping[str, tuple[str, str, str]]] = {
    "attribute alone": ("filter=userName", FILTER, "expected an operator"),
    "no value": ("filter=userName eq", FILTER, "expected a value (a string in double quotes, a number"),
    "operator": (
        'filter=userName xx "a"',
        FILTER,
        "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or",
    ),
    "open string": (
        'filter=userName eq "a',
        FILTER,
        "the string is not closed by a double quote (column 13)",
    ),
    "bare word": ("filter=userName eq a", FILTER, "expected a value"),
    "open group": ('filter=(userName eq "a"', FILTER, "expected ), got the end (column 17)"),
    "closed group": ('filter=userName eq "a")', FILTER, "expected and, or, or the end, got ')' (column 16)"),
    "not": ('filter=not userName eq "a"', FILTER, "expected (, got 'userName' (column 5)"),
    "bracket": ('filter=emails[type eq "a"', FILTER, "expected ], got the end (column 19)"),
    "order of booleans": (
        "filter=active gt true",
        FILTER,
        "active is of type boolean, which gt does not apply to",
    ),
    "type": ('filter=active eq "x"', FILTER, "active is of type boolean, which the value does not fit"),
    "date": (
        'filter=meta.created gt "now"',
        FILTER,
        "meta.created is of type dateTime, which the value does not",
    ),
    "number": ("filter=userName eq 5", FILTER, "userName is of type string, which the value does not fit"),
    "unknown": ("filter=nope eq 1", FILTER, "User has no attribute 'nope'"),
    "secret": ('filter=password eq "x"', FILTER, "password cannot be used in a filter"),
    "escape": ('filter=userName eq "\\x"', FILTER, "the string has a control character or an escape"),
    "surrogate": ('filter=userName eq "\\ud800"', FILTER, "the string has half of a surrogate pair"),
    "NUL": ('filter=userName eq "%00"', FILTER, "the string has a control character"),
    "depth": (
        "filter=" + "(" * 40 + "id pr" + ")" * 40,
        FILTER,
        "the filter is nested too deeply (column 33)",
    ),
    "not's depth": (
        "filter=" + "not (" * 40 + "id pr" + ")" * 40,
        FILTER,
        "the filter is nested too deeply (column",
    ),
    "length": (f'filter=userName eq "{"x" * 65_536}"', FILTER, "the filter has more than 65536 characters"),
    "no UTF-8": ("filter=%ff", FILTER, "expected an attribute"),
    "count": ("count=x", VALUE, "count: expected a whole number, got a string"),
    "count, part": ("count=1.5", VALUE, "count: expected a whole number, got a string"),
    "count, huge": (f"count={'9' * 30}", VALUE, "count: expected a whole number"),
    "start": ("startIndex=x", VALUE, "startIndex: expected a whole number, got a string"),
    "sort": ("sortBy=nope", VALUE, "sortBy: User has no attribute 'nope'"),
    "sort, no path": ("sortBy=..", VALUE, "sortBy: '..' is not an attribute path"),
    "order": ("sortOrder=x", VALUE, "sortOrder must be ascending or descending"),
    "projections": (
        "attributes=id&excludedAttributes=id",
        VALUE,
        "attributes and excludedAttributes cannot be",
    ),
    "cursor": (
        "cursor=x",
        "invalidCursor",
        "cursor: not one of this list; send nextCursor or previousCursor",
    ),
    "long cursor": (f"cursor={'x' * 5000}", "invalidCursor", "cursor: not one of this list"),
    "cursor and start": ("cursor=&startIndex=2", VALUE, "startIndex and cursor cannot be used together"),
    "cursor's count": ("cursor=&count=x", "invalidCount", "count: expected a whole number, got a string"),
    "domain": ("domain=nope", VALUE, "domain: the application has no user store domain nope"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_queries(ground: tuple[Bridge, dict[str, str]], name: str) -> None:
    """A parameter is named, and of a filter the column."""
    query, scim_type, told = QUERIES[name]

    is_refused(ground[0].get(f"/Users?{query}"), (400, scim_type, told))


SEARCHES: Final[Mapping[str, tuple[dict[str, Any], str, str]]] = {
    "filter": ({"filter": 5}, VALUE, "filter: expected a string, got a number"),
    "count": ({"count": True}, VALUE, "count: expected a whole number, got a boolean"),
    "count, part": ({"count": 1.5}, VALUE, "count: expected a whole number, got a number"),
    "start": ({"startIndex": []}, VALUE, "startIndex: expected a whole number, got a list"),
    "attributes": ({"attributes": 5}, VALUE, "attributes: expected a list of names, got a number"),
    "attribute": ({"attributes": [5]}, VALUE, "attributes: expected a list of names, got a number in it"),
    "sort": ({"sortBy": {}}, VALUE, "sortBy: expected a string, got an object"),
    "cursor": ({"cursor": 5}, VALUE, "cursor: expected a string, got a number"),
    "words": ({"filter": "userName eq"}, FILTER, "expected a value"),
}


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize("path", ["/.search", "/Users/.search", "/Groups/.search"])
def test_searches(ground: tuple[Bridge, dict[str, str]], path: str, name: str) -> None:
    """The same by POST."""
    body, scim_type, told = SEARCHES[name]

    is_refused(ground[0].send("POST", path, body), (400, scim_type, told))


HEADERS: Final[Mapping[str, tuple[dict[str, str], tuple[int, str | None, str]]]] = {
    "plain text": (
        {"Content-Type": "text/plain"},
        (415, None, "send application/scim+json or application/json, not"),
    ),
    "charset": ({"Content-Type": "application/json; charset=utf-16"}, (415, None, "send UTF-8, not utf-16")),
    "encoding": ({"Content-Encoding": "gzip"}, (415, None, "send the body as it is, not gzip")),
    "HTML": ({"Accept": "text/html"}, (406, None, "the service answers in application/scim+json")),
    "no type": ({"Accept": ";;;"}, (406, None, "the service answers in application/scim+json")),
    "bare tag": ({"If-Match": "x"}, (400, VALUE, "If-Match must be * or entity tags in double quotes")),
    "open tag": ({"If-None-Match": '"x'}, (400, VALUE, "If-None-Match must be * or entity tags")),
    "old tag": (
        {"If-Match": '"0"'},
        (412, None, "The resource is not at a version that If-Match allows: it has changed. Read it again"),
    ),
    "weak tag": (
        {"If-Match": 'W/"0"'},
        (412, None, "The resource is not at a version that If-Match allows"),
    ),
    "token": ({"Authorization": "Bearer x"}, (401, None, "the access token is unknown, expired or revoked")),
    "scheme": ({"Authorization": "x"}, (401, None, "this needs an access token, or name and password")),
    "Basic": ({"Authorization": "Basic %%%"}, (401, None, "name and password are not known")),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers(ground: tuple[Bridge, dict[str, str]], name: str) -> None:
    """Each has its status."""
    bridge, paths = ground
    headers, expected = HEADERS[name]

    is_refused(bridge.send("PUT", paths["U"], {"userName": "other"}, headers=headers), expected)
    assert bridge.found("/Users") == ["jo"]


@pytest.mark.parametrize(
    "path",
    [
        "/Users/a%2fb",
        "/Users/..%2fGroups",
        "/Users/%00",
        "/Users/%ff",
        "/Users/%20",
        "/Users/*",
        "/Users/(objectClass=*)",
        "/Users/<GUID=1>",
        "/Users/uid=jo,ou=people",
        "/Users/" + "x" * 3000,
        "/Schemas/%2f",
        "/Schemas/urn:nope",
        "/ResourceTypes/nope",
        "/nope",
    ],
)
def test_paths(ground: tuple[Bridge, dict[str, str]], path: str) -> None:
    """What names nothing is 404, whatever it looks like."""
    assert refusal(ground[0].get(path))[:2] == (404, None)


def test_a_name_that_comes_twice(ground: tuple[Bridge, dict[str, str]]) -> None:
    """RFC 8259 §4 leaves open what an object means that has a name twice; here the last one counts."""
    answer = ground[0].send("POST", "/Users", '{"userName": "one", "userName": "two"}')

    assert read(answer)["userName"] == "two"
    ground[0].send("DELETE", f"/Users/{read(answer)['id']}")


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_NAMES = st.sampled_from(
    [
        "userName",
        "name",
        "emails",
        "value",
        "type",
        "active",
        "members",
        "Operations",
        "op",
        "path",
        ENTERPRISE,
    ]
)
_VALUES = st.recursive(
    _LEAVES
    | st.sampled_from(["add", "replace", "remove", "emails[type eq", "name.familyName", "/Users", "POST"]),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(_NAMES | st.text(max_size=3), below, max_size=4)
    ),
    max_leaves=12,
)
_ENDPOINTS = st.sampled_from(
    [
        ("POST", "/Users/.search"),
        ("PATCH", "U"),
        ("PUT", f"/Users/{NOBODY}"),
        ("POST", "/Bulk"),
        ("PATCH", "G"),
    ]
)
_QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_QUICK
@given(endpoint=_ENDPOINTS, body=_VALUES)
def test_any_body(ground: tuple[Bridge, dict[str, str]], endpoint: tuple[str, str], body: Any) -> None:
    """No JSON, of whatever shape, makes the service fail."""
    bridge, paths = ground
    method, path = endpoint

    answer = bridge.send(method, paths.get(path, path), json.dumps(body))

    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        refusal(answer)


@_QUICK
@given(
    name=st.sampled_from(["filter", "sortBy", "attributes", "count", "startIndex", "cursor", "domain"]),
    value=st.text(max_size=12)
    | st.sampled_from(['userName eq "', "emails[type", "-1", "1e9", "urn:", "($ref pr)"]),
)
def test_any_query(ground: tuple[Bridge, dict[str, str]], name: str, value: str) -> None:
    """Nor does any query."""
    text = quote(value, safe="", errors="replace")

    answer = ground[0].http.get(
        f"/scim2/Users?{name}={text}", base_url=HOST, headers={"Authorization": ground[0].authorization}
    )

    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        refusal(answer)
