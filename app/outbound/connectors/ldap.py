"""A second directory as a connector: a user store domain, with its own maps.

settings: {domain: BRANCH}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields

from app.outbound.connector import Offer, Surroundings
from app.provisioning.target import Target
from app.scim.schema import ResourceType
from app.store.document import Document, Lookup, Problem


class LdapSettings(Schema):
    """Which domain it is."""

    domain = fields.String(required=True)


class Ldap:
    """Opens user store domains."""

    settings: type[Schema] = LdapSettings

    def problems(self, document: Document, lookup: Lookup) -> Iterable[Problem]:
        domain = document.body["settings"]["domain"]
        if lookup.get("Domain", domain) is None:
            yield document.problem(("settings", "domain"), f"there is no domain {domain}")
        if domain in document.body.get("domains", ()):
            yield document.problem(("domains",), f"{domain} would follow itself")

    def open(self, settings: Mapping[str, Any], surroundings: Surroundings) -> LdapDomain:
        return LdapDomain(settings["domain"], surroundings)


@dataclass(frozen=True, slots=True)
class LdapDomain:
    """One user store domain, as it is at each request."""

    domain: str
    surroundings: Surroundings

    def target(self, resource_type: ResourceType) -> Target:
        return self.surroundings.domain_target(self.domain, resource_type.name)

    def offer(self, resource_types: Iterable[ResourceType]) -> Offer:
        del resource_types
        return self.surroundings.domain_offer(self.domain)

    def close(self) -> None:
        """Leave the connections to the domain."""
