"""Targets whose map a test writes by itself."""

from __future__ import annotations

from dataclasses import replace
from secrets import token_hex

from app.mapping.documents import build_map
from app.mapping.model import SchemaMap
from app.provisioning.domain import Domain
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.search import Paging
from app.store.allocations import Allocations
from app.store.database import Database
from app.store.loading import parse
from app.store.snapshots import Snapshots
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, store


def own_map(text: str) -> SchemaMap:
    """Build the map that a text describes."""
    return build_map(parse(text, file="map.yaml").documents[0], RESOURCE_TYPES)


def own_domain(ground: Ground, schema_map: SchemaMap) -> Domain:
    """Put a map in the place of the shipped one for its type."""
    domain = ground.domain()
    return replace(domain, maps={**domain.maps, schema_map.resource_type.name: schema_map})


def own_target(ground: Ground, schema_map: SchemaMap, *, database: Database | None = None) -> DomainTarget:
    """Return a target with a map of one's own, and with a store of one's own where values are promised."""
    paging = Paging(Snapshots(store(), clock=ground.clock, random_hex=token_hex), b"key", ground.application)
    domain = own_domain(ground, schema_map)
    behaviour = Behaviour(paging, Allocations(database or store(), clock=ground.clock))
    return DomainTarget(domain, schema_map, ground.recorded.append, behaviour=behaviour)
