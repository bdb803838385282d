"""Bulk requests over HTTP: one result for each operation, whatever becomes of the others."""

from typing import Any

import pytest

from tests.web.scim.bridge import BULK, ENTERPRISE, HOST, Bridge, names, problem, read

pytestmark = pytest.mark.directory
NOBODY = "2819c223-7f76-453a-919d-413861904646"


def post(bulk_id: str, path: str = "/Users", **data: Any) -> dict[str, Any]:
    """Write a creation."""
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def send(bridge: Bridge, *operations: object, **others: Any) -> list[dict[str, Any]]:
    """Send operations and return their results."""
    answer = bridge.send("POST", "/Bulk", {"schemas": [BULK], "Operations": list(operations), **others})
    assert answer.status_code == 200, answer.text
    results = read(answer)["Operations"]
    assert isinstance(results, list)
    return results


def statuses(results: list[dict[str, Any]]) -> list[str]:
    """Return the statuses."""
    return [result["status"] for result in results]


def manager(value: str) -> dict[str, Any]:
    """Write the enterprise extension with a manager."""
    return {ENTERPRISE: {"manager": {"value": value}}}


def test_operations_have_results_in_their_order(bridge: Bridge) -> None:
    """RFC 7644 §3.7.3: location, version and status of each."""
    jo, al = bridge.user("jo"), bridge.user("al")

    results = send(
        bridge,
        post("b1", userName="new"),
        {"method": "PUT", "path": f"/Users/{jo['id']}", "data": {"userName": "jo", "title": "Boss"}},
        {
            "method": "PATCH",
            "path": f"/Users/{jo['id']}",
            "data": {"Operations": [{"op": "remove", "path": "title"}]},
        },
        {"method": "DELETE", "path": f"/Users/{al['id']}"},
    )

    assert statuses(results) == ["201", "200", "200", "204"]
    assert [result["method"] for result in results] == ["POST", "PUT", "PATCH", "DELETE"]
    assert results[0]["bulkId"] == "b1"
    assert results[0]["location"].startswith(f"{HOST}/scim2/Users/")
    assert results[1]["location"] == results[2]["location"] == jo["meta"]["location"]
    assert results[2]["version"] == bridge.get(f"/Users/{jo['id']}").headers["ETag"] != results[1]["version"]
    assert sorted(bridge.found("/Users")) == ["jo", "new"]


@pytest.mark.parametrize("turned", [False, True])
def test_references_go_in_both_directions(bridge: Bridge, *, turned: bool) -> None:
    """A bulkId may be used before it is made."""
    operations = [
        post("u", userName="jo"),
        post("g", "/Groups", displayName="Team", members=[{"value": "bulkId:u"}]),
        {
            "method": "PATCH",
            "path": "/Users/bulkId:u",
            "data": {"Operations": [{"op": "add", "path": "title", "value": "Boss"}]},
        },
    ]

    results = send(bridge, *(reversed(operations) if turned else operations))

    assert sorted(statuses(results)) == ["200", "201", "201"]
    [user] = read(bridge.get("/Users"))["Resources"]
    assert (user["title"], [group["display"] for group in user["groups"]]) == ("Boss", ["Team"])


def test_circles_are_closed(bridge: Bridge) -> None:
    """RFC 7644 §3.7.1: whoever comes first gets its reference afterwards."""
    results = send(
        bridge,
        post("g", "/Groups", displayName="All", members=[{"value": "bulkId:a"}]),
        post("a", userName="ann", **manager("bulkId:b")),
        post("b", userName="bob", title="Boss", **manager("bulkId:a")),
        post("c", userName="cid", **manager("bulkId:c")),
    )

    found = {user["userName"]: user for user in read(bridge.get("/Users"))["Resources"]}
    assert statuses(results) == ["201"] * 4
    assert {name: user[ENTERPRISE]["manager"]["value"] for name, user in found.items()} == {
        "ann": found["bob"]["id"],
        "bob": found["ann"]["id"],
        "cid": found["cid"]["id"],
    }
    assert found["ann"]["groups"][0]["display"] == "All"
    for name, result in zip(("ann", "bob", "cid"), results[1:], strict=True):
        assert result["version"] == found[name]["meta"]["version"]


def test_groups_may_hold_each_other(bridge: Bridge) -> None:
    """RFC 7644 §3.7.1's own example."""
    results = send(
        bridge,
        post("x", "/Groups", displayName="Group A", members=[{"type": "Group", "value": "bulkId:y"}]),
        post("y", "/Groups", displayName="Group B", members=[{"type": "Group", "value": "bulkId:x"}]),
    )

    groups = {group["displayName"]: group for group in read(bridge.get("/Groups"))["Resources"]}
    assert statuses(results) == ["201", "201"]
    assert groups["Group A"]["members"][0]["value"] == groups["Group B"]["id"]
    assert groups["Group B"]["members"][0]["value"] == groups["Group A"]["id"]


def test_a_failure_takes_along_what_refers_to_it(bridge: Bridge) -> None:
    """And nothing else."""
    bridge.user("taken")

    results = send(
        bridge,
        post("t", userName="taken"),
        post("g", "/Groups", displayName="Team", members=[{"value": "bulkId:t"}]),
        post("u", userName="other"),
        post("n", "/Groups", displayName="None", members=[{"value": "bulkId:nothing"}]),
    )

    assert statuses(results) == ["409", "409", "201", "400"]
    assert "location" not in results[0]
    assert results[0]["response"]["scimType"] == "uniqueness"
    assert "bulkId:t" in results[1]["response"]["detail"]
    assert bridge.found("/Groups") == []


def test_a_circle_that_cannot_be_closed_is_told(bridge: Bridge) -> None:
    """The resource exists, without the reference: its result says so and where it is."""
    bridge.user("taken")

    results = send(
        bridge,
        post("a", userName="ann", **manager("bulkId:t")),
        post("t", userName="taken", **manager("bulkId:a")),
    )

    assert statuses(results) == ["409", "409"]
    assert "was created without" in results[0]["response"]["detail"]
    assert (
        bridge.http.get(results[0]["location"], headers={"Authorization": bridge.authorization}).status_code
        == 200
    )


def test_too_many_errors_end_the_request(bridge: Bridge) -> None:
    """failOnErrors: what was not tried has no result."""
    operations = [post("a", userName=""), post("b", userName="bob"), post("c"), post("d", userName="dan")]

    results = send(bridge, *operations, failOnErrors=2)

    assert statuses(results) == ["400", "201", "400"]
    assert bridge.found("/Users") == ["bob"]


def test_a_circle_may_be_cut_by_too_many_errors(bridge: Bridge) -> None:
    """What was begun and not ended is told."""
    operations = [
        post("a", userName="ann", **manager("bulkId:b")),
        post("x"),
        post("b", **manager("bulkId:a")),
    ]

    results = send(bridge, *operations, failOnErrors=1)

    assert statuses(results) == ["400"]


@pytest.mark.parametrize(
    ("operation", "status", "scim_type"),
    [
        pytest.param({"method": "GET", "path": "/Users"}, "400", "invalidSyntax", id="method"),
        pytest.param({"method": "POST", "path": "/Users", "data": {}}, "400", "invalidValue", id="no bulkId"),
        pytest.param(post("a", "/Me", userName="x"), "400", "invalidPath", id="endpoint"),
        pytest.param(post("a", "/Bulk"), "400", "invalidPath", id="bulk in bulk"),
        pytest.param({"method": "DELETE", "path": "/Users"}, "400", "invalidPath", id="no id"),
        pytest.param({"method": "DELETE", "path": f"/Users/{NOBODY}"}, "404", None, id="nobody"),
        pytest.param({"method": "DELETE", "path": "Users"}, "400", "invalidPath", id="path"),
        pytest.param({"method": "PUT", "path": f"/Users/{NOBODY}"}, "400", "invalidValue", id="no data"),
        pytest.param(
            {"method": "DELETE", "path": f"/Users/{NOBODY}", "version": "x"},
            "400",
            "invalidValue",
            id="version",
        ),
        pytest.param(
            {"method": "PATCH", "path": f"/Users/{NOBODY}", "data": {"Operations": 1}},
            "400",
            "invalidSyntax",
            id="patch",
        ),
    ],
)
def test_a_bad_operation_is_its_own_error(
    bridge: Bridge, operation: dict[str, Any], status: str, scim_type: str | None
) -> None:
    """The next one is carried out all the same."""
    [bad, good] = send(bridge, operation, post("z", userName="jo"))

    assert (bad["status"], bad["response"].get("scimType"), good["status"]) == (status, scim_type, "201")


def test_the_rfc_s_own_patch(bridge: Bridge) -> None:
    """RFC 7644 §3.7.3 shows the operations of a PATCH as a list by itself."""
    jo = bridge.user("jo")
    operations = [{"op": "remove", "path": "nickName"}, {"op": "add", "path": "userName", "value": "Dave"}]

    results = send(bridge, {"method": "PATCH", "path": f"/Users/{jo['id']}", "data": operations})

    assert statuses(results) == ["200"]
    assert bridge.found("/Users") == ["Dave"]


def test_operations_are_held_to_versions(bridge: Bridge) -> None:
    """RFC 7644 §3.7: version is what If-Match is."""
    jo = bridge.user("jo")
    path = f"/Users/{jo['id']}"

    results = send(
        bridge,
        {"method": "DELETE", "path": path, "version": '"old"'},
        {"method": "DELETE", "path": path, "version": jo["meta"]["version"]},
    )

    assert statuses(results) == ["412", "204"]


def test_operations_need_their_own_scopes(bridge: Bridge) -> None:
    """Decision 16: the bulk scope opens nothing else, and nobody is asked to authenticate again."""
    client = bridge.with_scopes("internal_bulk_resource_create", "internal_user_mgt_create")
    operations = [
        post("a", userName="jo"),
        post("b", "/Groups", displayName="Team"),
        {"method": "DELETE", "path": f"/Users/{NOBODY}"},
    ]

    answer = client.send("POST", "/Bulk", {"Operations": operations})

    assert statuses(read(answer)["Operations"]) == ["201", "403", "403"]
    assert "WWW-Authenticate" not in answer.headers
    assert problem(client.send("POST", "/Groups", {"displayName": "Team"})) == (403, None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"Operations": [{}] * 1001}, (413, None), id="operations"),
        pytest.param(b" " * (1_048_577), (413, None), id="bytes"),
        pytest.param({"Operations": "x"}, (400, "invalidSyntax"), id="no list"),
        pytest.param({}, (400, "invalidSyntax"), id="nothing"),
        pytest.param({"Operations": [], "failOnErrors": -1}, (400, "invalidValue"), id="failOnErrors"),
        pytest.param({"Operations": [post("a"), post("a")]}, (400, "invalidValue"), id="twins"),
    ],
)
def test_a_bad_request_is_refused_whole(
    bridge: Bridge, body: object, expected: tuple[int, str | None]
) -> None:
    """Nothing of it is carried out."""
    assert problem(bridge.send("POST", "/Bulk", body)) == expected


def test_long_chains_of_references_are_followed(bridge: Bridge) -> None:
    """However far ahead they refer."""
    chain = [post(f"u{n}", userName=f"u{n}", **manager(f"bulkId:u{n + 1}")) for n in range(60)]

    results = send(bridge, *chain, post("u60", userName="u60"))

    assert set(statuses(results)) == {"201"}
    assert names(bridge.get(f"/Users?filter={ENTERPRISE}:manager pr&count=0")) == []
    assert read(bridge.get(f"/Users?filter={ENTERPRISE}:manager pr&count=0"))["totalResults"] == 60
