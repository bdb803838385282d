"""An application over several user store domains, on real directories, of which one may end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.store.document import Document
from app.store.loading import load
from app.testing.slapd import Slapd
from tests.web.scim.bridge import BULK, CONFIG, GROUP, USER, Bridge, make_bridge, problem, read

pytestmark = pytest.mark.directory


def second(server: Slapd) -> Document:
    """Describe a second domain."""
    [primary] = [found for found in load([CONFIG]).documents if found.name == "PRIMARY"]
    body = {
        **primary.body,
        "servers": [server.ldaps_uri],
        "base": server.base_dn,
        "bind": {"dn": server.bind_dn, "password": {"stored": "other"}},
        "tls": {"ca_file": str(server.ca_file)},
    }
    return Document("Domain", "OTHER", body)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run a second directory."""
    with Slapd(tmp_path_factory.mktemp("other"), base_dn="dc=other,dc=org", durable=False) as server:
        yield server


@pytest.fixture
def joint(slapd: Slapd, other: Slapd, tmp_path: Path) -> Iterator[Bridge]:
    """Give a service whose client reads and writes both."""
    slapd.clear()
    other.clear()
    provisioning = {"domains": ["PRIMARY", "OTHER"], "unreachable": "partial"}
    bridge = make_bridge(
        tmp_path,
        slapd,
        bodies={"demo": {"provisioning": provisioning}},
        added=[second(other)],
    )
    bridge.services.secrets.put("other", other.bind_password)
    yield bridge
    bridge.close()


def test_a_domain_binds_reads_as_well_as_writes(joint: Bridge) -> None:
    """What another domain has is not there for an application of one: by no method, filter, member or bulk operation."""
    here, there = joint.user("jo"), joint.user("OTHER/mo")
    demo = joint.services.documents.get("Application", "demo")
    narrow = replace(demo, body={**demo.body, "provisioning": {"domain": "PRIMARY"}})
    joint.services.documents.apply([narrow], author="test")
    group, path, title = (
        joint.group("all", here["id"]),
        f"/Users/{there['id']}",
        {"schemas": [USER], "title": "x"},
    )
    change = {"op": "replace", "path": "title", "value": "x"}
    deletion = {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": path}]}

    asked = [
        joint.get(path),
        joint.send("PUT", path, {**title, "userName": "mo"}),
        joint.patch(path, change),
        joint.send("DELETE", path),
    ]
    member = joint.patch(
        f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": there["id"]}]}
    )
    bulk = read(joint.send("POST", "/Bulk", deletion))

    assert [answer.status_code for answer in asked] == [404] * 4
    assert member.status_code == 400
    assert bulk["Operations"][0]["status"] == "404"
    assert joint.found(f'/Users?filter=id eq "{there["id"]}"') == []
    assert joint.found("/Users") == ["jo"]
    joint.services.documents.apply([demo], author="test")
    assert read(joint.get(path))["userName"] == "OTHER/mo"


def test_two_directories(joint: Bridge) -> None:
    """Users and groups of both are one list, and each is where its name or the URL says."""
    here = joint.user("jo")
    there = joint.user("OTHER/jo", externalId="x1")
    addressed = read(joint.send("POST", "/Users?domain=other", {"schemas": [USER], "userName": "al"}))
    group = joint.group("OTHER/all", there["id"])

    listed = joint.found("/Users?sortBy=userName&count=2") + joint.found(
        "/Users?sortBy=userName&count=2&startIndex=3"
    )

    assert (here["userName"], there["userName"], addressed["userName"]) == ("jo", "OTHER/jo", "OTHER/al")
    assert listed == ["jo", "OTHER/al", "OTHER/jo"]
    assert joint.found('/Users?filter=externalId eq "x1"') == ["OTHER/jo"]
    assert joint.found("/Users?domain=PRIMARY") == ["jo"]
    assert read(joint.get(f"/Users/{there['id']}"))["groups"][0]["value"] == group["id"]
    assert joint.get(f"/Users/{there['id']}?domain=PRIMARY").status_code == 404
    assert problem(joint.get("/Users?domain=NONE")) == (400, "invalidValue")
    assert read(joint.send("POST", "/.search", {}))["totalResults"] == 4


def test_references_stay_within(joint: Bridge) -> None:
    """Who is in another domain cannot join a group: its directory does not know the name."""
    there = joint.user("OTHER/jo")
    body = {"schemas": [GROUP], "displayName": "all", "members": [{"value": there["id"]}]}

    assert problem(joint.send("POST", "/Groups", body)) == (400, "invalidValue")


def test_one_directory_ends(joint: Bridge, other: Slapd) -> None:
    """The other one goes on, lists say what they lack, and nobody is said not to exist who may."""
    here, there = joint.user("jo"), joint.user("OTHER/jo")
    other.stop()

    try:
        listed = joint.get("/Users")
        root = joint.send("POST", "/.search", {})
        answers = [joint.get(f"/Users/{each['id']}").status_code for each in (here, there)]
        created = joint.user("al")
    finally:
        other.start()

    assert [user["userName"] for user in read(listed)["Resources"]] == ["jo"]
    assert listed.headers["Warning"] == root.headers["Warning"] == '199 - "not reached: OTHER"'
    assert answers == [200, 503]
    assert created["userName"] == "al"
