"""No route without a guard, no operation of a bulk request without its scope; spellings of paths are in test_methods."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from werkzeug.routing import Rule

from app.access.scopes import ALL_SCOPES, BULK
from app.web.scim.responses import PREFIXES
from tests.web.scim.bridge import BULK as BULK_REQUEST
from tests.web.scim.bridge import HOST, Bridge, read
from tests.web.scim.test_methods import NOBODY

OPEN = {"/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/openapi.json"}
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


def _routes(bridge: Bridge) -> list[tuple[str, str]]:
    """Return the method and path of each SCIM route, as Flask knows them."""
    rules = [
        rule
        for rule in bridge.app.url_map.iter_rules()
        if any(rule.rule.startswith(prefix + "/") for prefix in PREFIXES.values())
    ]
    with bridge.app.test_request_context():
        return [
            (method, bridge.app.url_for(rule.endpoint, **_arguments(rule)))
            for rule in rules
            for method in sorted(rule.methods or ())
        ]


def _arguments(rule: Rule) -> dict[str, Any]:
    return dict.fromkeys(rule.arguments, "User")


def test_every_route_asks_who_it_is(shared_bridge: Bridge) -> None:
    """Default deny: a view that somebody adds without a guard fails here, whatever it is."""
    found = {
        (method, path.removeprefix(prefix), answer.status_code)
        for method, path in _routes(shared_bridge)
        for prefix in PREFIXES.values()
        if path.startswith(prefix + "/")
        for answer in [shared_bridge.http.open(path, method=method, base_url=HOST, json={})]
        if answer.status_code != 401
    }

    assert {path for method, path, _ in found if method != "OPTIONS"} == OPEN & {path for _, path, _ in found}
    # OPTIONS tells which methods there are, and nothing else.
    assert all(status in {200, 204} for method, _, status in found if method == "OPTIONS")


def test_a_caller_without_scopes_gets_nowhere(shared_bridge: Bridge) -> None:
    """On both base paths, all that needs a scope is refused; what is left needs none or that of one's own account."""
    client = shared_bridge.with_scopes("internal_login")
    reached = {
        (method, path.removeprefix(prefix))
        for method, path in _routes(shared_bridge)
        for prefix in PREFIXES.values()
        if path.startswith(prefix + "/") and method != "OPTIONS"
        for answer in [client.at("").send(method, path, {} if method in {"POST", "PUT", "PATCH"} else None)]
        if answer.status_code != 403
    }

    assert {path for _, path in reached} - OPEN == {"/Me", "/Schemas", "/Schemas/User"}
    assert {method for method, path in reached if path == "/Me"} == {"GET", "HEAD", "PATCH", "PUT"}


@pytest.mark.parametrize("header", OVERRIDES)
def test_a_header_is_no_method(shared_bridge: Bridge, header: str) -> None:
    """What was allowed is what is done."""
    client = shared_bridge.with_scopes("internal_user_mgt_create")

    answer = client.send("POST", f"/Users/{NOBODY}", {}, headers={header: "DELETE"})

    assert answer.status_code == 405


_BULK_NEEDS = {
    (method, endpoint): f"internal_{api}_mgt_{verb}"
    for (endpoint, api), (method, verb) in product(
        {"Users": "user", "Groups": "group"}.items(),
        {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}.items(),
    )
}


def _bulk_paths(method: str, endpoint: str) -> list[str]:
    tail = "" if method == "POST" else f"/{NOBODY}"
    plain = f"/{endpoint}{tail}"
    return [
        plain,
        plain[1:],
        plain + "/",
        "/" + plain,
        plain.lower(),
        plain.upper(),
        f"/scim2{plain}",
        f"/scim/v2{plain}",
        f"{HOST}/scim2{plain}",
        plain.replace("s", "%73"),
        f"/./{plain}",
        f"/Me/..{plain}",
        plain + "?x=1",
        plain + ";a=b",
        plain + "#x",
        plain + "\0",
    ]


@pytest.mark.parametrize(("method", "endpoint"), sorted(_BULK_NEEDS))
def test_no_bulk_operation_without_its_scope(bridge: Bridge, method: str, endpoint: str) -> None:
    """Whoever may send bulk requests, and all but this one operation, cannot do it by any spelling of its path."""
    missing = _BULK_NEEDS[method, endpoint]
    client = bridge.with_scopes(*sorted(ALL_SCOPES - {missing}))
    operations = [
        {
            "method": method,
            "path": path,
            "bulkId": str(number),
            "data": {"userName": "jo", "displayName": "jo"},
        }
        for number, path in enumerate(_bulk_paths(method, endpoint))
    ]

    answer = read(client.send("POST", "/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations}))

    statuses = [result["status"] for result in answer["Operations"]]
    assert len(statuses) == len(operations)
    assert statuses[0] == "403"
    assert set(statuses) <= {"400", "403", "404"}
    assert bridge.found(f"/{endpoint}") == []


@pytest.mark.parametrize(
    "path", ["/Bulk", "/Me", "/.search", "/Users/.search", "/Schemas", "/ServiceProviderConfig"]
)
def test_a_bulk_operation_reaches_resources_only(bridge: Bridge, path: str) -> None:
    """Other endpoints are none for operations, however much their sender may do."""
    operation = {"method": "POST", "path": path, "bulkId": "1", "data": {}}

    answer = read(bridge.send("POST", "/Bulk", {"schemas": [BULK_REQUEST], "Operations": [operation]}))

    assert answer["Operations"][0]["status"] == "400"


def test_the_scope_for_bulk_is_no_other(bridge: Bridge) -> None:
    """It lets requests in, and none of their operations."""
    operation = {"method": "POST", "path": "/Users", "bulkId": "1", "data": {"userName": "jo"}}

    answer = read(
        bridge.with_scopes(BULK).send("POST", "/Bulk", {"schemas": [BULK_REQUEST], "Operations": [operation]})
    )

    assert answer["Operations"][0]["status"] == "403"


@pytest.mark.parametrize(
    ("scope", "types"),
    [("internal_user_mgt_list", {"User"}), ("internal_group_mgt_view", {"Group"})],
)
def test_a_search_at_the_root_shows_what_may_be_listed(bridge: Bridge, scope: str, types: set[str]) -> None:
    """Types that the caller may not list are not among what is found, nor counted."""
    bridge.user("jo", displayName="Jo")
    bridge.group("staff")

    found = read(bridge.with_scopes(scope).send("POST", "/.search", {}))

    assert {each["meta"]["resourceType"] for each in found["Resources"]} == types
    assert found["totalResults"] == 1
