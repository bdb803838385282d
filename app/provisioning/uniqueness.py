"""What a schema holds to be unique is so within a domain, also where the directory itself does not see to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from app.directory.filters import all_of, any_of
from app.directory.model import Search
from app.directory.text import prepare
from app.mapping.filters import compile_filter
from app.mapping.translate import to_resource
from app.provisioning.entries import Entries
from app.scim.comparison import comparable
from app.scim.errors import UniquenessConflict
from app.scim.filters.nodes import Comparison
from app.scim.path import AttributePath, ResolvedPath
from app.scim.resource import Resource, values_of
from app.scim.schema import Attribute, Value


def refuse_taken(entries: Entries, resource: Resource, *, before: Resource | None = None) -> None:
    """Refuse a unique value that another entry has.

    Where the directory refuses a second one by itself nothing is asked here: where the value names the entry and all
    entries are in one container, or where it is kept in an attribute that the product holds to be unique.

    Raises:
        UniquenessConflict: if it is taken.
    """
    own = before.attributes.get("id") if before else None
    for place in entries.map.unique_places:
        known = values_of(before.get(place.path)) if before else ()
        new = [value for value in values_of(resource.get(place.path)) if value not in known]
        if not new or _is_kept_unique(entries, place.path):
            continue
        if any(found.attributes["id"] != own for found in _holders(entries, place, new)):
            raise UniquenessConflict(f"{place.path}: the value is taken already.")


def _is_kept_unique(entries: Entries, path: AttributePath) -> bool:
    schema_map = entries.map
    kept = {*entries.domain.dialect.unique_attributes}
    if not schema_map.entry.is_routed:
        kept.add(schema_map.entry.rdn.lower())
    return all(rule.attribute.lower() in kept for rule in schema_map.rules_of(path))


def _holders(entries: Entries, place: ResolvedPath, values: Collection[Value]) -> Iterator[Resource]:
    """Yield the resources that have one of some values."""
    domain, schema_map = entries.domain, entries.map
    asked = (Comparison(place.path, "eq", value) for value in values if isinstance(value, str | int | float))
    condition = any_of(compile_filter(each, schema_map, domain.dialect).filter for each in asked)
    names = entries.attributes(lambda path: path.parent == place.path.parent)
    meant = {meaning for value in values for meaning in _meanings(place.leaf, value)}
    for entry in entries.search(
        Search(domain.base, "subtree", all_of((condition, schema_map.entry.scope)), names)
    ):
        found = to_resource(schema_map, entry, domain.dialect)
        theirs = values_of(found.get(place.path))
        if any(meaning in meant for value in theirs for meaning in _meanings(place.leaf, value)):
            yield found


def _meanings(attribute: Attribute, value: Value) -> Iterator[object]:
    yield comparable(attribute, value)
    if isinstance(value, str) and attribute.type == "string" and not attribute.case_exact:
        # Directories compare more loosely than SCIM, and find both by either.
        yield "directory", prepare(value)
