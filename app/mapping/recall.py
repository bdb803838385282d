"""What entries looked like when they were shown last: one that has not changed is not made into a resource again.

The directory is asked for every answer all the same. What is remembered is only what follows from its answer, and held
to the whole of it, value by value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeAlias

from app.directory.dialects.base import Dialect
from app.directory.model import Entry, Values
from app.mapping.model import SchemaMap
from app.mapping.references import Referents
from app.mapping.translate import NOBODY, Referring, shown
from app.scim.resource import Resource
from app.scim.schema import Value

MAX_BYTES: Final = 32 * 1_048_576
"""About so much memory is used: some ten thousand users."""
MAX_VALUE_BYTES: Final = 16 * 1024
"""An entry with more in its values, as a large group, is not remembered."""
_TIMES: Final = 4
_BESIDES: Final = 2500
"""What a resource takes: its values some times over (as they came, as SCIM has them, as JSON), and what holds them."""

_Key: TypeAlias = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Shown:
    map: SchemaMap
    attributes: Mapping[str, Values]
    references: Sequence[list[Value]]
    resource: Resource
    size: int

    def is_of(self, schema_map: SchemaMap, entry: Entry, references: Sequence[list[Value]]) -> bool:
        return (
            self.map is schema_map and self.attributes == entry.attributes and self.references == references
        )


@dataclass
class Recall:
    """The resources of one domain that were shown last, by their entries' names and by what was fetched of them."""

    max_bytes: int = MAX_BYTES
    _shown: dict[_Key, _Shown] = field(default_factory=dict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def resource(
        self, schema_map: SchemaMap, entry: Entry, dialect: Dialect, referents: Referents = NOBODY
    ) -> Resource:
        """Show an entry as a resource, as ``to_resource`` does."""
        [resource] = self.resources(schema_map, [entry], dialect, referents)
        return resource

    def resources(
        self, schema_map: SchemaMap, entries: Iterable[Entry], dialect: Dialect, referents: Referents
    ) -> Iterator[Resource]:
        """Show entries as resources."""
        referring = Referring(schema_map, referents)
        for entry in entries:
            yield self._resource(schema_map, entry, dialect, referring.shown(entry))

    def _resource(
        self, schema_map: SchemaMap, entry: Entry, dialect: Dialect, references: Sequence[list[Value]]
    ) -> Resource:
        key = entry.dn.text, tuple(entry.attributes)
        known = self._shown.get(key)
        if known is not None and known.is_of(schema_map, entry, references):
            return known.resource
        made = shown(schema_map, entry, dialect, references)
        size = sum(len(value) for values in entry.attributes.values() for value in values)
        if size <= MAX_VALUE_BYTES:
            self._keep(key, _Shown(schema_map, entry.attributes, references, made, _TIMES * size + _BESIDES))
        return made

    def _keep(self, key: _Key, new: _Shown) -> None:
        with self._lock:
            old = self._shown.get(key)
            self._shown[key] = new
            self._bytes += new.size - (old.size if old else 0)
            if self._bytes > self.max_bytes:
                self._forget_half()

    def _forget_half(self) -> None:
        """Forget every other one: who walks through more than there is room for finds half of it the next time."""
        self._shown = dict(list(self._shown.items())[::2])
        self._bytes = sum(each.size for each in self._shown.values())
