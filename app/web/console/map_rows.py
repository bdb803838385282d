"""A map as rows, for those who prefer them to YAML: what its rules are, and one more, picked from the live schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.directory.errors import DirectoryError
from app.mapping.documents import build_map
from app.mapping.model import SchemaMap
from app.preparation.live import NoSchema, read_subschema
from app.scim.schema import Attribute, ResourceType
from app.web.console.drafts import Draft
from app.web.current import services

_PLAIN = re.compile(r"(?!(?i:yes|no|on|off|true|false|null)\Z)[A-Za-z_$](?:[\w.:$\[\]-]*[\w\]])?")
_WAYS = {"to_scim": "read only", "to_directory": "write only"}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule: where in the resource, which attribute of the entry, and what else is to know."""

    place: str
    attribute: str
    note: str = ""


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


def with_rule(text: str, place: str, attribute: str) -> str:
    """Write one more rule at the end of a map's attributes."""
    line = f"  {_scalar(place)}: {_scalar(attribute)}"
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    start = next((n for n, each in enumerate(lines) if each.startswith("attributes:")), None)
    if start is None:
        return "\n".join([*lines, "attributes:", line, ""])
    if lines[start].replace(" ", "") == "attributes:{}":
        lines[start] = "attributes:"
    end = next((n for n in range(start + 1, len(lines)) if lines[n][:1] not in {" ", "", "#"}), len(lines))
    return "\n".join([*lines[:end], line, *lines[end:], ""])


def _scalar(text: str) -> str:
    # JSON's strings are YAML's.
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


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
