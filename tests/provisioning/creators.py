"""Creates users with generated values, as one process of several would."""

from __future__ import annotations

from datetime import UTC, datetime
from secrets import token_hex

from app.directory.connection import ConnectionSettings
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.provisioning.domain import Domain
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.search import Paging
from app.store.allocations import Allocations
from app.store.database import Database
from app.store.snapshots import Snapshots
from tests.provisioning.conftest import user
from tests.provisioning.own_maps import own_map

MAP = """
kind: SchemaMap
name: generated
resource_type: User
entry:
  object_classes: [inetOrgPerson]
  scope: (objectClass=inetOrgPerson)
  rdn: uid
  parent: ou=People
  attributes:
    roomNumber: {generate: {from: 1000, to: LAST}}
    mail: {generate: {text: "{name.familyName}", suffix: "@example.org"}}
    carLicense: {generate: {from: 1, to: 9}, when: has(resource.title)}
attributes:
  userName: uid
  name.familyName: sn
  name.formatted: {attribute: cn, default: x}
  title: title
  emails[work]: {attribute: mail, direction: to_scim}
"""


def create_users(connection: ConnectionSettings, base: str, *, store: str, names: list[str]) -> None:
    """Create users, all of one family name."""
    directory, database = LdapDirectory(connection), Database(store)
    schema_map = own_map(MAP.replace("LAST", "2000"))
    domain = Domain("PRIMARY", directory, OpenLdap(), Dn.parse(base), {"User": schema_map})
    paging = Paging(Snapshots(database, clock=_now, random_hex=token_hex), b"key", "app")
    behaviour = Behaviour(paging, Allocations(database, clock=_now))
    target = DomainTarget(domain, schema_map, lambda _done: None, behaviour=behaviour)
    for name in names:
        target.create(user(userName=name, name={"familyName": "doe"}))
    directory.close()
    database.dispose()


def _now() -> datetime:
    return datetime.now(UTC)
