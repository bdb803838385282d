"""By what resources are looked up: the rule of the attribute that their schema demands."""

from __future__ import annotations

from app.mapping.model import Rule, SchemaMap


def naming_rule(schema_map: SchemaMap) -> Rule | None:
    """Return the rule of the attribute by which clients look resources up."""
    required = [each.name for each in schema_map.resource_type.schema.attributes if each.required]
    return next((rule for rule in schema_map.rules if str(rule.place) in required), None)
