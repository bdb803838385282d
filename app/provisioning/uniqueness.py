"""What a schema holds to be unique is so within a domain, also where the directory itself does not see to it.

The shared store lets one request at a time use a value, and only then the directory is asked whether an entry has it: two
that begin at the same time cannot both find it free.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from types import TracebackType
from typing import Self

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
from app.store.allocations import Allocations, Pool
from app.store.unusable import regardless

LONGEST = timedelta(minutes=5)
"""After which time a request that was broken off no longer has its values."""


class Uniqueness:
    """The unique values of one request, which no other one may use until it is over."""

    def __init__(self, entries: Entries, allocations: Allocations) -> None:
        self._entries = entries
        self._allocations = allocations
        self._claimed: set[tuple[Pool, str]] = set()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let others have the values: from now on the directory tells whose they are."""
        for pool, value in self._claimed:
            with regardless():
                self._allocations.release(pool, [value])

    def refuse_taken(self, resource: Resource, *, before: Resource | None = None) -> None:
        """Refuse a unique value that another entry has, or another request is about to use.

        Where the directory refuses a second one by itself nothing is asked here: where the value names the entry and all
        entries are found in one container, or where it is kept in an attribute that the product holds to be unique.

        Raises:
            UniquenessConflict: if it is taken.
        """
        entries, own = self._entries, before.attributes.get("id") if before else None
        for place in entries.map.unique_places:
            known = values_of(before.get(place.path)) if before else ()
            new = [value for value in values_of(resource.get(place.path)) if value not in known]
            if not new or _is_kept_unique(entries, place.path):
                continue
            are_ours = all(self._claim(place.path, value) for value in new)
            if not are_ours or any(each.attributes["id"] != own for each in _holders(entries, place, new)):
                raise UniquenessConflict(f"{place.path}: the value is taken already.")

    def _claim(self, path: AttributePath, value: Value) -> bool:
        # Values that are generated are promised for longer, in pools of their own.
        claim = Pool(self._entries.domain.name, f"unique {path}"), prepare(str(value))
        if claim not in self._claimed:
            if not self._allocations.reserve(*claim, kept_for=LONGEST):
                return False
            self._claimed.add(claim)
        return True


def _is_kept_unique(entries: Entries, path: AttributePath) -> bool:
    domain, schema_map = entries.domain, entries.map
    attributes = {rule.attribute.lower() for rule in schema_map.rules_of(path)}
    if attributes <= domain.dialect.unique_attributes:
        return True
    is_named = attributes <= {*domain.dialect.unique_attributes, schema_map.entry.rdn.lower()}
    return is_named and domain.names_are_unique(schema_map)


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
