"""Applications in proxy mode: what they ask goes to their connectors, and nowhere else."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.outbound.bridges import application, connector, plain, proxy_bridge
from tests.web.scim.bridge import ENTERPRISE, GROUP, USER, Bridge, names, problem, read

JO: dict[str, Any] = {
    "schemas": [USER],
    "userName": "jo",
    "name": {"givenName": "Jo", "familyName": "Doe"},
    "title": "Boss",
}


def remote(target: httpx.Client, path: str, name: str) -> dict[str, Any]:
    """Find a resource at the target by its name."""
    attribute = "userName" if path == "/Users" else "displayName"
    answer = target.get(path, params={"filter": f'{attribute} eq "{name}"'}).json()
    [found] = answer["Resources"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_connector_nothing_is_said_to_be_done(tmp_path: Path, method: str) -> None:
    """An application without a connector answers 409, with the reason."""
    with proxy_bridge(tmp_path, application()) as bridge:
        answer = bridge.send(method, "/Users", JO if method == "POST" else None)

        assert problem(answer) == (409, None)
        assert "no outbound connector" in read(answer)["detail"]


def test_a_user_is_created_at_the_target_and_read_from_there(proxy: Bridge, target: httpx.Client) -> None:
    """The target has the user; the client sees it under an id of ours, which stays."""
    created = proxy.create(**JO)

    shown = read(proxy.get(f"/Users/{created['id']}"))
    there = remote(target, "/Users", "jo")
    assert plain(shown) == {name: value for name, value in JO.items() if name != "schemas"}
    assert plain(there) == plain(shown)
    assert created["id"] == shown["id"] != there["id"]
    assert shown["meta"]["location"].endswith(f"/scim2/Users/{created['id']}")


def test_a_password_goes_on_and_never_comes_back(proxy: Bridge) -> None:
    """A create with a password is answered without it, and nothing of it is left in the store."""
    created = proxy.user("jo", password="secret-1")

    assert "password" not in created
    assert proxy.services.outbound.outbox.page() == []


def test_a_taken_name_is_a_conflict(proxy: Bridge, target: httpx.Client) -> None:
    """What the target refuses is refused, in its words, with the connector's name; nothing of it is left."""
    target.post("/Users", json=JO)

    answer = proxy.send("POST", "/Users", JO)

    assert problem(answer) == (409, "uniqueness")
    assert read(answer)["detail"].startswith("The connector crm said: ")
    assert proxy.services.outbound.outbox.page() == []


def test_what_was_at_the_target_before_is_there(proxy: Bridge, target: httpx.Client) -> None:
    """Resources that others made at the target are listed with ids of ours, the same each time."""
    target.post("/Users", json=JO)

    listed = read(proxy.get("/Users"))["Resources"]

    assert [each["userName"] for each in listed] == ["jo"]
    assert read(proxy.get("/Users"))["Resources"] == listed
    assert read(proxy.get(f"/Users/{listed[0]['id']}"))["userName"] == "jo"


def test_a_patch_changes_only_what_it_says(proxy: Bridge, target: httpx.Client) -> None:
    """A PATCH of one attribute leaves the others alone."""
    jo = proxy.user("jo", title="Boss", nickName="J")

    answer = proxy.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})

    assert plain(read(answer)) == {"userName": "jo", "title": "Chief", "nickName": "J"}
    assert plain(remote(target, "/Users", "jo")) == plain(read(answer))


def test_entra_disables_with_a_text(proxy: Bridge, target: httpx.Client) -> None:
    """What our codec understands reaches the target as the standard has it."""
    jo = proxy.user("jo", active=True)

    proxy.patch(f"/Users/{jo['id']}", {"op": "Replace", "path": "active", "value": "False"})

    assert remote(target, "/Users", "jo")["active"] is False


def test_a_put_takes_away_what_it_leaves_out(proxy: Bridge, target: httpx.Client) -> None:
    """A PUT replaces the resource."""
    jo = proxy.user("jo", title="Boss", nickName="J")

    answer = proxy.send("PUT", f"/Users/{jo['id']}", {"schemas": [USER], "userName": "jo", "title": "Chief"})

    assert answer.status_code == 200
    assert plain(remote(target, "/Users", "jo")) == {"userName": "jo", "title": "Chief"}


def test_a_delete_is_final(proxy: Bridge, target: httpx.Client) -> None:
    """A deleted user is gone at the target, and 404 afterwards."""
    jo = proxy.user("jo")

    assert proxy.send("DELETE", f"/Users/{jo['id']}").status_code == 204

    assert target.get("/Users").json()["totalResults"] == 0
    assert problem(proxy.get(f"/Users/{jo['id']}"))[0] == 404
    assert problem(proxy.send("DELETE", f"/Users/{jo['id']}"))[0] == 404


def test_references_are_translated_both_ways(proxy: Bridge, target: httpx.Client) -> None:
    """Members and managers have our ids here and the target's ids there."""
    boss = proxy.user("boss")
    jo = proxy.user("jo", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    group = proxy.group("staff", jo["id"])

    there = remote(target, "/Groups", "staff")
    assert [each["value"] for each in there["members"]] == [remote(target, "/Users", "jo")["id"]]
    assert (
        remote(target, "/Users", "jo")[ENTERPRISE]["manager"]["value"]
        == remote(target, "/Users", "boss")["id"]
    )
    shown = read(proxy.get(f"/Groups/{group['id']}"))
    assert [each["value"] for each in shown["members"]] == [jo["id"]]
    assert read(proxy.get(f"/Users/{jo['id']}"))[ENTERPRISE]["manager"]["value"] == boss["id"]


def test_members_join_and_leave(proxy: Bridge, target: httpx.Client) -> None:
    """A membership PATCH reaches the target as one."""
    jo, mo = proxy.user("jo"), proxy.user("mo")
    group = proxy.group("staff", jo["id"])

    proxy.patch(
        f"/Groups/{group['id']}",
        {"op": "add", "path": "members", "value": [{"value": mo["id"]}]},
        {"op": "remove", "path": f'members[value eq "{jo["id"]}"]'},
    )

    there = remote(target, "/Groups", "staff")
    assert [each["value"] for each in there["members"]] == [remote(target, "/Users", "mo")["id"]]


def test_a_member_that_is_nobody_is_refused(proxy: Bridge, target: httpx.Client) -> None:
    """A group with a member that no connector has is not made."""
    body = {"schemas": [GROUP], "displayName": "staff", "members": [{"value": "nobody"}]}

    answer = proxy.send("POST", "/Groups", body)

    assert problem(answer) == (400, "invalidValue")
    assert target.get("/Groups").json()["totalResults"] == 0


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param('userName eq "jo"', ["jo"], id="name"),
        pytest.param('title sw "B" and userName ne "jo"', ["mo"], id="and"),
        pytest.param('not (userName eq "jo")', ["mo", "po"], id="not"),
        pytest.param('userName eq "jo\\" or userName pr or \\"" ', [], id="quoted"),
        pytest.param('id eq "nobody"', [], id="nobody"),
        pytest.param('id eq "nobody" or userName eq "po"', ["po"], id="nobody or somebody"),
    ],
)
def test_filters_are_asked_of_the_target(proxy: Bridge, condition: str, expected: list[str]) -> None:
    """A list has what the filter says, properly quoted on its way."""
    for name, title in (("jo", "Boss"), ("mo", "Butler"), ("po", "Cook")):
        proxy.user(name, title=title)

    answer = proxy.send("GET", f"/Users?filter={condition}&sortBy=userName")

    assert names(answer) == expected
    assert read(answer)["totalResults"] == len(expected)


def test_filters_on_ids_are_translated(proxy: Bridge) -> None:
    """A filter on an id or a member has our ids."""
    jo, mo = proxy.user("jo"), proxy.user("mo")
    proxy.group("staff", jo["id"])

    assert proxy.found(f'/Users?filter=id eq "{jo["id"]}"') == ["jo"]
    assert proxy.found(f'/Groups?filter=members[value eq "{jo["id"]}"]') == ["staff"]
    assert proxy.found(f'/Groups?filter=members[value eq "{mo["id"]}"]') == []


def test_lists_have_pages(proxy: Bridge) -> None:
    """Pages by index and by cursor have everybody once; .search answers alike."""
    everybody = [f"user{number}" for number in range(5)]
    for name in everybody:
        proxy.user(name)

    pages = [names(proxy.get(f"/Users?startIndex={start}&count=2&sortBy=userName")) for start in (1, 3, 5)]
    first = read(proxy.get("/Users?cursor=&count=3&sortBy=userName"))
    second = read(proxy.get(f"/Users?cursor={first['nextCursor']}&count=3&sortBy=userName"))
    searched = proxy.send("POST", "/Users/.search", {"filter": 'userName eq "user3"'})

    assert pages == [everybody[:2], everybody[2:4], everybody[4:]]
    assert [each["userName"] for each in (*first["Resources"], *second["Resources"])] == everybody
    assert "nextCursor" not in second
    assert names(searched) == ["user3"]


def test_versions_are_the_targets(proxy: Bridge) -> None:
    """If-Match with the version that was shown succeeds once, and is 412 when it has passed."""
    jo = proxy.user("jo")
    tag = proxy.get(f"/Users/{jo['id']}").headers["ETag"]
    change = {"op": "replace", "path": "title", "value": "Chief"}

    first = proxy.patch(f"/Users/{jo['id']}", change, If_Match=tag)
    second = proxy.patch(f"/Users/{jo['id']}", {**change, "value": "Boss"}, If_Match=tag)

    assert first.status_code == 200
    assert problem(second)[0] == 412


def test_discovery_is_about_the_connectors(proxy: Bridge) -> None:
    """The schemas of a proxy are those of its connectors' resource types."""
    found = {each["id"] for each in read(proxy.get("/Schemas"))["Resources"]}

    assert {USER, GROUP, ENTERPRISE} <= found
    assert proxy.found('/Groups?filter=displayName eq "nothing"') == []


def test_values_go_in_the_targets_form(scim2_target: str, target: httpx.Client, tmp_path: Path) -> None:
    """Transforms hold for what is written, for what is shown, and for what is asked."""
    places = {
        "userName": {"from": "userName", "transform": {"prefix": "corp-"}},
        "displayName": {"expression": "resource.name.givenName"},
    }
    crm = connector("crm", scim2_target, attributes={"User": {"places": places}})
    with proxy_bridge(tmp_path, crm, application("crm")) as bridge:
        jo = bridge.create(**JO)
        bridge.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "userName", "value": "joanna"})
        there = remote(target, "/Users", "corp-joanna")

        assert there["displayName"] == "Jo"
        assert bridge.found('/Users?filter=userName eq "joanna"&sortBy=userName') == ["joanna"]
        assert problem(bridge.get('/Users?filter=userName sw "jo"')) == (400, "invalidFilter")
        assert problem(bridge.send("POST", "/Users", {**JO, "userName": "joanna"})) == (409, "uniqueness")


def test_bulk_goes_on_too(proxy: Bridge, target: httpx.Client) -> None:
    """A bulk request of a user and a group with that user as a member works."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"schemas": [USER], "userName": "jo"}},
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "b",
            "data": {"schemas": [GROUP], "displayName": "staff", "members": [{"value": "bulkId:a"}]},
        },
    ]

    answer = proxy.send(
        "POST",
        "/Bulk",
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations},
    )

    assert [each["status"] for each in read(answer)["Operations"]] == ["201", "201"]
    assert len(remote(target, "/Groups", "staff")["members"]) == 1
