"""Where a request goes: a directory or connectors, behind one protocol at the level of SCIM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.scim.filters.nodes import Filter
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.resource import Resource

Wants = Callable[[AttributePath], bool]
"""Says whether an attribute is needed in the answer."""


@dataclass(frozen=True, slots=True)
class Actor:
    """On whose behalf something is done, for the audit."""

    subject: str
    application: str
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, and which part of it to return. ``start_index`` counts from 1."""

    filter: Filter | None = None
    start_index: int = 1
    count: int = 100


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what was found, and how much was found in all."""

    resources: Sequence[Resource]
    total: int
    start_index: int


class Target(Protocol):
    """Does what SCIM requests say, for one resource type. Every method raises ScimError."""

    def create(self, resource: Resource) -> Resource:
        """Create a resource and return it as it is stored."""
        ...

    def read(self, resource_id: str, *, wants: Wants) -> Resource:
        """Return a resource, with at least the attributes that are wanted."""
        ...

    def search(self, query: Query, *, wants: Wants) -> Page:
        """Return a part of the resources that match."""
        ...

    def replace(self, resource_id: str, resource: Resource, *, version: str | None = None) -> Resource:
        """Put a resource in another one's place, if that is still at ``version`` where one is given."""
        ...

    def patch(
        self, resource_id: str, operations: Sequence[PatchOperation], *, version: str | None = None
    ) -> Resource:
        """Change a resource, if it is still at ``version`` where one is given."""
        ...

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        """Delete a resource, if it is still at ``version`` where one is given."""
        ...
