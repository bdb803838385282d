"""Changes value by value, for products without assertions: a lost race then fails, where replacing would overwrite."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from app.directory.model import Change, Entry, same_values


def by_value(
    changes: Iterable[Change], before: Entry, *, whole: Collection[str] = frozenset()
) -> tuple[Change, ...]:
    """Name the values that are replaced, as they were ``before``; attributes in ``whole`` are replaced as such."""
    found = [each for change in changes for each in _by_value(change, before, whole)]
    # What goes before what comes: many attributes hold one value alone, in between, too.
    found.sort(key=lambda change: change.kind != "delete")
    return tuple(found)


def _by_value(change: Change, before: Entry, whole: Collection[str]) -> Iterator[Change]:
    present = before.values(change.attribute)
    is_replaced = change.kind == "replace" and change.attribute.lower() not in whole
    if not is_replaced or same_values(present, change.values):
        yield change
        return
    # All of them, so that the order is as wanted: the first one may be the primary one.
    if present:
        yield Change("delete", change.attribute, present)
    if change.values:
        yield Change("add", change.attribute, change.values)
