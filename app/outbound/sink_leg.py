"""The way of one resource type to a system that takes messages and shows nothing: files, webhooks, commands.

What it is known to have are the links: whoever has been created there and not deleted since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.outbound.attribute_map import AttributeMap
from app.outbound.connector import Message, MessageAction, Sink
from app.outbound.differences import Owned
from app.outbound.document import ConnectorRules
from app.outbound.task import Change, written_operations
from app.provisioning.target import Page, Query, Wants, everything
from app.scim.errors import InvalidValue, NotImplementedHere
from app.scim.patch_operations import PatchOperation
from app.scim.resource import Resource
from app.scim.schema import ResourceType
from app.store.links import Link, Links


@dataclass(frozen=True, slots=True)
class SinkLeg:
    """Sends messages about resources of one type. ``key`` is the same however often one is sent."""

    rules: ConnectorRules
    resource_type: ResourceType
    sink: Sink
    links: Links
    key: str = ""
    can_read: bool = False

    @property
    def name(self) -> str:
        """The connector's name."""
        return self.rules.name

    @property
    def map(self) -> AttributeMap:
        """What the connector gets of a resource."""
        return self.rules.maps[self.resource_type.name]

    def keyed(self, key: str) -> SinkLeg:
        """Return the same way for one change."""
        return replace(self, key=key)

    def new_id(self) -> str:
        """Make an id for a new resource."""
        return self.links.new_id()

    def has(self, resource_id: str) -> bool:
        """Tell whether the connector is known to have a resource."""
        return self._remote_id(resource_id) is not None

    def create(self, resource_id: str, resource: Resource, *, wants: Wants = everything) -> Resource | None:
        """Create a resource."""
        del wants
        self.bring(resource_id, resource)
        return None

    def bring(self, resource_id: str, resource: Resource, *, owned: Owned | None = None) -> Resource | None:
        """See to it that the connector has a resource as it is."""
        del owned
        action: MessageAction = "update" if self.has(resource_id) else "create"
        with_id = Resource(resource.type, {**resource.attributes, "id": resource_id})
        shown = self.map.to_remote(with_id)
        kept = {
            name: value
            for name, value in shown.attributes.items()
            if name != "password" or self.rules.passwords == "send"
        }
        self._send(action, resource_id, resource=Resource(resource.type, kept))
        return None

    def replace(self, resource_id: str, resource: Resource, *, version: str | None = None) -> Resource | None:
        """Put a resource in another one's place."""
        del version
        return self.bring(resource_id, resource)

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
        create_on_replace: bool = False,
    ) -> Resource | None:
        """Pass on what changes, for who keeps resources to apply it."""
        del version, wants, create_on_replace
        if self.map.places or not self.map.passes_others:
            raise InvalidValue(f"the connector {self.name} maps attributes and needs whole resources")
        sent = [each for each in operations if self._may_be_sent(each)]
        if sent:
            self._send("patch", resource_id, operations=sent)
        return None

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        """Refuse: there is nothing to read."""
        del resource_id, wants
        raise NotImplementedHere(f"the connector {self.name} shows nothing")

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        """Refuse: there is nothing to read."""
        del query, wants
        raise NotImplementedHere(f"the connector {self.name} shows nothing")

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        """Delete a resource."""
        del version
        self._send("delete", resource_id)
        self.links.forget(self.name, self.resource_type.name, resource_id)

    def take_away(self, resource_id: str) -> None:
        """See to it that the connector does not have a resource."""
        if self.has(resource_id):
            self.delete(resource_id)

    def let_go(self, resource_id: str) -> None:
        """Do with a resource that is none of the connector's business any more what its rules say."""
        if not self.has(resource_id) or self.rules.leaving == "keep":
            return
        if self.rules.leaving == "delete":
            self.take_away(resource_id)
        else:
            self._send("disable", resource_id)

    def carry_out(self, change: Change) -> None:
        """Do a change, which may have been done before."""
        match change.action:
            case "create" | "replace" if change.resource is not None:
                self.bring(change.resource_id, change.resource)
            case "patch":
                self.patch(change.resource_id, change.operations)
            case "delete":
                self.take_away(change.resource_id)

    def _may_be_sent(self, operation: PatchOperation) -> bool:
        return operation.target.path.attribute != "password" or self.rules.passwords == "send"

    def _remote_id(self, resource_id: str) -> str | None:
        return self.links.of(self.resource_type.name, resource_id).get(self.name)

    def _send(
        self,
        action: MessageAction,
        resource_id: str,
        *,
        resource: Resource | None = None,
        operations: Sequence[PatchOperation] = (),
    ) -> None:
        known = self._remote_id(resource_id)
        message = Message(
            key=self.key or self.links.new_id().replace("-", ""),
            action=action,
            connector=self.name,
            resource_type=self.resource_type,
            resource_id=resource_id,
            remote_id=known,
            resource=resource,
            operations=tuple(written_operations(operations)),
        )
        remote_id = self.sink.send(message) or known or resource_id
        if remote_id != known and action != "delete":
            self.links.put(Link(self.name, self.resource_type.name, resource_id, remote_id))
