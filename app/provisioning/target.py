"""Where a request goes: a directory or connectors, behind one protocol at the level of SCIM."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.scim.filters.nodes import Filter
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath, ResolvedPath
from app.scim.query import SortOrder
from app.scim.resource import Resource

Wants = Callable[[AttributePath], bool]
"""Says whether an attribute is needed in the answer. Nothing is fetched that is not."""

SortValues = Callable[[Sequence[str]], Mapping[str, str]]
"""Returns the values of an attribute that is kept elsewhere, by the ids of the resources that have one."""


def everything(_path: AttributePath) -> bool:
    """Want all attributes."""
    return True


def nothing(_path: AttributePath) -> bool:
    """Want no attribute but those of every resource: ``id`` and ``meta``."""
    return False


@dataclass(frozen=True, slots=True)
class Query:
    """What to find, in which order, and which part of it to return.

    ``filter`` and ``sort_by`` are resolved against the resource type. ``cursor`` is None for pages by index, and empty
    for the first page by cursor. ``asked`` is the client's own filter where ``filter`` is what became of it: pages
    belong to one list if they ask for the same. ``sort_values`` tells by ids what ``sort_by`` is of each resource, where
    that is not kept with them.
    """

    filter: Filter | None = None
    sort_by: ResolvedPath | None = None
    sort_order: SortOrder = "ascending"
    start_index: int = 1
    count: int = 100
    cursor: str | None = None
    asked: Filter | None = None
    sort_values: SortValues | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what was found. ``total`` counts all of it; ``start_index`` is None for pages by cursor."""

    resources: Sequence[Resource]
    total: int
    start_index: int | None = 1
    next_cursor: str | None = None
    previous_cursor: str | None = None
    missing: tuple[str, ...] = ()
    """The user store domains that did not answer, so that theirs are not among the resources."""


class Target(Protocol):
    """Does what SCIM requests say, for one resource type. Every method raises ScimError.

    Resources come back with at least the attributes that are wanted.
    """

    def create(self, resource: Resource, *, wants: Wants = everything) -> Resource:
        """Create a resource and return it as it is stored."""
        ...

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        """Return a resource."""
        ...

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        """Return a part of the resources that match."""
        ...

    def replace(
        self, resource_id: str, resource: Resource, *, version: str | None = None, wants: Wants = everything
    ) -> Resource:
        """Put a resource in another one's place, if that is still at ``version`` where one is given."""
        ...

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
    ) -> Resource:
        """Change a resource, if it is still at ``version`` where one is given."""
        ...

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        """Delete a resource, if it is still at ``version`` where one is given."""
        ...
