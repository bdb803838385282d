"""What a connector is: a kind of system (``ConnectorType``), and one such system opened with its settings.

A ``Remote`` keeps resources and shows them again: there is a SCIM-level target for each resource type, with ids and
attributes as that system has them. Translating between its ids and ours is left to ``links`` and ``references``,
between its attributes and ours to ``attribute_map``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from marshmallow import Schema

from app.provisioning.connection import Resolve
from app.provisioning.domain import Domain
from app.provisioning.target import Target
from app.scim.schema import ResourceType
from app.store.document import Document, Lookup, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What connectors take from outside."""

    resolve: Resolve
    """Fetches what references in the settings point at."""
    monotonic: Callable[[], float]
    domain: Callable[[str], Domain]
    """Finds a user store domain; raises ServiceUnavailable."""


class Remote(Protocol):
    """A system that keeps resources. Its methods and those of its targets raise ScimError."""

    def target(self, resource_type: ResourceType) -> Target:
        """Return what does requests for a resource type, ids and attributes being the system's own."""
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

    def open(self, settings: Mapping[str, Any], surroundings: Surroundings) -> Remote:
        """Make the connection ready; nothing is sent yet.

        Raises:
            Misconfigured: if the settings cannot be used.
        """
        ...
