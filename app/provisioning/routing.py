"""Which target an application's request goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.mapping.model import SchemaMap
from app.provisioning.capabilities import resource_types_of
from app.provisioning.configuration import Configurations
from app.provisioning.domain import Domain
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.events import Record
from app.provisioning.external_ids import EXTERNAL_ID, Keeping, WithExternalIds
from app.provisioning.guard import Sentry
from app.provisioning.search import Paging
from app.provisioning.target import Target
from app.scim.client_profile import STRICT, ClientProfile
from app.scim.errors import Conflict, NotFound, ServiceUnavailable
from app.scim.schema import ResourceType
from app.store.allocations import Allocations
from app.store.external_ids import ExternalIds, Shelf
from app.store.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an application's requests go: to a user store domain, or, in proxy mode, on to connectors."""

    application: str
    domain: str | None
    proxy_mode: bool = False
    client: ClientProfile = STRICT
    connectors: tuple[str, ...] = ()


class Forwarding(Protocol):
    """Makes the targets of applications in proxy mode."""

    def resource_types(self, destination: Destination) -> Sequence[ResourceType]:
        """Return the types that can be sent on; raise Conflict where there is no connector."""
        ...

    def target(self, resource_type: str, destination: Destination, *, record: Record) -> Target:
        """Return where requests for a resource type go; raise Conflict or ServiceUnavailable."""
        ...

    def followed(self, target: Target) -> Target:
        """Return a target whose writes are stored, and may be pushed on."""
        ...


class Router:
    """Finds the targets of requests in the configuration in force. ``cursor_key`` signs the cursors of lists."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        configurations: Configurations,
        external_ids: ExternalIds,
        *,
        snapshots: Snapshots,
        cursor_key: bytes,
        allocations: Allocations,
        forwarding: Forwarding | None = None,
    ) -> None:
        self._configurations = configurations
        self._external_ids = external_ids
        self._snapshots = snapshots
        self._cursor_key = cursor_key
        self._allocations = allocations
        self._forwarding = forwarding

    def resource_types(self, destination: Destination) -> Sequence[ResourceType]:
        """Return the resource types of a destination, as far as they are kept there; raises what ``domain`` does."""
        if destination.proxy_mode and self._forwarding:
            return self._forwarding.resource_types(destination)
        return resource_types_of([self.domain(destination)])

    def domain(self, destination: Destination) -> Domain:
        """Return the domain that a destination names.

        Raises:
            Conflict: if it is set to none, or to proxy mode without a connector.
            ServiceUnavailable: if the domain cannot be used at present.
        """
        if destination.proxy_mode:
            raise Conflict(
                "The application is in proxy mode and has no outbound connector: nothing can be provisioned."
            )
        if destination.domain is None:
            raise Conflict("The application has no provisioning user store domain.")
        domain = self._configurations.current().domains.get(destination.domain)
        if domain is None:
            detail = f"The user store domain {destination.domain} cannot be used at present."
            raise ServiceUnavailable(detail, retry_after_seconds=30)
        return domain

    def target(
        self,
        resource_type: str,
        destination: Destination,
        *,
        record: Record,
        sentry: Sentry | None = None,
    ) -> Target:
        """Return where requests for a resource type go; raises what ``domain`` does, and NotFound for other types."""
        if destination.proxy_mode and self._forwarding:
            return self._forwarding.target(resource_type, destination, record=record)
        domain = self.domain(destination)
        schema_map = domain.maps.get(resource_type)
        if schema_map is None:
            raise NotFound(f"The user store domain {domain.name} has no {resource_type} resources.")
        paging = Paging(self._snapshots, self._cursor_key, destination.application)
        behaviour = Behaviour(paging, self._allocations, destination.client, sentry)
        target: Target = DomainTarget(domain, schema_map, record, behaviour=behaviour)
        if not schema_map.rules_of(EXTERNAL_ID):
            target = WithExternalIds(target, self._keeping(destination, domain, schema_map))
        return self._forwarding.followed(target) if self._forwarding else target

    def _keeping(self, destination: Destination, domain: Domain, schema_map: SchemaMap) -> Keeping:
        shelf = Shelf(destination.application, domain.name, schema_map.resource_type.name)
        return Keeping(self._external_ids, shelf, schema_map.resource_type)
