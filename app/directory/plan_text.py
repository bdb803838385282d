"""Steps of plans as text that is kept while they are carried out, and read back to see to what a crash left behind.

Secrets are left out, so what is read back cannot be done once more: it tells what was to be done, and how to undo it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from app.directory.dn import Dn, Rdn
from app.directory.ldif import has_secret, is_secret
from app.directory.model import Add, Change, Delete, Modify, Operation, Rename, SetPassword, Values
from app.directory.plan import Step


def dump_steps(steps: Iterable[Step]) -> str:
    """Write steps without secrets, and without the conditions that they were made on."""
    return json.dumps([[_written(each.operation), _undo(each)] for each in steps], separators=(",", ":"))


def load_steps(text: str) -> tuple[Step, ...]:
    """Read steps; a password that was to be set is empty."""
    return tuple(
        Step(_read(operation), _read(undo) if undo else None) for operation, undo in json.loads(text)
    )


def _undo(step: Step) -> dict[str, Any] | None:
    return None if step.undo is None or has_secret(step.undo) else _written(step.undo)


def _written(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {"do": type(operation).__name__, "dn": str(operation.dn)}
    match operation:
        case Add(attributes=attributes):
            told = {name: _texts(values) for name, values in attributes.items() if not is_secret(name)}
            kept = {name: _texts(values) for name, values in operation.kept.items()}
            return {**found, "attributes": told, **({"kept": kept} if kept else {})}
        case Modify(changes=changes):
            named = [change for change in changes if not is_secret(change.attribute)]
            return {**found, "changes": [[each.kind, each.attribute, _texts(each.values)] for each in named]}
        case Rename(rdn=rdn, new_parent=parent):
            moved = {} if parent is None else {"parent": str(parent)}
            return {**found, "rdn": str(rdn), **moved, "keeps_old": operation.keeps_old}
        case Delete() | SetPassword():
            return found
    assert_never(operation)


def _read(found: Mapping[str, Any]) -> Operation:
    dn = Dn.parse(found["dn"])
    match found["do"]:
        case "Add":
            return Add(dn, _named(found["attributes"]), _named(found.get("kept", {})))
        case "Modify":
            changes = (Change(kind, name, _values(texts)) for kind, name, texts in found["changes"])
            return Modify(dn, tuple(changes), permissive=True)
        case "Rename":
            parent = Dn.parse(found["parent"]) if "parent" in found else None
            return Rename(dn, _rdn(found["rdn"]), parent, keeps_old=found["keeps_old"])
        case "Delete":
            return Delete(dn)
        case _:
            return SetPassword(dn, "")


def _rdn(text: str) -> Rdn:
    return Dn.parse(text).rdn


def _named(found: Mapping[str, Iterable[str]]) -> dict[str, Values]:
    return {name: _values(texts) for name, texts in found.items()}


def _texts(values: Values) -> list[str]:
    # Any bytes are text in Latin-1, and the same bytes again.
    return [value.decode("latin-1") for value in values]


def _values(texts: Iterable[str]) -> Values:
    return tuple(text.encode("latin-1") for text in texts)
