"""How much a plan changes, in the kinds that people set limits to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from app.directory.model import Change, Delete, Modify, Rename
from app.directory.plan import Step
from app.mapping.model import ReferenceRule
from app.provisioning.planning import Planned
from app.store.change_limits import Kind


def weigh(action: str, planned: Planned, references: Iterable[ReferenceRule]) -> Mapping[Kind, int]:
    """Say how much a plan deletes, disables, takes out of groups and renames; what is nothing is left out."""
    if action == "delete":
        # Whatever the product's way is: SCIM has lost the resource.
        return {"deletes": 1 + planned.below}
    found: Counter[Kind] = Counter()
    rules = {
        rule.attribute.lower(): rule for rule in references if rule.place.resolved.attribute.multi_valued
    }
    for step in (step for step in planned.plan.steps if not step.is_elsewhere):
        # What undoing a create deletes.
        found["deletes"] += isinstance(step.operation, Delete)
        found["renames"] += isinstance(step.operation, Rename)
        found["removals"] += sum(_removed(step, rules))
    found["disables"] += planned.disables
    return {kind: amount for kind, amount in found.items() if amount}


def _removed(step: Step, rules: Mapping[str, ReferenceRule]) -> Iterator[int]:
    if not isinstance(step.operation, Modify):
        return
    for change in step.operation.changes:
        rule = rules.get(change.attribute.lower())
        if rule is not None and change.kind != "add":
            yield len(_leaving(change, step) - _stand_in(rule))


def _leaving(change: Change, step: Step) -> set[bytes]:
    """Return the members that a change takes out. Where it names none, those that undoing it would bring back."""
    if change.kind == "delete" and change.values:
        return set(change.values)
    undone = step.undo.changes if isinstance(step.undo, Modify) else ()
    present = {
        value
        for each in undone
        if each.attribute.lower() == change.attribute.lower()
        for value in each.values
    }
    return present - set(change.values)


def _stand_in(rule: ReferenceRule) -> set[bytes]:
    return {str(rule.placeholder).encode()} if rule.placeholder else set()
