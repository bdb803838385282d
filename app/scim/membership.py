"""Read off from PATCH operations how a multi-valued attribute of references changes, without the resource.

So a member joins or leaves a group of any size, and nobody reads the group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.scim.comparison import comparable
from app.scim.filters.nodes import Comparison, Filter, Or
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.resource import is_complex, values_of
from app.scim.schema import Attribute, Value

Reference = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ReferenceDelta:
    """How the references change: first all are ``replaced``, unless that is None, then some are removed and added.

    No reference is both added and removed. ``rest`` are the operations on other attributes, in their order.
    """

    added: tuple[Reference, ...] = ()
    removed: tuple[Reference, ...] = ()
    replaced: tuple[Reference, ...] | None = None
    rest: tuple[PatchOperation, ...] = ()


def reference_delta(operations: Iterable[PatchOperation], path: AttributePath) -> ReferenceDelta | None:
    """Sum up what the operations do to the references at ``path``; None if that depends on what is there now."""
    of_path: list[PatchOperation] = []
    rest: list[PatchOperation] = []
    for operation in operations:
        (of_path if operation.target.path == path else rest).append(operation)
    changes = _Changes()
    if not all(changes.take(operation) for operation in of_path):
        return None
    if changes.replaced is not None:
        return ReferenceDelta(replaced=tuple(changes.replaced.values()), rest=tuple(rest))
    return ReferenceDelta(tuple(changes.added.values()), tuple(changes.removed.values()), rest=tuple(rest))


@dataclass(slots=True)
class _Changes:
    """What the operations so far come to, by the references' values."""

    added: dict[object, Reference] = field(default_factory=dict)
    removed: dict[object, Reference] = field(default_factory=dict)
    replaced: dict[object, Reference] | None = None

    def take(self, operation: PatchOperation) -> bool:
        """Add an operation, and tell whether that could be done without knowing the references."""
        listed = _listed(operation)
        if listed is None or operation.target.sub_attribute:
            return False
        references = {_key(operation.target.attribute, reference): reference for reference in listed}
        if operation.op == "replace" or (operation.op == "remove" and _is_of_all(operation)):
            self.added, self.removed, self.replaced = {}, {}, references
        elif operation.op == "add":
            self._add(references)
        else:
            self._remove(references)
        return True

    def _add(self, references: Mapping[object, Reference]) -> None:
        present = self.added if self.replaced is None else self.replaced
        for key, reference in references.items():
            self.removed.pop(key, None)
            present.setdefault(key, reference)

    def _remove(self, references: Mapping[object, Reference]) -> None:
        for key, reference in references.items():
            if self.replaced is None:
                self.added.pop(key, None)
                self.removed[key] = reference
            else:
                self.replaced.pop(key, None)


def _is_of_all(operation: PatchOperation) -> bool:
    return operation.target.condition is None and operation.value is None


def _listed(operation: PatchOperation) -> Sequence[Reference] | None:
    """Return the references that the operation names one by one, and None if it does not."""
    condition = operation.target.condition
    if condition is not None:
        return _equal_values(condition) if operation.op == "remove" else None
    values = values_of(operation.value)
    references = [value for value in values if is_complex(value) and "value" in value]
    return references if len(references) == len(values) else None


def _equal_values(condition: Filter) -> Sequence[Reference] | None:
    terms = condition.operands if isinstance(condition, Or) else (condition,)
    references: list[Reference] = []
    for term in terms:
        if not isinstance(term, Comparison) or (term.path, term.operator) != (AttributePath("value"), "eq"):
            return None
        references.append({"value": term.value})
    return references


def _key(attribute: Attribute, reference: Reference) -> object:
    return comparable(attribute.sub_attribute("value") or attribute, reference["value"])
