"""Attributes that the directory keeps by itself (``direction: to_scim``): shown, and never written."""

from __future__ import annotations

from collections.abc import Iterable

from app.mapping.model import SchemaMap
from app.scim.errors import MutabilityError
from app.scim.path import AttributePath


def refuse_owned(schema_map: SchemaMap, paths: Iterable[AttributePath]) -> None:
    """Refuse to change what the directory keeps by itself.

    Raises:
        MutabilityError: naming the attribute.
    """
    for path in paths:
        if is_owned(schema_map, path):
            raise MutabilityError(f"{path}: the directory keeps it by itself, and it can only be read")


def is_owned(schema_map: SchemaMap, path: AttributePath) -> bool:
    """Tell whether an attribute is shown, and no part of it written."""
    rules = [rule for rule in schema_map.rules_of(path) if _concerns(rule.place.path, path)]
    return bool(rules) and not any(rule.writes for rule in rules)


def _concerns(known: AttributePath, path: AttributePath) -> bool:
    return None in {known.sub_attribute, path.sub_attribute} or known.sub_attribute == path.sub_attribute
