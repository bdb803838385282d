"""What an entry is after operations that went through, where the server does not tell (RFC 4527).

What the server itself makes of a change, such as another version, is not known; secrets never come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from app.directory.ldif import is_secret
from app.directory.model import Change, Entry, Modify, Operation, Rename, Values


def predict(before: Entry, operations: Iterable[Operation], *, unknown: Iterable[str]) -> Entry:
    """Work out the entry after ``operations``, without the ``unknown`` attributes."""
    entry = before
    for operation in operations:
        match operation:
            case Modify(changes=changes):
                entry = _modified(entry, changes)
            case Rename():
                entry = _renamed(entry, operation)
            case _:
                continue
    left_out = {name.lower() for name in unknown}
    return Entry.of(
        entry.dn, {name: values for name, values in entry.attributes.items() if name not in left_out}
    )


def _modified(entry: Entry, changes: Iterable[Change]) -> Entry:
    attributes = dict(entry.attributes)
    for change in changes:
        name = change.attribute.lower()
        if not is_secret(name):
            attributes[name] = _changed(attributes.get(name, ()), change)
    return Entry(entry.dn, attributes)


def _changed(present: Values, change: Change) -> Values:
    match change.kind:
        case "replace":
            return change.values
        case "add":
            return (*present, *(value for value in change.values if value not in present))
        case "delete":
            return tuple(value for value in present if change.values and value not in change.values)
    assert_never(change.kind)


def _renamed(entry: Entry, rename: Rename) -> Entry:
    attributes = dict(entry.attributes)
    if not rename.keeps_old:
        for ava in rename.dn.rdn.avas:
            name = ava.attribute.lower()
            attributes[name] = tuple(v for v in attributes.get(name, ()) if v != ava.value.encode())
    for ava in rename.rdn.avas:
        name, value = ava.attribute.lower(), ava.value.encode()
        attributes[name] = (value, *(v for v in attributes.get(name, ()) if v != value))
    return Entry(rename.new_dn, attributes)
