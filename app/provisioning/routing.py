"""Which target an application's request goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from app.provisioning.capabilities import capabilities_of, resource_types_of
from app.provisioning.configuration import InForce, Pinned
from app.provisioning.domain import Domain
from app.provisioning.domain_names import Place, naming
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.events import Record, noting
from app.provisioning.external_ids import EXTERNAL_ID, Keeping, WithExternalIds
from app.provisioning.guard import Sentry
from app.provisioning.joint_target import JointTarget, Member
from app.provisioning.search import Paging
from app.provisioning.searched import Searched
from app.provisioning.target import Target
from app.scim.client_profile import STRICT, ClientProfile
from app.scim.discovery import Capabilities
from app.scim.errors import Conflict, InvalidValue, NotFound, ServiceUnavailable
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
    others: tuple[str, ...] = ()
    """Further user store domains that requests read and write; the first one creates."""
    tolerates_outages: bool = False
    """Whether lists leave out, and name, a domain that does not answer."""
    only: str | None = None
    """The one domain that a request is for."""

    @property
    def domains(self) -> tuple[str, ...]:
        """Name all user store domains, the one that creates first."""
        return () if self.domain is None else (self.domain, *self.others)


class Forwarding(Protocol):
    """Makes the targets of applications in proxy mode."""

    def resource_types(self, destination: Destination) -> Sequence[ResourceType]:
        """Return the types that can be sent on; raise Conflict where there is no connector."""
        ...

    def capabilities(self, destination: Destination) -> Capabilities:
        """Say what can be done through the connectors; raise Conflict where there is none."""
        ...

    def target(
        self, resource_type: str, destination: Destination, *, record: Record, sentry: Sentry | None = None
    ) -> Target:
        """Return where requests for a resource type go; raise Conflict or ServiceUnavailable."""
        ...

    def followed(self, target: Target) -> Target:
        """Return a target whose writes are stored, and may be pushed on."""
        ...


class Router:
    """Finds the targets of requests in the configuration in force. ``cursor_key`` signs the cursors of lists."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        configurations: InForce,
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

    def pinned(self) -> Router:
        """Return a router for one request, which is served by what is in force now, whatever it does and however long."""
        return Router(
            Pinned(self._configurations.current()),
            self._external_ids,
            snapshots=self._snapshots,
            cursor_key=self._cursor_key,
            allocations=self._allocations,
            forwarding=self._forwarding,
        )

    def resource_types(self, destination: Destination) -> Sequence[ResourceType]:
        """Return the resource types of a destination, as far as they are kept there; raises what ``domain`` does."""
        if destination.proxy_mode and self._forwarding:
            return self._forwarding.resource_types(destination)
        if not destination.others:
            return resource_types_of([self.domain(destination)])
        present = self._configurations.current().domains
        usable = [present[name] for name in _addressed(destination) if name in present]
        return resource_types_of(usable or [self.domain(destination)])

    def capabilities(self, destination: Destination) -> Capabilities:
        """Say what can be done at a destination; raises what ``domain`` does."""
        if destination.proxy_mode and self._forwarding:
            return self._forwarding.capabilities(destination)
        present = self._configurations.current().domains
        usable = [present[name] for name in destination.domains if name in present]
        return capabilities_of(usable or [self.domain(destination)])

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
            return self._forwarding.target(resource_type, destination, record=record, sentry=sentry)
        errand = _Errand(resource_type, destination, record, sentry)
        joined = destination.only is not None or destination.others
        target = self._joint(errand) if joined else self._in_domain(errand, self.domain(destination))
        return self._forwarding.followed(target) if self._forwarding else target

    def _joint(self, errand: _Errand) -> Target:
        """Join the domains that a request is for, as far as they have the type."""
        destination, present = errand.destination, self._configurations.current().domains
        members: list[Member] = []
        for name in _addressed(destination):
            domain = present.get(name)
            if domain is None:
                members.append(Member(Place(name, destination.domains, None), None, lambda _: False))
            elif errand.resource_type in domain.maps:
                path = naming(domain.maps[errand.resource_type].resource_type)
                place = Place(name, destination.domains, path)
                members.append(Member(place, self._in_domain(errand, domain), partial(_has_seen, domain)))
        if not members:
            raise NotFound(f"The user store domains have no {errand.resource_type} resources.")
        return JointTarget(members, self._paging(destination), tolerates=destination.tolerates_outages)

    def _paging(self, destination: Destination) -> Paging:
        return Paging(self._snapshots, self._cursor_key, destination.application)

    def _in_domain(self, errand: _Errand, domain: Domain) -> Searched:
        schema_map = domain.maps.get(errand.resource_type)
        if schema_map is None:
            raise NotFound(f"The user store domain {domain.name} has no {errand.resource_type} resources.")
        destination = errand.destination
        behaviour = Behaviour(self._paging(destination), self._allocations, destination.client, errand.sentry)
        if schema_map.rules_of(EXTERNAL_ID):
            return DomainTarget(domain, schema_map, errand.record, behaviour=behaviour)
        record = noting(errand.record)
        target = DomainTarget(domain, schema_map, record, behaviour=behaviour)
        shelf = Shelf(destination.application, domain.name, schema_map.resource_type.name)
        return WithExternalIds(target, Keeping(self._external_ids, shelf, schema_map.resource_type, record))


@dataclass(frozen=True, slots=True)
class _Errand:
    """What a request is about, and who keeps account and watch of it."""

    resource_type: str
    destination: Destination
    record: Record
    sentry: Sentry | None


def _has_seen(domain: Domain, resource_id: str) -> bool:
    return domain.names.get(resource_id.lower()) is not None


def _addressed(destination: Destination) -> tuple[str, ...]:
    """Name the domains that a request is for; raise InvalidValue where it names none of the application's."""
    if destination.only is None:
        return destination.domains
    found = [name for name in destination.domains if name.lower() == destination.only.lower()]
    if not found:
        raise InvalidValue(f"domain: the application has no user store domain {destination.only}")
    return (found[0],)
