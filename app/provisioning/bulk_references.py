"""References between a bulk request's operations (RFC 7644 §3.7.2).

In which order they can be carried out, and what is left of one before what it refers to exists. Pure; carrying them out is left to ``bulk``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.scim.bulk import BulkOperation, references
from app.scim.resource import is_complex, is_list
from app.scim.schema import Value


@dataclass(frozen=True, slots=True)
class Step:
    """An operation, and the bulkIds that it refers to and has to do without for now."""

    index: int
    operation: BulkOperation
    missing: frozenset[str] = frozenset()


def order(operations: Sequence[BulkOperation]) -> list[Step]:
    """Put operations in an order in which each finds what it refers to; it is the client's wherever that will do.

    Where they refer to one another in a circle, one of them has to begin without what it refers to.
    """
    made = {operation.bulk_id or "" for operation in operations if operation.method == "POST"}
    waiting = {index: (operation, references(operation) & made) for index, operation in enumerate(operations)}
    steps: list[Step] = []
    settled: set[str] = set()
    while waiting:
        index = _next(waiting, settled)
        operation, needed = waiting.pop(index)
        steps.append(Step(index, operation, frozenset(needed - settled)))
        if operation.method == "POST":
            settled.add(operation.bulk_id or "")
    return steps


def without(value: Value, missing: AbstractSet[str]) -> Value:
    """Leave out all that refers to what does not exist yet."""
    if is_complex(value):
        return {name: without(below, missing) for name, below in value.items() if not _refers(below, missing)}
    if is_list(value):
        return [without(element, missing) for element in value if not _refers(element, missing)]
    return value


def only(value: Value, missing: AbstractSet[str]) -> Value:
    """Keep just what ``without`` leaves out, each below what it stands below."""
    if _refers(value, missing):
        return value
    if is_complex(value):
        return {name: only(below, missing) for name, below in value.items() if _mentions(below, missing)}
    if is_list(value):
        return [only(element, missing) for element in value if _mentions(element, missing)]
    return value


def _mentions(value: Value, missing: AbstractSet[str]) -> bool:
    return bool(references(BulkOperation("", "", data=value)) & missing)


def _refers(value: Value, missing: AbstractSet[str]) -> bool:
    """Tell whether a value, or the element of which it is the id, stands and falls with what is missing."""
    if is_complex(value):
        return _mentions(value.get("value"), missing) or _mentions(value.get("$ref"), missing)
    return not is_list(value) and _mentions(value, missing)


def _next(waiting: Mapping[int, tuple[BulkOperation, frozenset[str]]], settled: AbstractSet[str]) -> int:
    for index, (_, needed) in waiting.items():
        if needed <= settled:
            return index
    return _in_a_circle(waiting, settled)


def _in_a_circle(
    waiting: Mapping[int, tuple[BulkOperation, frozenset[str]]], settled: AbstractSet[str]
) -> int:
    """Follow the references from the first operation until one comes round again."""
    makers = {
        operation.bulk_id: index for index, (operation, _) in waiting.items() if operation.method == "POST"
    }
    index = next(iter(waiting))
    seen: set[int] = set()
    while index not in seen:
        seen.add(index)
        missing = waiting[index][1] - settled
        index = makers[min(missing)]
    return index
