"""Discovery over HTTP: what is claimed is what the maps in force hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.store.document import Document
from app.testing.slapd import Slapd
from tests.web.scim.bridge import ENTERPRISE, GROUP, HOST, USER, Bridge, make_bridge, problem, read

pytestmark = pytest.mark.directory
OPEN = ("/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User")
KNOWN = ("/Schemas", f"/Schemas/{USER}")


def test_the_service_says_what_it_can_do(shared_bridge: Bridge) -> None:
    """RFC 7643 §5 and RFC 9865 §4."""
    document = read(shared_bridge.get("/ServiceProviderConfig"))

    supported = {
        name for name, value in document.items() if isinstance(value, dict) and value.get("supported")
    }
    assert supported == {"patch", "bulk", "filter", "changePassword", "sort", "etag"}
    assert document["filter"]["maxResults"] == document["pagination"]["maxPageSize"] == 1000
    assert document["pagination"]["defaultPaginationMethod"] == "index"
    assert [scheme["type"] for scheme in document["authenticationSchemes"]] == [
        "oauthbearertoken",
        "httpbasic",
    ]
    assert document["meta"]["location"] == f"{HOST}/scim2/ServiceProviderConfig"


def test_resource_types_are_those_of_the_domain(shared_bridge: Bridge) -> None:
    """RFC 7643 §6."""
    document = read(shared_bridge.get("/ResourceTypes"))

    assert {each["id"]: each["endpoint"] for each in document["Resources"]} == {
        "User": "/Users",
        "Group": "/Groups",
    }
    assert read(shared_bridge.get("/ResourceTypes/User")) == next(
        each for each in document["Resources"] if each["id"] == "User"
    )


def test_schemas_are_listed_and_shown(shared_bridge: Bridge) -> None:
    """RFC 7643 §7; a URN is found in any case."""
    document = read(shared_bridge.get("/Schemas"))

    assert [each["id"] for each in document["Resources"]] == [USER, ENTERPRISE, GROUP]
    assert read(shared_bridge.get(f"/Schemas/{USER.upper()}")) == document["Resources"][0]


def test_a_schema_has_what_the_map_holds(shared_bridge: Bridge) -> None:
    """Attributes, their parts and their types that no rule stores are not published."""
    attributes = _attributes(shared_bridge, USER)

    assert "nickName" not in attributes
    assert _parts(attributes["name"]) == ["formatted", "familyName", "givenName"]
    assert _parts(attributes["emails"]) == ["value", "type", "primary"]
    assert _parts(attributes["phoneNumbers"]) == ["value", "type", "primary"]
    assert "primary" not in _parts(attributes["addresses"])
    assert _kinds(attributes["phoneNumbers"]) == ["work", "mobile", "home", "pager", "fax"]
    # addresses[home] holds the formatted address only.
    assert _kinds(attributes["addresses"]) == ["work"]
    assert attributes["groups"]["mutability"] == "readOnly"
    assert attributes["password"]["returned"] == "never"


def test_references_name_the_types_that_are_allowed(shared_bridge: Bridge) -> None:
    """Members are users and groups, managers are users."""
    members = _attributes(shared_bridge, GROUP)["members"]
    manager = _attributes(shared_bridge, ENTERPRISE)["manager"]

    assert _kinds(members) == _referred(members) == ["User", "Group"]
    assert _referred(manager) == ["User"]


SMALL: dict[str, dict[str, Any]] = {
    "PRIMARY": {"maps": {"User": "openldap-user"}},
    "openldap-user": {
        "attributes": {
            "userName": "uid",
            "name.familyName": "sn",
            "displayName": {"attribute": "cn", "direction": "to_directory"},
            "title": {"attribute": "title", "direction": "to_scim"},
            "nickName": {"attribute": "initials", "write": "create", "required": True},
            "emails[work]": "mail",
            "emails[home]": {"attribute": "labeledURI", "direction": "to_scim"},
            "phoneNumbers[work]": {"attribute": "telephoneNumber", "direction": "to_scim"},
            "addresses[work].locality": {"attribute": "l", "direction": "to_scim"},
            "addresses[work].region": "st",
        }
    },
}


@pytest.fixture
def small(tmp_path: Path, slapd: Slapd) -> Iterator[Bridge]:
    """Give a service whose domain keeps little of users, and no groups."""
    bridge = make_bridge(tmp_path, slapd, bodies=SMALL)
    bridge.directory.clear()
    yield bridge
    bridge.close()


def test_discovery_follows_the_map(small: Bridge) -> None:
    """A domain that keeps less claims less."""
    attributes = _attributes(small, USER)

    assert read(small.get("/ServiceProviderConfig"))["changePassword"] == {"supported": False}
    assert [each["id"] for each in read(small.get("/Schemas"))["Resources"]] == [USER]
    assert [each["id"] for each in read(small.get("/ResourceTypes"))["Resources"]] == ["User"]
    assert problem(small.get("/Groups")) == (404, None)
    assert _directions(attributes) == {
        "userName": ("readWrite", "default"),
        "name": ("readWrite", "default"),
        "displayName": ("writeOnly", "never"),
        "nickName": ("immutable", "default"),
        "title": ("readOnly", "default"),
        "emails": ("readWrite", "default"),
        "phoneNumbers": ("readOnly", "default"),
        "addresses": ("readWrite", "default"),
    }
    assert [name for name, each in attributes.items() if each["required"]] == ["userName", "nickName"]


def test_discovery_follows_the_map_into_parts(small: Bridge) -> None:
    """What the directory alone keeps is read-only there too, and no type of elements is promised that is only shown."""
    attributes = _attributes(small, USER)
    parts = {
        name: {part["name"]: part["mutability"] for part in attributes[name]["subAttributes"]}
        for name in ("emails", "phoneNumbers", "addresses")
    }

    assert parts["emails"] == dict.fromkeys(("value", "type", "primary"), "readWrite")
    assert parts["phoneNumbers"] == dict.fromkeys(("value", "type", "primary"), "readOnly")
    assert parts["addresses"] == {"locality": "readOnly", "region": "readWrite", "type": "readWrite"}
    assert _kinds(attributes["emails"]) == _kinds(attributes["phoneNumbers"]) == ["work"]


def test_what_discovery_says_is_only_shown_cannot_be_written(small: Bridge) -> None:
    """A PATCH of it is told so."""
    sent = {"userName": "jo", "nickName": "JO", "name": {"familyName": "Jo"}, "displayName": "Jo"}
    path = f"/Users/{small.create('/Users', **sent)['id']}"

    for owned in (
        "title",
        'emails[type eq "home"].value',
        "phoneNumbers",
        'addresses[type eq "work"].locality',
    ):
        answer = small.patch(path, {"op": "replace", "path": owned, "value": [] if owned[0] == "p" else "x"})
        assert problem(answer) == (400, "mutability")


def test_without_a_domain_of_its_own_it_tells_of_all(small: Bridge) -> None:
    """The resident application may have no domain; a caller's own is told all the same."""
    resident = Document("Application", "resident", {"apis": {"SCIM2 Users API": "all"}})
    small.services.documents.apply([resident], author="test")
    small.services.configurations.current()

    assert [each["id"] for each in read(small.get("/ResourceTypes"))["Resources"]] == ["User"]
    assert small.stranger().get("/ServiceProviderConfig").status_code == 200
    assert len(_attributes(small, USER)) == 8


@pytest.mark.parametrize("path", OPEN)
def test_what_the_service_is_may_be_read_by_everybody(shared_bridge: Bridge, path: str) -> None:
    """RFC 7644 §4."""
    assert shared_bridge.stranger().get(path).status_code == 200


@pytest.mark.parametrize("path", KNOWN)
def test_schemas_are_for_known_callers(shared_bridge: Bridge, path: str) -> None:
    """Any scope will do, but somebody must be calling."""
    assert problem(shared_bridge.stranger().get(path)) == (401, None)
    assert shared_bridge.with_scopes("internal_login").get(path).status_code == 200


@pytest.mark.parametrize("path", [*OPEN, *KNOWN])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_discovery_cannot_be_written(shared_bridge: Bridge, method: str, path: str) -> None:
    """405, with what is allowed."""
    answer = shared_bridge.send(method, path, {})

    assert problem(answer) == (405, None)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", ["/ResourceTypes", "/Schemas"])
def test_discovery_cannot_be_filtered(shared_bridge: Bridge, path: str) -> None:
    """RFC 7644 §4: 403; every other parameter is ignored."""
    assert problem(shared_bridge.get(f"{path}?filter=id pr")) == (403, None)
    assert shared_bridge.get(f"{path}?startIndex=2&sortBy=nothing&count=x").status_code == 200


@pytest.mark.parametrize("path", ["/ResourceTypes/Device", "/Schemas/urn:nothing"])
def test_what_there_is_not_is_404(shared_bridge: Bridge, path: str) -> None:
    """As a SCIM error."""
    assert problem(shared_bridge.get(path)) == (404, None)


def _attributes(bridge: Bridge, urn: str) -> dict[str, dict[str, Any]]:
    document = read(bridge.get(f"/Schemas/{urn}"))
    return {attribute["name"]: attribute for attribute in document["attributes"]}


def _parts(attribute: dict[str, Any]) -> list[str]:
    return [part["name"] for part in attribute["subAttributes"]]


def _kinds(attribute: dict[str, Any]) -> list[str]:
    [kind] = [part for part in attribute["subAttributes"] if part["name"] == "type"]
    return list(kind["canonicalValues"])


def _referred(attribute: dict[str, Any]) -> list[str]:
    [ref] = [part for part in attribute["subAttributes"] if part["name"] == "$ref"]
    return list(ref["referenceTypes"])


def _directions(attributes: dict[str, dict[str, Any]]) -> dict[str, tuple[str, str]]:
    return {name: (found["mutability"], found["returned"]) for name, found in attributes.items()}
