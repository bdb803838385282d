"""Services for commands about maps: documents in a store, and a domain in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.directory.dn import Dn
from app.directory.memory import MemoryDirectory
from app.directory.model import Add
from app.directory.port import Directory
from app.mapping.documents import schema_map_kind
from app.preparation.examples import MAP_EXAMPLES
from app.preparation.map_checks import MapChecks
from app.provisioning.configuration import Configurations
from app.provisioning.domain import DOMAIN
from app.scim.schema import ResourceType
from app.store.database import Database
from app.store.documents import Documents
from app.store.loading import load, parse
from app.store.references import Reference, UnresolvedReference
from tests.provisioning.conftest import RESOURCE_TYPES
from tests.store.fakes import FrozenClock

DOMAIN_TEXT = """
kind: Domain
name: PRIMARY
product: openldap
servers: ["ldaps://ldap.example.org"]
base: dc=example,dc=org
bind: {dn: "cn=landbridge,dc=example,dc=org", password: {env: PASSWORD}}
maps: {User: openldap-user, Group: openldap-group}
---
kind: Domain
name: BROKEN
product: openldap
servers: ["ldaps://ldap.example.org"]
base: {env: BASE}
bind: {dn: "cn=landbridge,dc=example,dc=org", password: {env: PASSWORD}}
maps: {User: openldap-user}
"""
BASE = Dn.parse("dc=example,dc=org")


@dataclass
class MapServices:
    """The part of the services that the commands use."""

    documents: Documents
    configurations: Configurations
    resource_types: Mapping[str, ResourceType]

    @property
    def map_checks(self) -> MapChecks:
        """Return what holds maps against the directory."""
        return MapChecks(self.documents, self.configurations, self.resource_types)


def directory() -> MemoryDirectory:
    """Make a directory with one person, and an entry that no map shows."""
    made = MemoryDirectory(BASE)
    made.execute(
        Add(
            Dn.parse("ou=People,dc=example,dc=org"),
            {"objectClass": (b"organizationalUnit",), "ou": (b"People",)},
        )
    )
    made.execute(
        Add(
            Dn.parse("uid=ann,ou=People,dc=example,dc=org"),
            {"objectClass": (b"inetOrgPerson",), "uid": (b"ann",), "cn": (b"Ann",), "sn": (b"A",)},
        )
    )
    return made


def map_services(database: Database, held: Directory) -> MapServices:
    """Wire the services; the shipped maps and two domains are in force."""
    documents = Documents(
        database, [DOMAIN, schema_map_kind(RESOURCE_TYPES), MAP_EXAMPLES], clock=FrozenClock()
    )
    configurations = Configurations(
        documents,
        RESOURCE_TYPES,
        resolve=_resolve,
        connect=lambda _settings: held,
        monotonic=lambda: 0.0,
    )
    shipped = load([Path("config/maps")]).documents
    documents.apply([*shipped, *parse(DOMAIN_TEXT, file="domains.yaml").documents], author="test")
    return MapServices(documents, configurations, RESOURCE_TYPES)


def _resolve(value: str | Reference) -> str:
    if isinstance(value, str):
        return value
    if value.name == "BASE":
        raise UnresolvedReference("BASE is not set")
    return "secret"
