"""From what a client asks of a list to what a target is asked: names resolved, sizes held to the limits."""

from __future__ import annotations

from typing import Final

from app.provisioning.target import Query
from app.scim import query as asking
from app.scim.filters.resolve import resolve
from app.scim.schema import ResourceType
from app.scim.sorting import resolve_sort_by

DEFAULT_PAGE_SIZE: Final = 100
MAX_PAGE_SIZE: Final = 1000


def query_of(asked: asking.Query, resource_type: ResourceType) -> Query:
    """Bind a query to a resource type. Raises InvalidFilter and InvalidValue."""
    return Query(
        filter=resolve(asked.filter, resource_type) if asked.filter else None,
        sort_by=resolve_sort_by(asked.sort_by, resource_type) if asked.sort_by else None,
        sort_order=asked.sort_order,
        start_index=asked.start_index,
        count=page_size(asked.count),
        cursor=asked.cursor,
    )


def page_size(count: int | None) -> int:
    """Hold a page size to the limits; None leaves it to the service."""
    return DEFAULT_PAGE_SIZE if count is None else min(count, MAX_PAGE_SIZE)
