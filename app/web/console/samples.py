"""Something to begin with: the outline of a new document, and questions to ask of a map."""

from __future__ import annotations

import json
from typing import Final

from app.mapping.inheritance import resource_type_of
from app.scim.schema import Value
from app.web.console.drafts import Draft
from app.web.current import services

_USER: Final[Value] = {
    "userName": "bjensen",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "displayName": "Babs Jensen",
    "emails": [{"type": "work", "value": "bjensen@example.org", "primary": True}],
    "active": True,
}
_RESOURCES: Final[dict[str, Value]] = {"User": _USER, "Group": {"displayName": "Tour Guides"}}
_FILTERS: Final = {"User": 'userName eq "bjensen"', "Group": 'displayName sw "Tour"'}
_OUTLINES: Final = {
    "SchemaMap": """\
kind: SchemaMap
name: my-users
description: Users of our directory.
resource_type: User
entry:
  object_classes: [inetOrgPerson]
  scope: (objectClass=inetOrgPerson)
  rdn: uid
  parent: ou=People
attributes:
  userName: uid
  name.givenName: givenName
  name.familyName: {attribute: sn, default: "{userName}"}
  name.formatted: {attribute: cn, default: ["{name.givenName} {name.familyName}", "{userName}"]}
  emails[work]: {attribute: mail, untyped: true}
  active: {account: enabled}
  password: {account: password}
""",
    "Domain": """\
kind: Domain
name: MAIN
description: The directory of our people.
product: openldap
servers: [ldaps://ldap.example.org]
base: dc=example,dc=org
bind:
  dn: cn=landbridge,dc=example,dc=org
  password: {env: LDAP_BIND_PASSWORD}
maps:
  User: openldap-user
  Group: openldap-group
""",
    "Connector": """\
kind: Connector
name: crm
type: scim2
blocking: true
scope:
  User: {filter: active eq true}
settings:
  url: https://crm.example.com/scim/v2
  authentication: {method: bearer, token: {env: CRM_TOKEN}}
""",
    "IdentityProvider": """\
kind: IdentityProvider
name: keycloak
label: Keycloak
issuer: https://keycloak.example.org/realms/staff
client_id: landbridge
client_secret: {env: LANDBRIDGE_KEYCLOAK_SECRET}
name_claim: preferred_username
roles:
  claim: groups
  values:
    /landbridge/administrators: administrator
    /landbridge/viewers: viewer
""",
}

_EXAMPLES: Final = """\
kind: MapExamples
name: my-examples
map: {map}
examples:
  - name: somebody with a first name
    resource: {{userName: jo, name: {{givenName: Jo, familyName: Smith}}}}
    direction: to_directory
    ldif: |
      dn: uid=jo,ou=People,dc=example,dc=org
      objectClass: inetOrgPerson
      uid: jo
      givenName: Jo
      sn: Smith
      cn: Jo Smith
"""


def skeleton_of(kind: str, *, base: str = "") -> str:
    """Return the outline of a new document; a map that extends ``base`` is short, examples are of ``base``."""
    if kind == "SchemaMap" and services().documents.current().get(kind, base):
        return f"kind: SchemaMap\nname: my-{base}\nextends: {base}\nattributes: {{}}\n"
    if kind == "MapExamples":
        return _EXAMPLES.format(map=base or "openldap-user")
    return _OUTLINES.get(kind, f"kind: {kind}\nname: new\n")


def sample_of(draft: Draft) -> dict[str, str]:
    """Return a resource and a filter to try a map with; nothing where its resource type is none that we know."""
    named = resource_type_of(draft.document, draft.lookup) if draft.document else None
    if named not in _RESOURCES:
        return {}
    return {"resource": json.dumps(_RESOURCES[named], indent=2), "filter": _FILTERS[named]}
