"""Discovery in proxy mode says what the connector that is read from keeps, under our names, and no more."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.outbound.attribute_map import AttributeMapSchema, build_attribute_map
from app.outbound.connectors.scim2.schemas import kept_attributes, read_kept
from app.outbound.published import published
from app.scim.schema import Attribute, ResourceType
from app.store.document import Document
from app.store.loading import load
from app.testing.slapd import Slapd
from tests.outbound.bridges import ENVIRON, application, connector, proxy_bridge
from tests.outbound.test_peers import domain
from tests.outbound.test_peers import second as branch_connector
from tests.outbound.unruly import Fault, unruly
from tests.provisioning.conftest import RESOURCE_TYPES
from tests.web.scim.bridge import CONFIG, ENTERPRISE, USER, Bridge, problem, read

USERS = RESOURCE_TYPES["User"]


def cut(others: str = "pass", *, theirs: ResourceType = USERS, **places: Any) -> ResourceType:
    """Publish users as a map has them."""
    keys = AttributeMapSchema().load({"others": others, "places": places})
    return published(build_attribute_map(keys, USERS), theirs)


def shown(resource_type: ResourceType, name: str) -> Attribute | None:
    """Find an attribute of the schema itself."""
    return resource_type.schema.attribute(name)


def directions(resource_type: ResourceType) -> dict[str, str]:
    """Say of each attribute whether it can be written."""
    return {each.name: each.mutability for each in resource_type.schema.attributes}


def test_a_map_that_says_nothing_leaves_everything() -> None:
    """What goes as it is can be read and written as it is."""
    assert asdict(cut()) == asdict(USERS)


def test_what_the_connector_writes_itself_cannot_be_written() -> None:
    """Templates, constants and what nobody writes are shown as they stand at the system."""
    found = directions(
        cut(nickName=None, userType={"value": "staff"}, displayName={"template": "{name.givenName}"})
    )

    assert {found[name] for name in ("nickName", "userType", "displayName")} == {"readOnly"}
    assert found["title"] == "readWrite"


def test_what_has_no_place_is_not_there() -> None:
    """An attribute whose place another one takes goes nowhere, unless a place of its own is named."""
    moved = cut(title="nickName")
    swapped = cut(title="nickName", nickName="title")

    assert "title" not in directions(moved)
    assert directions(moved)["nickName"] == "readWrite"
    assert {"title", "nickName"} <= directions(swapped).keys()


def test_only_what_is_named() -> None:
    """Where others are dropped, what is left is what the places are written from, part by part and type by type."""
    places: dict[str, Any] = {
        "userName": "userName",
        "title": "emails[work]",
        "name.familyName": "name.familyName",
    }
    found = cut("drop", **places)
    emails, name = shown(found, "emails"), shown(found, "name")

    assert directions(found).keys() == {"userName", "name", "emails"}
    assert name
    assert [part.name for part in name.sub_attributes] == ["familyName"]
    assert emails
    assert {part.name: part.canonical_values for part in emails.sub_attributes} == {
        "value": (),
        "type": ("work",),
    }
    assert found.extensions == ()


def test_what_the_system_does_not_keep_is_not_there() -> None:
    """A schema of the service itself cuts further, at our names for what it keeps."""
    kept = read_kept(
        {
            "Resources": [
                {
                    "id": USER.upper(),
                    "attributes": [
                        {"name": "USERNAME"},
                        {"name": "title"},
                        {"name": "name", "subAttributes": [{"name": "givenName"}]},
                        {"name": "emails"},
                    ],
                }
            ],
            "totalResults": 1,
        }
    )

    found = cut(theirs=kept_attributes(USERS, kept), title="nickName")
    name, emails = shown(found, "name"), shown(found, "emails")

    assert directions(found).keys() == {"userName", "nickName", "name", "emails"}
    assert name
    assert [part.name for part in name.sub_attributes] == ["givenName"]
    assert emails == shown(USERS, "emails")
    assert found.extensions == ()


@pytest.mark.parametrize("document", [None, [], {"Resources": 7}, {"Resources": [{"id": "urn:other"}]}])
def test_schemas_that_cannot_be_gone_by(document: Any) -> None:
    """A service that does not describe a type may keep all of it."""
    assert kept_attributes(USERS, read_kept(document)) == USERS


def attributes(bridge: Bridge, urn: str = USER) -> dict[str, dict[str, Any]]:
    """Read a schema."""
    return {each["name"]: each for each in read(bridge.get(f"/Schemas/{urn}"))["attributes"]}


def abilities(bridge: Bridge) -> set[str]:
    """Read what is supported."""
    document = read(bridge.get("/ServiceProviderConfig"))
    return {name for name, value in document.items() if isinstance(value, dict) and value.get("supported")}


def test_a_service_by_its_own_words(scim2_target: str, target: httpx.Client, tmp_path: Path) -> None:
    """Types, schemas and abilities are those of the service, cut down by the map; passwords by the rules."""
    assert target.get("/Users").status_code == 200
    crm = connector(
        "crm",
        scim2_target,
        attributes={"User": {"places": {"nickName": None}}},
        resource_types=["User"],
        passwords="never",
    )

    def humble(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "sort": {"supported": False}}

    with unruly(scim2_target) as between:
        between.faults = [Fault(passes=True, methods=("GET",), mangle=humble)]
        crm.body["settings"]["url"] = between.url
        with proxy_bridge(tmp_path, crm, application("crm")) as bridge:
            found = attributes(bridge)
            able = abilities(bridge)
            types = [each["id"] for each in read(bridge.get("/ResourceTypes"))["Resources"]]
            asked = len(between.asked)
            again = attributes(bridge)

    assert types == ["User"]
    assert able == {"patch", "bulk", "filter", "etag"}
    assert found["nickName"]["mutability"] == "readOnly"
    assert "password" not in found
    assert again == found
    assert len(between.asked) == asked


def test_a_stranger_is_told_of_the_resident_application(proxy: Bridge) -> None:
    """Who does not say who it is learns nothing of an application's connectors."""
    stranger = proxy.stranger()

    assert stranger.get("/ServiceProviderConfig").status_code == 200
    assert read(stranger.get("/ResourceTypes"))["Resources"] == []
    assert [each["id"] for each in read(proxy.get("/ResourceTypes"))["Resources"]] == ["User", "Group"]


def test_a_service_that_is_down_says_nothing(tmp_path: Path) -> None:
    """What nobody can say now is 503, and no claim."""
    with proxy_bridge(tmp_path, connector("crm", "http://127.0.0.1:9"), application("crm")) as bridge:
        assert problem(bridge.get("/Schemas"))[0] == 503
        assert "The connector crm said" in read(bridge.get("/ServiceProviderConfig"))["detail"]


def test_what_shows_nothing_can_only_be_written(tmp_path: Path) -> None:
    """Behind a file there is nothing to find, to sort or to read."""
    file = Document(
        "Connector", "batch", {"type": "file", "blocking": True, "settings": {"path": str(tmp_path / "out")}}
    )
    with proxy_bridge(tmp_path, file, application("batch")) as bridge:
        found = attributes(bridge)
        able = abilities(bridge)

    assert able == {"patch", "bulk"}
    assert {(each["mutability"], each["returned"]) for each in found.values()} == {("writeOnly", "never")}
    assert "groups" not in found
    assert "password" not in found


@pytest.mark.directory
def test_a_directory_by_its_maps(slapd: Slapd, tmp_path: Path) -> None:
    """Behind a second directory is what its domain's maps hold."""
    shipped = load([CONFIG / "maps"]).documents
    environ = {**ENVIRON, "BRANCH_PASSWORD": slapd.bind_password}
    documents = [*shipped, domain(slapd), branch_connector(blocking=True), application("branch")]
    with proxy_bridge(tmp_path, *documents, environ=environ) as bridge:
        found = attributes(bridge)
        able = abilities(bridge)
        manager = attributes(bridge, ENTERPRISE)["manager"]

    assert "nickName" not in found
    assert [part["name"] for part in found["name"]["subAttributes"]] == [
        "formatted",
        "familyName",
        "givenName",
    ]
    assert manager["mutability"] == "readWrite"
    assert able == {"patch", "bulk", "filter", "changePassword", "sort", "etag"}
