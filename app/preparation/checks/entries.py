"""Whether the directory takes the entries that a map makes: their object classes, and what these demand and allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.directory.schema import AttributeType, Schema
from app.mapping.model import Rule, SchemaMap
from app.preparation import map_codes as codes
from app.preparation.checks.attributes import Use, uses
from app.preparation.finding import Finding
from app.preparation.live import Live
from app.preparation.products import PASSWORD, SUPPLIED
from app.scim.path import AttributePath
from app.scim.schema import ResourceType

_CLASSES = ("entry", "object_classes")


def check_entries(schema_map: SchemaMap, live: Live) -> Iterator[Finding]:
    """Find what keeps entries from being made."""
    yield from _classes(schema_map.entry.all_classes, live.schema)
    yield from _allowed(schema_map, live.schema)
    yield from _demanded(schema_map, live)
    yield from _account(schema_map, live)


def _classes(names: tuple[str, ...], schema: Schema) -> Iterator[Finding]:
    unknown = [name for name in names if schema.object_class(name) is None]
    for name in unknown:
        seen = f"The directory has no object class {name}."
        yield Finding(
            codes.UNKNOWN_CLASS, seen, f"Load the schema that brings {name}, or leave it out.", _CLASSES
        )
    structural = [each.name for each in schema.structural(names)]
    if not structural and not unknown:
        seen = f"None of {', '.join(names)} is structural."
        yield Finding(
            codes.NO_STRUCTURAL_CLASS, seen, "Add a structural class, such as inetOrgPerson.", _CLASSES
        )
    if len(structural) > 1:
        seen = f"{' and '.join(structural)} are structural, and not made of one another."
        yield Finding(codes.SEVERAL_STRUCTURAL_CLASSES, seen, "Keep one of them.", _CLASSES)


def _allowed(schema_map: SchemaMap, schema: Schema) -> Iterator[Finding]:
    classes = schema_map.entry.all_classes
    for use in uses(schema_map):
        attribute = schema.attribute(use.name)
        if use.writes and attribute is not None and not schema.allows(classes, attribute):
            yield _not_allowed(use, attribute, schema, classes=classes)


def _not_allowed(use: Use, attribute: AttributeType, schema: Schema, *, classes: tuple[str, ...]) -> Finding:
    homes = [each.name for each in schema.homes(attribute, kind="AUXILIARY")]
    fix = f"Add one of {', '.join(homes)} to entry.object_classes" if homes else "Take another attribute"
    seen = f"Entries of {', '.join(classes)} may not have {attribute.name}."
    return Finding(codes.NOT_ALLOWED, seen, f"{fix}.", use.key)


def _demanded(schema_map: SchemaMap, live: Live) -> Iterator[Finding]:
    supplied = SUPPLIED.get(live.dialect.name, frozenset())
    for attribute in live.schema.must(schema_map.entry.object_classes):
        if attribute.name.lower() in supplied or _is_rdn(schema_map, attribute, live.schema):
            continue
        writing = [
            use for use in uses(schema_map) if use.writes and _is(use.name, attribute, schema=live.schema)
        ]
        if not writing:
            seen = f"Nothing in the map writes {attribute.name}."
            fix = f"Add a rule that writes {attribute.name}, or a text in entry.attributes."
            yield Finding(codes.MISSING_MUST, seen, fix, _CLASSES)
        elif not any(_is_sure(schema_map, use) for use in writing):
            seen = f"{attribute.name} is written only where the resource has a value for it."
            yield Finding(
                codes.OPTIONAL_MUST, seen, "Give the rule a default, or required: true.", writing[0].key
            )


def _is_rdn(schema_map: SchemaMap, attribute: AttributeType, schema: Schema) -> bool:
    return _is(schema_map.entry.rdn, attribute, schema=schema)


def _is(name: str, attribute: AttributeType, *, schema: Schema) -> bool:
    found = schema.attribute(name)
    return found is not None and found.oid == attribute.oid


def _is_sure(schema_map: SchemaMap, use: Use) -> bool:
    """Tell whether every resource has a value for what an attribute is written from."""
    sure = _sure_paths(schema_map.resource_type, schema_map.rules)
    for reference in schema_map.references:
        if reference.attribute == use.name and reference.placeholder is not None:
            return True
    for fixed in schema_map.entry.attributes:
        if fixed.attribute == use.name:
            return any(source.is_certain(sure) for source in fixed.sources)
    for rule in schema_map.rules:
        if rule.attribute == use.name and rule.writes:
            is_said = rule.place.path in sure or any(source.is_certain(sure) for source in rule.defaults)
            return is_said and rule.when is None
    return False


def _sure_paths(resource_type: ResourceType, rules: Iterable[Rule]) -> set[AttributePath]:
    required = {rule.place.path for rule in rules if rule.required}
    names = {attribute.name for attribute in resource_type.schema.attributes if attribute.required}
    return required | {rule.place.path for rule in rules if str(rule.place) in names}


def _account(schema_map: SchemaMap, live: Live) -> Iterator[Finding]:
    enabled = schema_map.path_of("enabled")
    attribute = next(iter(live.dialect.account_attributes), None)
    if enabled and attribute and live.schema.attribute(attribute) is None:
        seen = f"The directory has no attribute {attribute}, by which accounts are disabled."
        fix = "Load the overlay that brings it (ppolicy), or leave the rule out."
        yield Finding(codes.NO_ACCOUNT_ATTRIBUTE, seen, fix, ("attributes", str(enabled)))
    password = schema_map.path_of("password")
    kept = live.schema.attribute(PASSWORD.get(live.dialect.name, "userPassword"))
    classes = schema_map.entry.all_classes
    if password and (kept is None or not live.schema.allows(classes, kept)):
        seen = f"Entries of {', '.join(classes)} have no place for a password."
        fix = "Add simpleSecurityObject to entry.object_classes, or leave the rule out."
        yield Finding(codes.NO_ACCOUNT_ATTRIBUTE, seen, fix, ("attributes", str(password)))
