"""What the directory keeps by itself (``direction: to_scim``): shown, and never written."""

from __future__ import annotations

from collections.abc import Iterable

from app.mapping.model import Rule, SchemaMap
from app.scim.errors import MutabilityError
from app.scim.filters.nodes import And, Comparison, Filter
from app.scim.patch_operations import Target
from app.scim.path import AttributePath


def refuse_owned(schema_map: SchemaMap, targets: Iterable[Target]) -> None:
    """Refuse to change what the directory keeps by itself.

    Raises:
        MutabilityError: naming the attribute.
    """
    for target in targets:
        if _is_owned(schema_map, target):
            raise MutabilityError(f"{target}: the directory keeps it by itself, and it can only be read")


def _is_owned(schema_map: SchemaMap, target: Target) -> bool:
    """Tell whether what an operation changes is shown, and no part of it written."""
    path, kind = target.resolved.path, _kind(target.condition)
    rules = [rule for rule in schema_map.rules_of(path) if _concerns(rule, path, kind)]
    return bool(rules) and not any(rule.writes for rule in rules)


def _concerns(rule: Rule, path: AttributePath, kind: str | None) -> bool:
    of_kind = rule.place.element_type
    if kind is not None and of_kind is not None and of_kind.lower() != kind:
        return False
    known = rule.place.path.sub_attribute
    return None in {known, path.sub_attribute} or known == path.sub_attribute


def _kind(condition: Filter | None) -> str | None:
    """Return the type of the elements that a condition chooses, where it says one."""
    terms = condition.operands if isinstance(condition, And) else (condition,)
    for term in terms:
        if isinstance(term, Comparison) and term.operator == "eq" and term.path.attribute == "type":
            return str(term.value).lower()
    return None
