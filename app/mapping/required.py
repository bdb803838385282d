"""What clients must send, because a map says so."""

from __future__ import annotations

from collections.abc import Iterator

from app.mapping.expression import Evaluation
from app.mapping.model import SchemaMap
from app.mapping.written import values_at
from app.scim.errors import InvalidValue
from app.scim.resource import Resource


def refuse_missing(schema_map: SchemaMap, after: Resource, *, before: Resource | None = None) -> None:
    """Refuse a resource that lacks what the map requires; what was missing ``before`` may stay so.

    Raises:
        InvalidValue: naming all that is missing.
    """
    known = set(_missing(schema_map, before)) if before else set()
    missing = [place for place in _missing(schema_map, after) if place not in known]
    if missing:
        raise InvalidValue(f"{', '.join(missing)} must have a value")


def _missing(schema_map: SchemaMap, resource: Resource) -> Iterator[str]:
    evaluation = Evaluation(resource)
    for rule in schema_map.required:
        is_due = evaluation.holds(rule.when, place=f"attributes.{rule.place}.when")
        if is_due and not values_at(rule, resource):
            yield str(rule.place)
