"""Auxiliary object classes: given to an entry when it needs them, and never taken away again.

To take one away, all of its attributes would have to go, whoever has written them.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.directory.model import Change, Entry, Values
from app.mapping.expression import Evaluation
from app.mapping.image import Image
from app.mapping.model import AuxiliaryClass, EntryRules


def needed(rules: EntryRules, written: dict[str, Values], evaluation: Evaluation) -> tuple[str, ...]:
    """Name the auxiliary classes that an entry needs for what is written to it."""
    return tuple(each.name for each in rules.auxiliary_classes if _is_needed(each, written, evaluation))


def _is_needed(auxiliary: AuxiliaryClass, written: dict[str, Values], evaluation: Evaluation) -> bool:
    if auxiliary.when is not None:
        return evaluation.holds(auxiliary.when, place=f"entry.auxiliary_classes.{auxiliary.name}")
    wanted = {name.lower() for name in auxiliary.attributes}
    return any(values and name.lower() in wanted for name, values in written.items())


def added(entry: Entry, *, before: Image, after: Image, is_changed: bool) -> Iterator[Change]:
    """Give an entry the classes that it lacks: what changes may need them, or they are needed from now on."""
    present = {value.decode("utf-8", "replace").lower() for value in entry.values("objectClass")}
    missing = [name for name in after.classes if name.lower() not in present]
    if missing and (is_changed or not set(missing) <= set(before.classes)):
        yield Change("add", "objectClass", tuple(name.encode() for name in missing))
