"""What a map cannot make of a resource is counted and told, and the request goes on."""

from __future__ import annotations

from prometheus_client import REGISTRY

from app.provisioning.preview import preview_create, with_map
from tests.provisioning.conftest import memory_ground, shown, user
from tests.provisioning.own_maps import own_map, own_target

MAP = """
kind: SchemaMap
name: findings
resource_type: User
entry: {object_classes: [inetOrgPerson], scope: (objectClass=inetOrgPerson), rdn: uid, parent: ou=People}
attributes:
  userName: uid
  name.familyName: {attribute: sn, default: x}
  name.formatted: {attribute: cn, default: x}
  displayName: {attribute: displayName, default: {expression: resource.name.givenName}}
  title: {attribute: title, when: resource.userType == 'x'}
"""


def counted(place: str) -> float:
    """Return how often a place in the map has failed."""
    labels = {"map": "findings", "place": place}
    return REGISTRY.get_sample_value("landbridge_map_findings_total", labels) or 0


def test_failing_expressions() -> None:
    """An expression that fails leaves its attribute out of the entry, and is counted at its place."""
    places = ["attributes.displayName.default", "attributes.title.when"]
    before = [counted(place) for place in places]

    created = own_target(memory_ground(), own_map(MAP)).create(user(title="Dr"))

    assert shown(created) == {"userName": "jo", "name": {"familyName": "x", "formatted": "x"}}
    assert [counted(place) for place in places] == [count + 1 for count in before]


def test_preview() -> None:
    """A preview tells what fails, and counts nothing."""
    ground = memory_ground()
    schema_map = own_map(MAP)
    before = counted("attributes.title.when")

    found = preview_create(with_map(ground.domain(), schema_map), user())

    assert {finding.place for finding in found.findings} == {
        "attributes.title.when",
        "attributes.displayName.default",
    }
    assert counted("attributes.title.when") == before


def test_ignored_values() -> None:
    """A value that no rule takes is counted by its attribute, and told by a preview."""
    ground, schema_map = memory_ground(), own_map(MAP)
    labels = {"map": "findings", "attribute": "nickName"}
    before = REGISTRY.get_sample_value("landbridge_unmapped_values_total", labels) or 0

    found = preview_create(with_map(ground.domain(), schema_map), user(nickName="j"))
    own_target(ground, schema_map).create(user(nickName="j"))

    assert found.unmapped == ("nickName",)
    assert REGISTRY.get_sample_value("landbridge_unmapped_values_total", labels) == before + 1
