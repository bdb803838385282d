"""Resources in the making: values of entries, put at their places."""

from __future__ import annotations

from typing import TypeAlias

from app.directory.dialects.base import Dialect
from app.directory.model import Entry
from app.mapping.model import Place, ReferenceRule, Rule, SchemaMap
from app.mapping.shown import shown_values
from app.mapping.transforms import generalized_time_to_scim
from app.scim.path import AttributePath
from app.scim.resource import is_complex, values_of
from app.scim.schema import Value

Draft: TypeAlias = dict[str, Value]


def meta_of(schema_map: SchemaMap, entry: Entry, dialect: Dialect) -> Draft:
    """Return a resource's ``meta``, as far as the entry tells."""
    meta: Draft = {"resourceType": schema_map.resource_type.name}
    for name, attribute in (
        ("created", dialect.created_attribute),
        ("lastModified", dialect.modified_attribute),
    ):
        for value in entry.values(attribute)[:1]:
            meta[name] = generalized_time_to_scim(value)
    version = dialect.version_of(entry)
    if version:
        meta["version"] = f'"{version}"'
    return meta


def place_values(draft: Draft, rule: Rule, entry: Entry) -> None:
    """Put what SCIM shows of an attribute at its place."""
    values = shown_values(rule, entry)
    if not values:
        return
    path = rule.place.path
    attributes = attributes_at(draft, path)
    if rule.place.is_elements:
        kind: Draft = {"type": rule.place.element_type} if rule.place.element_type else {}
        _list_at(attributes, path.attribute).extend({"value": value, **kind} for value in values)
    elif rule.place.is_element_part:
        _element_of(attributes, rule.place)[path.sub_attribute or "value"] = values[0]
    elif path.sub_attribute:
        _complex_at(attributes, path.attribute)[path.sub_attribute] = values[0]
    else:
        attributes[path.attribute] = list(values) if rule.place.resolved.attribute.multi_valued else values[0]


def place_references(draft: Draft, rule: ReferenceRule, found: list[Value]) -> None:
    """Put the elements that refer to others at their place."""
    if found:
        path = rule.place.path
        is_list = rule.place.resolved.attribute.multi_valued
        attributes_at(draft, path)[path.attribute] = found if is_list else found[0]


def attributes_at(draft: Draft, path: AttributePath) -> Draft:
    """Return where a path's attribute stands: at the top, or within its extension."""
    return _complex_at(draft, path.schema) if path.schema else draft


def _complex_at(draft: Draft, name: str) -> Draft:
    found = draft.setdefault(name, {})
    assert isinstance(found, dict)  # noqa: S101 - drafts are made here
    return found


def _list_at(draft: Draft, name: str) -> list[Value]:
    found = draft.setdefault(name, [])
    assert isinstance(found, list)  # noqa: S101 - drafts are made here
    return found


def _element_of(attributes: Draft, place: Place) -> Draft:
    elements = _list_at(attributes, place.path.attribute)
    for element in elements:
        if isinstance(element, dict) and element.get("type") == place.element_type:
            return element
    made: Draft = {"type": place.element_type} if place.element_type else {}
    elements.append(made)
    return made


def mark_primary(draft: Draft, schema_map: SchemaMap) -> None:
    """Call an attribute's first value primary where one directory attribute holds all of them.

    Directories keep no such mark; writing puts the primary value first, and servers keep the order in practice.
    """
    for place in schema_map.ordered:
        holder = draft.get(place.path.schema) if place.path.schema else draft
        elements = values_of(holder.get(place.path.attribute)) if is_complex(holder) else ()
        first = elements[0] if elements else None
        if isinstance(first, dict) and all(_has_type(element, first.get("type")) for element in elements[1:]):
            first["primary"] = True


def _has_type(element: Value, kind: Value) -> bool:
    return is_complex(element) and element.get("type") == kind
