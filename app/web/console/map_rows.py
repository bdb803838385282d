"""A map as rows, for those who prefer them to YAML: its rules, to be changed there, and one more from the live schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.directory.errors import DirectoryError
from app.mapping.documents import build_map
from app.mapping.inheritance import completed
from app.mapping.language import InvalidMap
from app.mapping.model import SchemaMap
from app.preparation.live import NoSchema, read_subschema
from app.scim.schema import Attribute, ResourceType
from app.web.console.drafts import Draft
from app.web.console.forms import Form
from app.web.console.map_text import changeable, changed, takes_rules
from app.web.current import services

_WAYS = {"to_scim": "read only", "to_directory": "write only"}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule: where in the resource, which attribute of the entry, and what else is to know."""

    place: str
    attribute: str
    note: str = ""
    is_open: bool = False
    """Whether its attribute can be changed here; what is more than that is done in YAML."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What a new rule can be about: places that no rule has, and attributes that the entries can have."""

    places: Sequence[str] = ()
    attributes: Sequence[str] = ()


def built(draft: Draft) -> SchemaMap | None:
    """Put a good draft of a map together."""
    if not draft.is_good or draft.document is None or draft.document.kind != "SchemaMap":
        return None
    return build_map(draft.document, services().resource_types, draft.lookup)


def rows(draft: Draft, schema_map: SchemaMap | None) -> list[RuleRow]:
    """Return all rules of a draft, with what can be changed of them; as they are written, where they do not fit yet."""
    own, takes = changeable(draft.text), takes_rules(draft.text)
    found = rows_of(schema_map) if schema_map else _written(draft)
    return [_placed(row, own, takes=takes) for row in found]


def with_rows(draft: Draft, form: Form) -> str:
    """Write what was typed into rows into the text of a draft."""
    sent = zip(form.chosen("row"), form.chosen("was"), form.chosen("is"), strict=False)
    typed = {place: now.strip() for place, was, now in sent if now.strip() != was}
    return changed(draft.text, typed, _whole(draft)) if typed else draft.text


def _written(draft: Draft) -> Iterator[RuleRow]:
    for place, rule in _whole(draft).items():
        named = rule.get("attribute", rule.get("reference")) if isinstance(rule, Mapping) else rule
        yield RuleRow(place, named if isinstance(named, str) else "")


def _whole(draft: Draft) -> Mapping[str, Any]:
    """Return the rules of a map with those that it extends another by; none where they cannot be read."""
    if draft.document is None or draft.document.kind != "SchemaMap":
        return {}
    try:
        found = completed(draft.document, draft.lookup).body.get("attributes")
    except (InvalidMap, AttributeError, TypeError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _placed(row: RuleRow, own: Mapping[str, bool], *, takes: bool) -> RuleRow:
    is_own = row.place.lower() in own
    notes = [row.note, "" if is_own or not takes else "inherited"]
    is_open = bool(row.attribute) and own.get(row.place.lower(), takes)
    return replace(row, note=", ".join(filter(None, notes)), is_open=is_open)


def rows_of(schema_map: SchemaMap) -> Iterator[RuleRow]:
    """Yield all rules, those that it extends another map by among them."""
    for rule in schema_map.rules:
        notes = [_WAYS[rule.direction]] if rule.direction in _WAYS else []
        notes += ["required"] if rule.required else []
        notes += ["on create only"] if rule.write == "create" else []
        yield RuleRow(str(rule.place), rule.attribute, ", ".join(notes))
    for reference in schema_map.references:
        note = f"refers to {' or '.join(reference.types)}"
        yield RuleRow(str(reference.place), reference.attribute, note)
    for aspect, path in schema_map.aspects:
        yield RuleRow(str(path), "", f"the account: {aspect}")


def offered(schema_map: SchemaMap, domain_name: str) -> Offered:
    """Say what a new rule can be about; the attributes are those of a domain's live schema."""
    taken = {row.place for row in rows_of(schema_map)}
    places = [place for place in _places(schema_map.resource_type) if place not in taken]
    return Offered(places, _attributes(schema_map, domain_name))


def _attributes(schema_map: SchemaMap, domain_name: str) -> list[str]:
    domain = services().configurations.current().domains.get(domain_name)
    if domain is None:
        return []
    try:
        schema = read_subschema(domain.directory)
    except (NoSchema, DirectoryError):
        return []
    classes = schema_map.entry.all_classes
    allowed = (each for each in schema.attribute_types if schema.allows(classes, each))
    return sorted({each.name for each in allowed if not each.is_operational}, key=str.lower)


def _places(resource_type: ResourceType) -> Iterator[str]:
    for attribute in resource_type.core_attributes:
        yield from _of_attribute(attribute, "")
    for extension in resource_type.extensions:
        for attribute in extension.schema.attributes:
            yield from _of_attribute(attribute, f"{extension.schema.id}:")


def _of_attribute(attribute: Attribute, prefix: str) -> Iterator[str]:
    if attribute.mutability == "readOnly":
        return
    name = prefix + attribute.name
    if attribute.type == "complex" and not attribute.multi_valued:
        yield from (f"{name}.{sub.name}" for sub in attribute.sub_attributes if sub.mutability != "readOnly")
    elif attribute.type == "complex" and attribute.sub_attribute("value") is not None:
        yield f"{name}[work]"
    elif attribute.type != "complex":
        yield name
