"""Methods, media types, sizes and spellings of paths: what is answered by no view."""

from io import BytesIO

import pytest

from app.access.scopes import ALL_SCOPES
from app.web.scim import requests
from tests.web.scim.bridge import HOST, Bridge, problem, read

pytestmark = pytest.mark.directory
NOBODY = "2819c223-7f76-453a-919d-413861904646"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/Users", {"GET", "HEAD", "OPTIONS", "POST"}),
        (f"/Users/{NOBODY}", {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}),
        ("/Users/.search", {"OPTIONS", "POST"}),
        ("/.search", {"OPTIONS", "POST"}),
    ],
)
def test_methods_are_told(bridge: Bridge, path: str, allowed: set[str]) -> None:
    """OPTIONS says what there is, and so does the refusal of any other method."""
    options = bridge.send("OPTIONS", path)
    refused = [bridge.send(method, path) for method in ("PROPFIND", "TRACE")]

    assert (options.status_code, options.data) == (200, b"")
    assert "Content-Type" not in options.headers
    assert _allowed(options.headers["Allow"]) == allowed
    assert {problem(answer) for answer in refused} == {(405, None)}
    assert all(_allowed(answer.headers["Allow"]) == allowed for answer in refused)


@pytest.mark.parametrize(
    "path", ["", "/", "/Nothing", "/users", "/Users/a/b", "/Users/..", "/Users/.well-known", "/v2/Users"]
)
@pytest.mark.parametrize("prefix", ["/scim2", "/scim/v2"])
def test_an_unknown_path_is_404(bridge: Bridge, prefix: str, path: str) -> None:
    """As a SCIM error, whoever asks."""
    assert problem(bridge.stranger().at(prefix).get(path)) == (404, None)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/Users"), ("PUT", f"/Users/{NOBODY}"), ("POST", "/.search")]
)
def test_another_media_type_is_415(bridge: Bridge, method: str, path: str, content_type: str) -> None:
    """Only JSON is read."""
    answer = bridge.send(method, path, "{}", headers={"Content-Type": content_type})

    assert problem(answer) == (415, None)


@pytest.mark.parametrize("content_type", ["", "application/json", "Application/SCIM+JSON;charset=UTF-8"])
def test_json_may_be_announced_in_several_ways(bridge: Bridge, content_type: str) -> None:
    """Or not at all."""
    answer = bridge.send("POST", "/Users", '{"userName": "jo"}', headers={"Content-Type": content_type})

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/scim+json", "application/scim+json"),
        ("application/json", "application/json"),
        ("text/html, application/*;q=0.5", "application/scim+json"),
        ("*/*", "application/scim+json"),
        ("", "application/scim+json"),
    ],
)
def test_the_answer_has_an_accepted_type(bridge: Bridge, accept: str, content_type: str) -> None:
    """Whoever accepts JSON in any way gets it."""
    answer = bridge.get("/Users", Accept=accept)

    assert (answer.status_code, answer.content_type) == (200, content_type)


def test_who_accepts_no_json_is_told(bridge: Bridge) -> None:
    """406, before anything is done."""
    answer = bridge.send("POST", "/Users", {"userName": "jo"}, headers={"Accept": "text/html"})

    assert problem(answer) == (406, None)
    assert bridge.found("/Users") == []


def test_a_body_that_is_too_large_is_413(bridge: Bridge) -> None:
    """It is not even read."""
    body = b" " * (requests.MAX_BODY_BYTES + 1)

    assert problem(bridge.send("POST", "/Users", body)) == (413, None)


@pytest.mark.parametrize("size", [1, 100_000])
def test_a_body_in_chunks_is_not_cut_off(bridge: Bridge, size: int) -> None:
    """What follows the limit is not passed over, whatever comes before it."""
    body = b'{"userName": "jo"}'.ljust(requests.MAX_BODY_BYTES + size)

    answer = bridge.http.post(
        "/scim2/Users",
        base_url=HOST,
        input_stream=BytesIO(body),
        headers={"Authorization": bridge.authorization},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert problem(answer) == (413, None)


@pytest.mark.parametrize("text", ['{"a":' * 5000, "\x00", '{"userName": "\\ud800"}', "[" * 100_000])
def test_hostile_json_is_400(bridge: Bridge, text: str) -> None:
    """Whatever is sent, the answer is a client's mistake."""
    assert problem(bridge.send("POST", "/Users", text))[0] == 400


def test_errors_tell_nothing_about_the_inside(bridge: Bridge) -> None:
    """Nobody without rights learns more than that."""
    answer = bridge.with_scopes("internal_login").get("/Users")

    assert problem(answer) == (403, None)
    assert read(answer)["detail"] == "this needs the scope internal_user_mgt_list"


def _paths(path: str) -> list[str]:
    """Spell a path in ways that proxies and frameworks may take for it."""
    head, _, tail = path.rpartition("/")
    return [
        path,
        path + "/",
        path + "//",
        path + ";a=b",
        path + "/;",
        path + "%2f",
        path + "/.",
        path + "/..",
        path + "%00",
        path + "%20",
        path + ".json",
        path + "?x=/scim2/ServiceProviderConfig",
        path + "%3f",
        path + "%23",
        path + "\\",
        path + "%5c",
        path.upper(),
        f"/{path}",
        f"{head}//{tail}",
        f"{head}/./{tail}",
        f"{head}/%2e/{tail}",
        f"{head}%2f{tail}",
        f"{head}/;/{tail}",
        f"{head};a=b/{tail}",
        f"/ServiceProviderConfig/..{path}",
        f"/ServiceProviderConfig/%2e%2e{path}",
        f"/ServiceProviderConfig%2f..%2f..{path}",
        f"/ResourceTypes/..;{path}",
        f"/ResourceTypes/User/%252e%252e/%252e%252e{path}",
        f"/../scim2{path}",
        f"/%2e%2e/scim2{path}",
        f"/ServiceProviderConfig;{path}",
        f"/ServiceProviderConfig%00{path}",
    ]


ENDPOINTS = (
    "/Users",
    f"/Users/{NOBODY}",
    "/Users/.search",
    "/Groups",
    f"/Groups/{NOBODY}",
    "/Groups/.search",
    "/.search",
    "/Bulk",
    "/Me",
    "/Schemas",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "get")


@pytest.mark.parametrize("prefix", ["/scim2", "/scim/v2"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_spelling_gets_around_authentication(shared_bridge: Bridge, prefix: str, endpoint: str) -> None:
    """The lesson of CVE-2025-10611: whatever method, path and spelling, a stranger gets 401, 404 or 405 and nothing else."""
    # Open by RFC 7644 §4, and only these.
    opened = {
        (method, found)
        for method in ("GET", "HEAD")
        for found in ("/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User")
    }
    let_in = [
        (method, path, answer.status_code)
        for path in _paths(endpoint)
        for method in METHODS
        if method != "OPTIONS" and (method, path) not in opened
        for answer in [shared_bridge.http.open(prefix + path, method=method, base_url=HOST, json={})]
        if answer.status_code not in {401, 404, 405}
    ]

    assert let_in == []


@pytest.mark.parametrize("missing", sorted(ALL_SCOPES))
def test_no_spelling_gets_around_a_scope(shared_bridge: Bridge, missing: str) -> None:
    """Whoever has all scopes but one is refused wherever that one is needed, however the path is spelt."""
    client = shared_bridge.with_scopes(*sorted(ALL_SCOPES - {missing}))
    needing = {(method, path): scope for (method, path), scope in _NEEDS.items() if scope == missing}
    let_in = [
        (method, path, answer.status_code)
        for (method, endpoint) in needing
        for path in _paths(endpoint)
        for answer in [client.send(method, path, {} if method in {"POST", "PUT", "PATCH"} else None)]
        if answer.status_code not in {403, 404, 405}
    ]

    assert let_in == []


_NEEDS = {
    ("GET", "/Users"): "internal_user_mgt_list",
    ("HEAD", "/Users"): "internal_user_mgt_list",
    ("POST", "/Users"): "internal_user_mgt_create",
    ("POST", "/Users/.search"): "internal_user_mgt_list",
    ("GET", f"/Users/{NOBODY}"): "internal_user_mgt_view",
    ("HEAD", f"/Users/{NOBODY}"): "internal_user_mgt_view",
    ("PUT", f"/Users/{NOBODY}"): "internal_user_mgt_update",
    ("PATCH", f"/Users/{NOBODY}"): "internal_user_mgt_update",
    ("DELETE", f"/Users/{NOBODY}"): "internal_user_mgt_delete",
    ("GET", "/Groups"): "internal_group_mgt_view",
    ("HEAD", "/Groups"): "internal_group_mgt_view",
    ("POST", "/Groups"): "internal_group_mgt_create",
    ("POST", "/Groups/.search"): "internal_group_mgt_view",
    ("GET", f"/Groups/{NOBODY}"): "internal_group_mgt_view",
    ("HEAD", f"/Groups/{NOBODY}"): "internal_group_mgt_view",
    ("PUT", f"/Groups/{NOBODY}"): "internal_group_mgt_update",
    ("PATCH", f"/Groups/{NOBODY}"): "internal_group_mgt_update",
    ("DELETE", f"/Groups/{NOBODY}"): "internal_group_mgt_delete",
    ("POST", "/Bulk"): "internal_bulk_resource_create",
    ("GET", "/Me"): "internal_login",
    ("PUT", "/Me"): "internal_login",
    ("PATCH", "/Me"): "internal_login",
    ("POST", "/Me"): "internal_user_mgt_create",
    ("DELETE", "/Me"): "internal_user_mgt_delete",
}


def _allowed(header: str) -> set[str]:
    return {method.strip() for method in header.split(",")}
