"""What a connector is: a kind of system (``ConnectorType``), and one such system opened with its settings.

A ``Sink`` is told what becomes of resources. A ``Remote`` keeps resources and shows them again: there is a SCIM-level target for each resource type, with ids and
attributes as that system has them. Translating between its ids and ours is left to ``links`` and ``references``,
between its attributes and ours to ``attribute_map``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol, runtime_checkable

from marshmallow import Schema

from app.provisioning.connection import Resolve
from app.provisioning.target import Target
from app.scim.codec import ResourceCodec
from app.scim.resource import Resource
from app.scim.schema import ResourceType, Value
from app.store.document import Document, Lookup, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What connectors take from outside."""

    resolve: Resolve
    """Fetches what references in the settings point at."""
    monotonic: Callable[[], float]
    clock: Callable[[], datetime]
    domain_target: Callable[[str, str], Target]
    """Finds the target of a resource type in a user store domain; raises ScimError."""
    domain_offer: Callable[[str], Offer]
    """Says what a user store domain can do; raises ScimError."""


class Remote(Protocol):
    """A system that keeps resources. Its methods and those of its targets raise ScimError."""

    def target(self, resource_type: ResourceType) -> Target:
        """Return what does requests for a resource type, ids and attributes being the system's own."""
        ...

    def close(self) -> None:
        """Let connections go."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a system can do, and what it keeps of resources. Types that are not named it keeps whole."""

    filter: bool = True
    sort: bool = True
    etag: bool = True
    types: Mapping[str, ResourceType] = field(default_factory=dict)


TOLD_NOTHING: Final = Offer(filter=False, sort=False, etag=False)
"""That of a system which shows nothing."""


@runtime_checkable
class Describing(Protocol):
    """A system that can say what it can do."""

    def offer(self, resource_types: Iterable[ResourceType]) -> Offer:
        """Say it, as to some types. Raises ScimError."""
        ...


MessageAction = Literal["create", "update", "patch", "delete", "disable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a system that shows nothing is told of a resource. ``key`` is the same however often it is told."""

    key: str
    action: MessageAction
    connector: str
    resource_type: ResourceType
    resource_id: str
    remote_id: str | None = None
    """What the system has called the resource until now."""
    resource: Resource | None = None
    operations: tuple[Value, ...] = ()

    def document(self) -> dict[str, Value]:
        """Write the message as JSON."""
        written: dict[str, Value] = {
            "key": self.key,
            "action": self.action,
            "connector": self.connector,
            "resourceType": self.resource_type.name,
            "id": self.resource_id,
        }
        if self.remote_id is not None and self.remote_id != self.resource_id:
            written["remoteId"] = self.remote_id
        if self.resource is not None:
            written["resource"] = ResourceCodec(self.resource_type).dump(self.resource, secrets=True)
        return {**written, "operations": list(self.operations)} if self.operations else written


@runtime_checkable
class Sink(Protocol):
    """A system that is told and shows nothing."""

    def send(self, message: Message) -> str | None:
        """Tell it; return what it calls the resource from now on, where it says so. Raises ScimError."""
        ...

    def close(self) -> None:
        """Let connections go."""
        ...


class ConnectorType(Protocol):
    """A kind of system, as plugins add one by the entry points ``landbridge.connectors``."""

    settings: type[Schema]
    """Checks and loads the settings of a Connector document."""

    def problems(self, document: Document, lookup: Lookup) -> Iterable[Problem]:
        """Say what is wrong with the settings as against other documents."""
        ...

    def open(self, settings: Mapping[str, Any], surroundings: Surroundings) -> Remote | Sink:
        """Make the connection ready; nothing is sent yet.

        Raises:
            Misconfigured: if the settings cannot be used.
        """
        ...
