"""SCIM 1.1 is worded otherwise, and spoken to a service that knows no other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.outbound.connectors.scim2.scim11 import CORE, ENTERPRISE, ENTERPRISE2, inwards, outwards
from app.store.document import Document
from tests.outbound.bridges import ENVIRON, application, proxy_bridge
from tests.outbound.scim11_server import NAME, PASSWORD, scim11_server
from tests.web.scim.bridge import USER, Bridge, problem, read

SCIM2: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE2],
    "userName": "jo",
    ENTERPRISE2: {"department": "R&D", "manager": {"value": "7", "displayName": "Mo"}},
}
SCIM1: dict[str, Any] = {
    "schemas": [CORE, ENTERPRISE],
    "userName": "jo",
    ENTERPRISE: {"department": "R&D", "manager": {"managerId": "7", "displayName": "Mo"}},
}


def test_a_resource_goes_out_and_comes_back() -> None:
    """The URNs and the manager's id have other names."""
    assert outwards(SCIM2) == SCIM1
    assert inwards(SCIM1) == {name: value for name, value in SCIM2.items() if name != "schemas"}


def test_lists_and_errors() -> None:
    """The resources of a list are read one by one; errors are told in one sentence."""
    assert inwards({"totalResults": 1, "Resources": [SCIM1]})["Resources"] == [inwards(SCIM1)]
    assert inwards({"Errors": [{"description": "No.", "code": "409"}]}) == {"detail": "No."}
    assert outwards({"schemas": [USER], "userName": "jo"}) == {"schemas": [CORE], "userName": "jo"}


@pytest.fixture(scope="module")
def old_url() -> Iterator[str]:
    """Run a SCIM 1.1 service."""
    with scim11_server() as url:
        yield url


@pytest.fixture
def old(old_url: str) -> Iterator[httpx.Client]:
    """Ask it directly; it is empty."""
    with httpx.Client(base_url=old_url, auth=(NAME, PASSWORD), trust_env=False) as client:
        for path in ("/Users", "/Groups"):
            for found in client.get(path).json()["Resources"]:
                client.delete(f"{path}/{found['id']}")
        yield client


@pytest.fixture
def bridge(old_url: str, old: httpx.Client, tmp_path: Path) -> Iterator[Bridge]:
    """Give a Landbridge in proxy mode in front of it."""
    assert old.get("/Users").json()["totalResults"] == 0
    authentication = {"method": "basic", "username": NAME, "password": {"env": "OLD_PASSWORD"}}
    settings = {"url": old_url, "authentication": authentication}
    document = Document("Connector", "old", {"type": "scim1", "blocking": True, "settings": settings})
    environ = {**ENVIRON, "OLD_PASSWORD": PASSWORD}
    with proxy_bridge(tmp_path, document, application("old"), environ=environ) as made:
        yield made


def people(old: httpx.Client, path: str = "/Users") -> dict[str, Any]:
    """Return what the service has, by name."""
    found = old.get(path).json()["Resources"]
    return {each.get("userName") or each["displayName"]: each for each in found}


def test_users_go_there_and_come_back(bridge: Bridge, old: httpx.Client) -> None:
    """Created, read, changed by PUT and deleted, in the words of 1.1 there and of 2.0 here."""
    boss = bridge.user("boss")
    enterprise = {"department": "R&D", "manager": {"value": boss["id"]}}
    emails = [{"type": "work", "value": "jo@example.org"}]
    jo = bridge.user("jo", title="Cook", password="secret-1", emails=emails, **{ENTERPRISE2: enterprise})
    created = people(old)["jo"]
    changed = bridge.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})
    shown = read(bridge.get(f"/Users/{jo['id']}"))
    there = people(old)

    assert created["schemas"] == [CORE, ENTERPRISE]
    assert created[ENTERPRISE] == {"department": "R&D", "manager": {"managerId": there["boss"]["id"]}}
    assert (read(changed)["title"], there["jo"]["title"], there["jo"]["id"]) == (
        "Chief",
        "Chief",
        created["id"],
    )
    assert shown[ENTERPRISE2]["manager"]["value"] == boss["id"]
    assert shown["schemas"] == [USER, ENTERPRISE2]
    assert shown["emails"] == [{"type": "work", "value": "jo@example.org"}]
    assert bridge.send("DELETE", f"/Users/{jo['id']}").status_code == 204
    assert people(old).keys() == {"boss"}


def test_groups_and_their_members(bridge: Bridge, old: httpx.Client) -> None:
    """Members are named by the service's ids, and join and leave by a PUT of the group."""
    jo, mo = bridge.user("jo"), bridge.user("mo")
    group = bridge.group("staff", jo["id"])
    bridge.patch(
        f"/Groups/{group['id']}",
        {"op": "add", "path": "members", "value": [{"value": mo["id"]}]},
        {"op": "remove", "path": f'members[value eq "{jo["id"]}"]'},
    )

    members = people(old, "/Groups")["staff"]["members"]
    assert [each["value"] for each in members] == [people(old)["mo"]["id"]]
    assert [each["value"] for each in read(bridge.get(f"/Groups/{group['id']}"))["members"]] == [mo["id"]]


def test_lists_filters_and_pages(bridge: Bridge) -> None:
    """What 1.1 can be asked it is asked; what it cannot is refused and not left out."""
    for name in ("jo", "mo", "po"):
        bridge.user(name, title="Cook" if name != "po" else "Chief")

    assert bridge.found('/Users?filter=title eq "cook"&sortBy=userName&sortOrder=descending') == ["mo", "jo"]
    assert bridge.found("/Users?startIndex=2&count=1&sortBy=userName") == ["mo"]
    for condition in ('title ne "Cook"', 'not (title eq "Cook")', 'emails[type eq "work"]'):
        assert problem(bridge.send("GET", f"/Users?filter={condition}"))[0] == 400


def test_what_it_refuses_is_told(bridge: Bridge, old: httpx.Client) -> None:
    """Its errors have another form, and the same meaning."""
    bridge.user("jo")
    taken = bridge.send("POST", "/Users", {"schemas": [USER], "userName": "JO"})

    assert problem(taken)[0] == 409
    assert read(taken)["detail"] == "The connector old said: userName JO is taken."
    assert people(old).keys() == {"jo"}


def test_versions_are_kept(bridge: Bridge) -> None:
    """If-Match is good once."""
    jo = bridge.user("jo")
    tag = bridge.get(f"/Users/{jo['id']}").headers["ETag"]
    change = {"op": "replace", "path": "title", "value": "Chief"}

    statuses = [bridge.patch(f"/Users/{jo['id']}", change, If_Match=tag).status_code for _ in range(2)]

    assert statuses == [200, 412]


def test_who_is_there_already_is_adopted(old_url: str, bridge: Bridge, old: httpx.Client) -> None:
    """By the outbox, which looks for the name; what others wrote there stays."""
    assert old_url
    old.post("/Users", json={"schemas": [CORE], "userName": "jo", "nickName": "J"})
    document = bridge.services.documents.get("Connector", "old")
    later = Document("Connector", "old", {**document.body, "blocking": False})
    bridge.services.documents.apply([later], author="test")

    bridge.user("jo", title="Cook")
    bridge.services.worker.drain()

    assert bridge.services.outbound.outbox.page() == []
    assert people(old)["jo"]["title"] == "Cook"
    assert [*people(old)] == ["jo"]
