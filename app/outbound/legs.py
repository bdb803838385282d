"""One connector as the way of one resource type: what proxy mode and the outbox do changes with, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.outbound.attribute_map import AttributeMap
from app.outbound.connector import TOLD_NOTHING, Describing, Offer, Sink
from app.outbound.differences import Owned
from app.outbound.document import ConnectorRules
from app.outbound.linked import Linked, Place
from app.outbound.opened import Connectors
from app.outbound.sink_leg import SinkLeg
from app.outbound.task import Change
from app.provisioning.target import Page, Query, Wants, everything
from app.scim.errors import NotFound
from app.scim.patch_operations import PatchOperation, parse_path_target
from app.scim.resource import Resource
from app.scim.schema import ResourceType
from app.store.links import Links


@dataclass(frozen=True, slots=True)
class Legs:
    """Finds the ways to connectors."""

    connectors: Connectors
    links: Links

    def leg(self, connector: str, resource_type: str, *, refuses_strangers: bool = True) -> Leg:
        """Return the way to a connector; raise ServiceUnavailable."""
        opened = self.connectors.get(connector)
        found = opened.rules.resource_types[resource_type]
        if isinstance(opened.system, Sink):
            return SinkLeg(opened.rules, found, opened.system, self.links)
        place = Place(opened.rules, opened.system.target(found), self.links, refuses_strangers)
        return RemoteLeg(opened.rules, found, Linked(place, found), self.links)

    def offer(self, connector: str) -> Offer:
        """Return what a connector can do; raise ScimError."""
        opened = self.connectors.get(connector)
        if isinstance(opened.system, Sink):
            return TOLD_NOTHING
        if not isinstance(opened.system, Describing):
            return Offer()
        return opened.system.offer(opened.rules.resource_types.values())

    def shows(self, connector: str) -> bool:
        """Tell whether a connector shows what it has; raise ServiceUnavailable."""
        return not isinstance(self.connectors.get(connector).system, Sink)


@dataclass(frozen=True, slots=True)
class RemoteLeg:
    """The way of one resource type to a system that keeps resources."""

    rules: ConnectorRules
    resource_type: ResourceType
    _linked: Linked
    _links: Links

    @property
    def name(self) -> str:
        """The connector's name."""
        return self.rules.name

    @property
    def can_read(self) -> bool:
        """Whether the connector shows what it has."""
        return True

    def keyed(self, key: str) -> RemoteLeg:
        """Return the same way for one change. Here changes say how things shall be, so that twice is once."""
        del key
        return self

    def new_id(self) -> str:
        """Make an id for a new resource."""
        return self._links.new_id()

    def has(self, resource_id: str) -> bool:
        """Tell whether the connector is known to have a resource."""
        return self._linked.remote_id(resource_id) is not None

    @property
    def map(self) -> AttributeMap:
        """What the connector gets of a resource."""
        return self.rules.maps[self.resource_type.name]

    def bring(self, resource_id: str, resource: Resource, *, owned: Owned | None = None) -> Resource | None:
        """See to it that the connector has a resource as it is, as far as it is ours to say."""
        return self._linked.bring(resource_id, resource, owned=owned or self.map.writes)

    def take_away(self, resource_id: str) -> None:
        """See to it that the connector does not have a resource."""
        if self.has(resource_id):
            self._linked.delete(resource_id)

    def let_go(self, resource_id: str) -> None:
        """Do with a resource that is none of the connector's business any more what its rules say."""
        if not self.has(resource_id) or self.rules.leaving == "keep":
            return
        if self.rules.leaving == "delete" or self.resource_type.attribute("active") is None:
            self.take_away(resource_id)
        else:
            self._linked.patch(resource_id, [_disabled(self.resource_type)])

    def walk(self) -> Iterator[Resource]:
        """Yield all that the system has, in its own terms."""
        return self._linked.walk()

    def identity(self, remote: Resource) -> str | None:
        """Return what identifies a resource of the system where it is not linked."""
        return self._linked.identity(remote)

    def identity_of(self, resource: Resource, resource_id: str) -> str | None:
        """Return what would identify a resource of ours in the system."""
        return self._linked.identity_of(resource, resource_id)

    def deviations(
        self, resource_id: str, resource: Resource, present: Resource, *, owned: Owned
    ) -> list[str]:
        """Name the system's attributes that are not as they shall be."""
        return self._linked.deviations(resource_id, resource, present, owned=owned)

    def remote_ids(self, resource_ids: Iterable[str]) -> dict[str, str]:
        """Return what the system calls resources of ours."""
        return self._linked.remote_ids(resource_ids)

    def known(self, remote_ids: Iterable[str]) -> dict[str, str]:
        """Return our ids of those resources of the system that are linked."""
        return self._linked.known(remote_ids)

    def create(self, resource_id: str, resource: Resource, *, wants: Wants = everything) -> Resource | None:
        """Create a resource that must not be there yet."""
        return self._linked.create(resource_id, resource, wants=wants)

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        """Return a resource."""
        return self._linked.read(resource_id, wants=wants)

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        """Return a part of the resources that match."""
        return self._linked.search(query, wants=wants)

    def replace(self, resource_id: str, resource: Resource, *, version: str | None = None) -> Resource | None:
        """Put a resource in another one's place."""
        return self._linked.replace(resource_id, resource, version=version)

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
        create_on_replace: bool = False,
    ) -> Resource | None:
        """Change a resource."""
        return self._linked.patch(
            resource_id, operations, version=version, wants=wants, create_on_replace=create_on_replace
        )

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        """Delete a resource."""
        self._linked.delete(resource_id, version=version)

    def carry_out(self, change: Change) -> None:
        """Do a change, which may have been done before."""
        match change.action:
            case "create" if change.resource is not None:
                self.bring(change.resource_id, change.resource)
            case "replace" if change.resource is not None:
                self._replace_or_create(change.resource_id, change.resource)
            case "patch":
                self._linked.patch(change.resource_id, change.operations)
            case "delete":
                self.take_away(change.resource_id)

    def _replace_or_create(self, resource_id: str, resource: Resource) -> None:
        try:
            self._linked.replace(resource_id, resource)
        except NotFound:
            self.bring(resource_id, resource)


Leg = RemoteLeg | SinkLeg


def _disabled(resource_type: ResourceType) -> PatchOperation:
    return PatchOperation("replace", parse_path_target("active", resource_type), False)
