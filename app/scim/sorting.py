"""The order of resources (RFC 7644 §3.4.2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from app.scim.comparison import comparable
from app.scim.errors import InvalidValue
from app.scim.path import AttributePath, PathError, ResolvedPath, resolve
from app.scim.query import SortOrder
from app.scim.resource import Resource, is_complex, is_list, values_of
from app.scim.schema import ResourceType, Value


def resolve_sort_by(path: AttributePath, resource_type: ResourceType) -> ResolvedPath:
    """Find what to sort by; a complex attribute means its ``value``. Raises InvalidValue."""
    try:
        found = resolve(path, resource_type)
        if found.leaf.type == "complex":
            found = resolve(replace(found.path, sub_attribute="value"), resource_type)
    except PathError as error:
        raise InvalidValue(f"sortBy: {error}") from error
    if "never" in {found.attribute.returned, found.leaf.returned}:
        # An order by what is never returned would tell it.
        raise InvalidValue(f"sortBy: {found.path} cannot be sorted by")
    return found


def sort(
    resources: Iterable[Resource], sort_by: ResolvedPath, *, order: SortOrder = "ascending"
) -> list[Resource]:
    """Sort resources; those without a value come last, or first when descending. Equal ones keep their order."""
    return sorted(resources, key=lambda each: sort_key(each, sort_by), reverse=order == "descending")


def sort_key(resource: Resource, sort_by: ResolvedPath) -> tuple[bool, Any]:
    """Return what stands for a resource in an ascending order."""
    value = _value(resource.get(sort_by.path.parent), sort_by.path.sub_attribute)
    return (True, False) if value is None else (False, comparable(sort_by.leaf, value))


def _value(value: Value, sub_attribute: str | None) -> Value:
    if is_list(value):
        # RFC 7644 §3.4.2.3: the primary value, or else the first.
        primary = (element for element in value if is_complex(element) and element.get("primary") is True)
        value = next(primary, value[0])
    if sub_attribute is None:
        return value
    below = value.get(sub_attribute) if is_complex(value) else None
    return next(iter(values_of(below)), None)
