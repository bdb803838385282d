"""Resource types and extensions that an administrator defines: documents beside the shipped ones, and a map."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.bootstrap import SCHEMAS, load_resource_types
from app.settings import InvalidSettings
from app.store.loading import parse
from app.testing.slapd import Slapd
from tests.web.scim.bridge import CONFIG, ENTERPRISE, USER, Bridge, make_bridge, names, problem, read

pytestmark = pytest.mark.directory
OWN = Path(__file__).parent / "own_schemas"
DEVICE = "urn:example:params:scim:schemas:2.0:Device"
BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User"
DEVICE_MAP = """
kind: SchemaMap
name: device
resource_type: Device
entry:
  object_classes: [device]
  scope: (objectClass=device)
  rdn: cn
  parent: ou=Devices
attributes:
  displayName: cn
  serialNumber: serialNumber
  description: description
  owner: {reference: owner, types: [User]}
"""
VERBS = ("list", "view", "create", "update", "delete")
SCOPES = tuple(f"internal_custom_resource_mgt_{verb}" for verb in VERBS)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Serve devices, and users with badges, over a directory that has a place for devices."""
    shipped = yaml.safe_load((CONFIG / "maps" / "openldap-user.yaml").read_text())
    bodies = {
        "openldap-user": {"attributes": {**shipped["attributes"], f"{BADGE}:badgeNumber": "carLicense"}},
        "PRIMARY": {"maps": {"User": "openldap-user", "Group": "openldap-group", "Device": "device"}},
        "demo": {"apis": {"SCIM2 Custom Resources API": "all", "SCIM2 Users API": "all"}},
    }
    added = parse(DEVICE_MAP, file="device.yaml").documents
    with Slapd(tmp_path_factory.mktemp("devices")) as slapd:
        slapd.modify(f"dn: ou=Devices,{slapd.base_dn}\nobjectClass: organizationalUnit\nou: Devices\n")
        data = tmp_path_factory.mktemp("own")
        bridge = make_bridge(data, slapd, bodies=bodies, added=added, schemas=(OWN,))
        yield bridge
        bridge.close()


@pytest.fixture
def devices(own: Bridge) -> Bridge:
    """Call with the scopes for custom resources, and no others."""
    return own.with_scopes(*SCOPES)


def test_a_device_lives(devices: Bridge) -> None:
    """It is created, read, changed, replaced and deleted as any resource."""
    made = _device(devices, "printer", serialNumber="1", description="by the door")
    path = f"/Devices/{made['id']}"

    patched = devices.patch(path, {"op": "replace", "path": "serialNumber", "value": "2"})
    replaced = devices.send("PUT", path, {"schemas": [DEVICE], "displayName": "press", "serialNumber": "3"})
    shown = devices.get(path)
    deleted = devices.send("DELETE", path)

    assert made["meta"]["resourceType"] == "Device"
    assert made["meta"]["location"].endswith(f"/scim2{path}")
    assert _plain(read(patched)) == {
        "displayName": "printer",
        "serialNumber": "2",
        "description": "by the door",
    }
    assert _plain(read(replaced)) == _plain(read(shown)) == {"displayName": "press", "serialNumber": "3"}
    assert deleted.status_code == 204
    assert problem(devices.get(path)) == (404, None)


def test_devices_are_entries(devices: Bridge) -> None:
    """They stand where the map says, with the object class that it says."""
    _device(devices, "kettle", serialNumber="42")

    entry = devices.directory.export(f"cn=kettle,ou=Devices,{devices.directory.base_dn}")

    assert {"objectClass: device", "serialNumber: 42"} <= set(entry.splitlines())


@pytest.mark.parametrize(
    "asked",
    [
        'serialNumber eq "F7"',
        f'{DEVICE}:serialNumber sw "f"',
        'displayName co "pha" and serialNumber pr',
        'meta.resourceType eq "Device" and displayName eq "ALPHA"',
    ],
)
def test_devices_are_filtered(devices: Bridge, asked: str) -> None:
    """By their own attributes, with and without the URN."""
    if not devices.found('/Devices?filter=displayName eq "alpha"'):
        _device(devices, "alpha", serialNumber="F7")
        _device(devices, "omega")

    assert devices.found(f"/Devices?filter={asked}") == ["alpha"]


def test_devices_are_found_by_search(devices: Bridge) -> None:
    """At their own endpoint, and at the root."""
    _device(devices, "sought")
    asked = {"filter": 'displayName eq "sought"', "attributes": ["displayName"]}

    answers = [devices.send("POST", path, asked) for path in ("/Devices/.search", "/.search")]

    assert [names(answer) for answer in answers] == [["sought"], ["sought"]]


def test_a_name_is_taken_once(devices: Bridge) -> None:
    """As the schema says."""
    _device(devices, "only")

    again = devices.send("POST", "/Devices", {"schemas": [DEVICE], "displayName": "Only"})

    assert problem(again) == (409, "uniqueness")


def test_what_the_schema_demands_is_demanded(devices: Bridge) -> None:
    """A device without a name is refused."""
    answer = devices.send("POST", "/Devices", {"schemas": [DEVICE], "serialNumber": "1"})

    assert problem(answer) == (400, "invalidValue")


def test_a_device_refers_to_a_user(own: Bridge) -> None:
    """By the user's id, and by its URI in answers."""
    user = own.user("owner")

    made = _device(own, "phone", owner={"value": user["id"]})

    assert made["owner"] == {"value": user["id"], "$ref": user["meta"]["location"]}
    assert own.found(f'/Devices?filter=owner.value eq "{user["id"]}"') == ["phone"]


def test_discovery_tells_of_own_types(own: Bridge) -> None:
    """Beside the shipped ones."""
    types = {each["name"]: each for each in read(own.get("/ResourceTypes"))["Resources"]}
    schemas = {each["id"]: each for each in read(own.get("/Schemas"))["Resources"]}

    assert types.keys() == {"User", "Group", "Device"}
    assert (types["Device"]["endpoint"], types["Device"]["schema"]) == ("/Devices", DEVICE)
    assert [each["schema"] for each in types["User"]["schemaExtensions"]] == [ENTERPRISE, BADGE]
    attributes = [each["name"] for each in schemas[DEVICE]["attributes"]]
    assert attributes == ["displayName", "serialNumber", "description", "owner"]
    assert [each["name"] for each in schemas[BADGE]["attributes"]] == ["badgeNumber"]
    assert "/Devices/{id}" in read(own.at("").get("/openapi.json"))["paths"]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/Devices", "list"),
        ("POST", "/Devices/.search", "list"),
        ("GET", "/Devices/1", "view"),
        ("POST", "/Devices", "create"),
        ("PUT", "/Devices/1", "update"),
        ("PATCH", "/Devices/1", "update"),
        ("DELETE", "/Devices/1", "delete"),
    ],
)
def test_devices_need_the_scopes_for_custom_resources(
    own: Bridge, method: str, path: str, scope: str
) -> None:
    """All others are worth nothing there."""
    needed = f"internal_custom_resource_mgt_{scope}"
    others = own.with_scopes("internal_user_mgt_list", *(each for each in SCOPES if each != needed))

    assert problem(others.send(method, path, {})) == (403, None)
    assert own.with_scopes(needed).send(method, path, {}).status_code in {200, 400, 404}
    assert problem(own.stranger().send(method, path, {})) == (401, None)


def test_users_have_badges(own: Bridge) -> None:
    """An extension of one's own is written, read, filtered, changed and removed as the shipped one."""
    made = own.user("badger", **{BADGE: {"badgeNumber": "B-1"}})
    path = f"/Users/{made['id']}"

    found = own.found(f'/Users?filter={BADGE}:badgeNumber eq "b-1"')
    changed = read(own.patch(path, {"op": "replace", "path": f"{BADGE}:badgeNumber", "value": "B-2"}))
    removed = read(own.patch(path, {"op": "remove", "path": BADGE}))

    assert set(made["schemas"]) == {USER, BADGE}
    assert found == ["badger"]
    assert changed[BADGE] == {"badgeNumber": "B-2"}
    assert BADGE not in removed
    assert BADGE not in removed["schemas"]


@pytest.mark.parametrize("text", ["{", "[]", None], ids=["no JSON", "no object", "no directory"])
def test_mistakes_are_told_at_start(tmp_path: Path, text: str | None) -> None:
    """With the place."""
    directory = tmp_path / "mine"
    if text is not None:
        directory.mkdir()
        (directory / "broken.json").write_text(text)

    with pytest.raises(InvalidSettings, match="mine"):
        load_resource_types(SCHEMAS, directory)


def _device(bridge: Bridge, name: str, **attributes: Any) -> dict[str, Any]:
    return bridge.create("/Devices", schemas=[DEVICE], displayName=name, **attributes)


def _plain(device: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in device.items() if name not in {"id", "meta", "schemas"}}
