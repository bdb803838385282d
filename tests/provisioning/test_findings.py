"""What a map cannot make of a resource is counted and told, and the request goes on."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client import REGISTRY

from app.mapping.documents import build_map
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.preview import preview_create, with_map
from app.provisioning.search import Paging
from app.store.loading import parse
from app.store.snapshots import Snapshots
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, memory_ground, shown, store, user

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


def target(ground: Ground) -> DomainTarget:
    """Return a target whose map has expressions."""
    schema_map = build_map(parse(MAP, file="x").documents[0], RESOURCE_TYPES)
    domain = replace(ground.domain(), maps={"User": schema_map})
    paging = Paging(
        Snapshots(store(), clock=ground.clock, random_hex=lambda _size: "x"), b"key", ground.application
    )
    return DomainTarget(domain, schema_map, ground.recorded.append, behaviour=Behaviour(paging))


def counted(place: str) -> float:
    """Return how often a place in the map has failed."""
    labels = {"map": "findings", "place": place}
    return REGISTRY.get_sample_value("landbridge_map_findings_total", labels) or 0


def test_failing_expressions() -> None:
    """An expression that fails leaves its attribute out of the entry, and is counted at its place."""
    places = ["attributes.displayName.default", "attributes.title.when"]
    before = [counted(place) for place in places]

    created = target(memory_ground()).create(user(title="Dr"))

    assert shown(created) == {"userName": "jo", "name": {"familyName": "x", "formatted": "x"}}
    assert [counted(place) for place in places] == [count + 1 for count in before]


def test_preview() -> None:
    """A preview tells what fails, and counts nothing."""
    ground = memory_ground()
    schema_map = build_map(parse(MAP, file="x").documents[0], RESOURCE_TYPES)
    before = counted("attributes.title.when")

    found = preview_create(with_map(ground.domain(), schema_map), user())

    assert {finding.place for finding in found.findings} == {
        "attributes.title.when",
        "attributes.displayName.default",
    }
    assert counted("attributes.title.when") == before
