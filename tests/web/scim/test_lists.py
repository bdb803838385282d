"""Lists over HTTP: filters, order, pages and projections, of one type and of all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.access.scopes import ALL_SCOPES
from app.testing.slapd import Slapd
from tests.web.scim.bridge import (
    ENTERPRISE,
    HOST,
    SEARCH,
    Bridge,
    bearer,
    make_bridge,
    names,
    problem,
    read,
)

pytestmark = pytest.mark.directory
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@pytest.fixture
def people(bridge: Bridge) -> Bridge:
    """Give a service with three users and two groups."""
    for name, title in (("ann", "Boss"), ("bob", "Clerk"), ("cid", "Clerk")):
        bridge.user(name, title=title, displayName=name.title())
    bridge.group("Alpha")
    bridge.group("Beta")
    return bridge


def test_a_list_is_a_list_response(people: Bridge) -> None:
    """A list says how many there are and which of them it has."""
    document = read(people.get("/Users"))

    shown = {name: value for name, value in document.items() if name != "Resources"}
    assert shown == {"schemas": [LIST], "totalResults": 3, "startIndex": 1, "itemsPerPage": 3}
    assert sorted(each["userName"] for each in document["Resources"]) == ["ann", "bob", "cid"]


def test_nothing_found_is_an_empty_list(bridge: Bridge) -> None:
    """A filter that nothing fulfils answers 200 with an empty Resources."""
    document = read(bridge.get('/Users?filter=userName eq "nobody"'))

    assert (document["totalResults"], document["Resources"]) == (0, [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param('filter=title eq "clerk"&sortBy=userName', ["bob", "cid"], id="filter"),
        pytest.param("sortBy=userName&sortOrder=descending", ["cid", "bob", "ann"], id="sort"),
        pytest.param("sortBy=userName&startIndex=2&count=1", ["bob"], id="page"),
        pytest.param("sortBy=userName&startIndex=0&count=1", ["ann"], id="start below 1"),
        pytest.param("sortBy=userName&count=-1", [], id="count below 0"),
        pytest.param("startIndex=9", [], id="behind the end"),
        pytest.param(
            "sortBy=userName&aadOptscim062020&foo=bar", ["ann", "bob", "cid"], id="unknown parameters"
        ),
        pytest.param("SORTBY=userName&Count=1", ["ann"], id="names in any case"),
    ],
)
def test_a_list_is_what_the_url_asks_for(people: Bridge, query: str, found: list[str]) -> None:
    """Filter, order and page are in the parameters."""
    assert people.found(f"/Users?{query}") == found


@pytest.mark.parametrize(
    ("query", "scim_type"),
    [
        pytest.param("filter=userName", "invalidFilter", id="filter"),
        pytest.param('filter=nothing eq "x"', "invalidFilter", id="unknown attribute"),
        pytest.param('filter=password eq "x"', "invalidFilter", id="secret"),
        pytest.param("sortBy=nothing", "invalidValue", id="sortBy"),
        pytest.param("sortBy=userName&sortOrder=up", "invalidValue", id="sortOrder"),
        pytest.param("count=many", "invalidValue", id="count"),
        pytest.param("startIndex=first", "invalidValue", id="startIndex"),
        pytest.param("cursor=nonsense", "invalidCursor", id="cursor"),
        pytest.param("cursor=&count=many", "invalidCount", id="count with cursor"),
        pytest.param("attributes=id&excludedAttributes=id", "invalidValue", id="both projections"),
    ],
)
def test_a_bad_parameter_is_400(people: Bridge, query: str, scim_type: str) -> None:
    """Each mistake has its scimType."""
    assert problem(people.get(f"/Users?{query}")) == (400, scim_type)


def test_a_list_can_be_walked_by_cursor(people: Bridge) -> None:
    """RFC 9865: nextCursor leads through all pages, each resource once."""
    found, path, pages = [], "/Users?sortBy=userName&count=2&cursor=", 0
    while path:
        document = read(people.get(path))
        found += [each["userName"] for each in document["Resources"]]
        following = document.get("nextCursor")
        path = f"/Users?sortBy=userName&count=2&cursor={following}" if following else ""
        pages += 1

    assert (found, pages) == (["ann", "bob", "cid"], 2)


@pytest.mark.parametrize("count", ["0", "-1"])
def test_a_list_by_cursor_can_be_counted(people: Bridge, count: str) -> None:
    """RFC 9865 §2: 0 and less ask for totalResults alone."""
    document = read(people.get(f"/Users?cursor=&count={count}"))

    assert document["totalResults"] == 3
    assert document.keys().isdisjoint({"nextCursor", "previousCursor", "startIndex"})
    assert document["Resources"] == []


def test_a_cursor_expires(slapd: Slapd, tmp_path: Path) -> None:
    """RFC 9865 §2.1: who waits longer than cursorTimeout is told, and begins anew; another count is told, too."""
    now = [datetime.now(UTC)]
    slapd.clear()
    bridge = make_bridge(tmp_path, slapd, clock=lambda: now[0])
    for name in ("ann", "bob", "cid"):
        bridge.user(name)
    timeout = read(bridge.get("/ServiceProviderConfig"))["pagination"]["cursorTimeout"]
    following = read(bridge.get("/Users?count=1&cursor="))["nextCursor"]

    other = problem(bridge.get(f"/Users?count=2&cursor={following}"))
    in_time = bridge.get(f"/Users?count=1&cursor={following}")
    now[0] += timedelta(seconds=timeout + 1)
    bridge = replace(bridge, authorization=bearer(bridge.http, " ".join(ALL_SCOPES)))
    late = problem(bridge.get(f"/Users?count=1&cursor={following}"))
    anew = bridge.get("/Users?count=1&cursor=")
    bridge.close()

    assert other == (400, "invalidCount")
    assert late == (400, "expiredCursor")
    assert (in_time.status_code, anew.status_code) == (200, 200)


def test_only_what_is_asked_for_is_shown(people: Bridge) -> None:
    """Attributes leaves only what is named and what is always there."""
    [document] = read(people.get('/Users?filter=userName eq "ann"&attributes=title,name.familyName'))[
        "Resources"
    ]

    assert document.keys() == {"schemas", "id", "title", "name"}
    assert document["name"] == {"familyName": "ann"}


def test_what_is_excluded_is_not_shown(people: Bridge) -> None:
    """ExcludedAttributes takes away from the default."""
    [document] = read(people.get('/Users?filter=userName eq "ann"&excludedAttributes=name,meta'))["Resources"]

    assert document.keys() == {"schemas", "id", "userName", "displayName", "title", "active"}


@pytest.mark.parametrize("path", ["/Users/.search", "/Users/.search/"])
def test_a_search_is_a_list_by_post(people: Bridge, path: str) -> None:
    """RFC 7644 §3.4.3: the parameters are in the body."""
    body = {
        "schemas": [SEARCH],
        "filter": 'title eq "Clerk"',
        "sortBy": "userName",
        "count": 1,
        "attributes": ["userName"],
    }

    document = read(people.send("POST", path, body))

    assert (document["totalResults"], document["itemsPerPage"]) == (2, 1)
    assert [each.keys() - {"schemas", "id"} for each in document["Resources"]] == [{"userName"}]


def test_a_search_at_the_root_finds_all_types(people: Bridge) -> None:
    """One list, with one total."""
    document = read(people.send("POST", "/.search", {"schemas": [SEARCH], "count": 4}))

    types = [each["meta"]["resourceType"] for each in document["Resources"]]
    assert (document["totalResults"], sorted(types)) == (5, ["Group", "Group", "User", "User"])


def test_pages_of_all_types_join(people: Bridge) -> None:
    """Walked page by page, everything is there once."""
    found = []
    for start in (1, 3, 5):
        answer = people.send("POST", "/.search", {"startIndex": start, "count": 2})
        found += names(answer)

    assert sorted(found) == ["Alpha", "Beta", "ann", "bob", "cid"]


def test_all_types_have_one_order(people: Bridge) -> None:
    """SortBy goes over all types."""
    body = {"sortBy": "displayName", "sortOrder": "descending", "startIndex": 2, "count": 3}

    document = read(people.send("POST", "/.search", body))

    assert [each["displayName"] for each in document["Resources"]] == ["Bob", "Beta", "Ann"]
    assert document["totalResults"] == 5


def test_all_types_can_be_walked_by_cursor(people: Bridge) -> None:
    """A cursor goes on with the next type where one ends."""
    found: list[str] = []
    cursors = [""]
    for cursor in cursors:
        document = read(people.send("POST", "/.search", {"cursor": cursor, "count": 2}))
        assert document["totalResults"] == 5
        found += [each["displayName"] for each in document["Resources"]]
        cursors += [document["nextCursor"]] if "nextCursor" in document else []

    assert sorted(found) == ["Alpha", "Ann", "Beta", "Bob", "Cid"]


def test_all_types_can_be_walked_in_one_order(people: Bridge) -> None:
    """Sorted and by cursor, everybody comes once."""
    found: list[str] = []
    cursors = [""]
    for cursor in cursors:
        body = {"cursor": cursor, "count": 2, "sortBy": "displayName"}
        document = read(people.send("POST", "/.search", body))
        assert document["totalResults"] == 5
        found += [each["displayName"] for each in document["Resources"]]
        cursors += [document["nextCursor"]] if "nextCursor" in document else []

    assert found == ["Alpha", "Ann", "Beta", "Bob", "Cid"]


def test_a_type_without_the_attribute_contributes_nothing(people: Bridge) -> None:
    """UserName is an attribute of users only."""
    answer = people.send("POST", "/.search", {"filter": "userName pr"})

    assert sorted(names(answer)) == ["ann", "bob", "cid"]


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        pytest.param({"filter": "nothing pr"}, "invalidFilter", id="filter"),
        pytest.param({"sortBy": "nothing"}, "invalidValue", id="sortBy"),
        pytest.param({"cursor": "nonsense"}, "invalidCursor", id="cursor"),
        pytest.param({"cursor": "WyJVc2VyIiwgIngiXQ"}, "invalidCursor", id="cursor of a type"),
        pytest.param({"cursor": "", "sortBy": "nothing"}, "invalidValue", id="sortBy with a cursor"),
        pytest.param([], "invalidSyntax", id="no object"),
    ],
)
def test_what_no_type_understands_is_400(people: Bridge, body: object, scim_type: str) -> None:
    """A search that makes sense for no type is a mistake."""
    assert problem(people.send("POST", "/.search", body)) == (400, scim_type)


def test_a_root_search_shows_what_the_caller_may_list(people: Bridge) -> None:
    """Types that the caller may not list are not in it; without any it is refused."""
    users = people.with_scopes("internal_user_mgt_list")
    neither = people.with_scopes("internal_login")

    assert read(users.send("POST", "/.search", {}))["totalResults"] == 3
    assert problem(neither.send("POST", "/.search", {})) == (403, None)


def test_references_have_their_uri(bridge: Bridge) -> None:
    """Members, groups and managers are told by id and by URI."""
    boss = bridge.user("boss")
    jo = bridge.user("jo", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    inner = bridge.group("Inner", jo["id"])
    outer = bridge.group("Outer", inner["id"])

    user = read(bridge.get(f"/Users/{jo['id']}"))
    groups = {each["display"]: each["$ref"] for each in user["groups"]}
    assert user[ENTERPRISE]["manager"]["$ref"] == f"{HOST}/scim2/Users/{boss['id']}"
    assert groups == {
        "Inner": f"{HOST}/scim2/Groups/{inner['id']}",
        "Outer": f"{HOST}/scim2/Groups/{outer['id']}",
    }
    [member] = read(bridge.get(f"/Groups/{outer['id']}"))["members"]
    assert member["$ref"] == f"{HOST}/scim2/Groups/{inner['id']}"
