"""What entries looked like when they were shown last: one that has not changed is not made into a resource again.

The directory is asked for every answer all the same. What is remembered is only what follows from its answer, and held
to the whole of it, value by value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from app.directory.dialects.base import Dialect
from app.directory.model import Entry
from app.mapping.bounded import Bounded
from app.mapping.model import SchemaMap
from app.mapping.references import Referents
from app.mapping.translate import NOBODY, Referring, shown
from app.scim.resource import Resource
from app.scim.schema import Value

MAX_BYTES: Final = 32 * 1_048_576
"""About so much memory is used: some ten thousand users."""

_References: TypeAlias = Sequence[list[Value]]


class Recall:
    """The resources of one domain that were shown last, each with what it referred to."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._shown: Bounded[tuple[_References, Resource]] = Bounded(max_bytes)

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
            references = referring.shown(entry)
            known = self._shown.get(entry, schema_map)
            if known is not None and known[0] == references:
                yield known[1]
                continue
            made = shown(schema_map, entry, dialect, references)
            self._shown.keep(entry, schema_map, (references, made))
            yield made
