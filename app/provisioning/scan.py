"""All that matches a query in one domain: how many, which, in which order, and what some of them look like.

Each question fetches what it needs and no more. Which part is returned is left to ``search``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, TypeAlias
from uuid import UUID

from app.directory.filters import Everything, all_of, any_of
from app.directory.filters import Filter as DirectoryFilter
from app.directory.model import Entry, Search, SortKey, Window
from app.directory.port import Windowed
from app.mapping.filters import named
from app.mapping.references import Name
from app.provisioning.conditions import Asked, ask
from app.provisioning.entries import Entries
from app.provisioning.identity import BATCH
from app.provisioning.looks import attributes_at, paths_in, places_at
from app.provisioning.target import Query, SortValues, Wants, nothing
from app.scim.filters.evaluate import matches
from app.scim.filters.nodes import Filter
from app.scim.path import AttributePath, ResolvedPath
from app.scim.resource import Resource
from app.scim.sorting import sort, sort_key

EVERY_ENTRY = Everything()
Rank: TypeAlias = tuple[bool, Any]


@dataclass(frozen=True)
class Scan:
    """What matches a query."""

    entries: Entries
    query: Query

    @property
    def names(self) -> tuple[str, ...]:
        """Name what is listed: the domain, and the type."""
        return self.entries.domain.name, self.entries.map.resource_type.name

    @property
    def digest(self) -> str:
        """Identify what the domain says."""
        return f"{self.entries.domain.digest} {self.entries.domain.base}"

    def state(self) -> str | None:
        """Return what is another when anything may match that did not before; None where nobody can tell."""
        if self.query.asked is not None or self.query.sort_values is not None:
            # What is kept beside the directory decides as well.
            return None
        if self._looks_at_locks:
            # They begin by wrong passwords, which a replica keeps to itself, and some end by the time of day.
            return None
        domain = self.entries.domain
        return domain.state.of(domain.directory, domain.dialect, domain.base)

    def count(self) -> int:
        """Count what matches. Where the directory alone can tell, no attribute is fetched."""
        if self._residue is None:
            return sum(1 for _ in self._search(()))
        return sum(1 for _ in self._resources(self._residue_paths))

    def ids(self) -> list[bytes]:
        """Return the ids of all that match, in the order that is asked for, or else in the directory's."""
        if self._residue is None and self.query.sort_by is None:
            found = self._search((self.entries.domain.dialect.id_attribute,))
            return list(dict.fromkeys(map(self.id_of, found)))
        if self.query.sort_by is None:
            return list(dict.fromkeys(map(_id, self._resources(self._residue_paths))))
        return in_order(self.keys(), self.query)

    def keys(self, shown: Callable[[Resource], Resource] = lambda found: found) -> dict[bytes, Rank]:
        """Return what the matches are ordered by, as they are ``shown``, by their ids."""
        order = self.query.sort_by
        assert order is not None  # noqa: S101 - whoever asks has looked
        found = self._resources((*self._residue_paths, *self._sort_paths))
        if self.query.sort_values is not None:
            return self._keys_from(self.query.sort_values, order, map(_id, found))
        return {_id(resource): sort_key(shown(resource), order) for resource in found}

    def first(self, count: int, *, wants: Wants) -> tuple[dict[bytes, Entry], bool]:
        """Return the first entries that may match, by id, to be shown, and whether there are no others."""
        wanted = self._also(wants, self._residue_places | self._sort_places)
        # No size limit is sent, so that one of the server's own cannot be taken for the end.
        with closing(self._search(self.entries.attributes(wanted), at_once=count + 1)) as found:
            return {self.id_of(entry): entry for entry in islice(found, count)}, next(found, None) is None

    def excerpt(self, count: int, *, wants: Wants) -> tuple[dict[bytes, Entry], int] | None:
        """Return the first entries in the order that is asked for, by id, and how many match; None if only ``ids`` can."""
        keys, directory = self._server_keys, self.entries.domain.directory
        if not keys or not isinstance(directory, Windowed):
            return None
        search = Search(
            self.entries.domain.base,
            "subtree",
            self.asked.compiled.filter,
            self.entries.attributes(wants),
            window=Window(keys, 0, count),
        )
        with self.entries.answering():
            found = directory.excerpt(search)
        return ({self.id_of(entry): entry for entry in found.entries}, found.total) if found else None

    def fetch(self, ids: Iterable[bytes], *, wants: Wants) -> Iterator[Entry]:
        """Yield the entries of ids, in any order, as far as they exist and may still match."""
        remaining = iter(ids)
        names = self.entries.attributes(self._also(wants, self._residue_places))
        has_id = self.entries.domain.dialect.has_id
        while batch := list(islice(remaining, BATCH)):
            yield from self._search(names, any_of([has_id(_text(each)) for each in batch]))

    def show(self, entries: Iterable[Entry], *, wants: Wants) -> list[Resource]:
        """Show those of the entries that match, in their order."""
        page = list(entries)
        self.entries.remember_all(page)
        return list(
            self._matching(self.entries.resources(page, wants=self._also(wants, self._residue_places)))
        )

    def show_all(self, entries: Iterable[Entry], *, wants: Wants) -> list[Resource]:
        """Show those of the entries that match, in the order that is asked for."""
        shown = self.show(entries, wants=self._also(wants, self._sort_places))
        if self.query.sort_by is None:
            return shown
        if self.query.sort_values is None:
            return sort(sorted(shown, key=_id), self.query.sort_by, order=self.query.sort_order)
        by_id = {_id(resource): resource for resource in shown}
        return [
            by_id[each]
            for each in in_order(
                self._keys_from(self.query.sort_values, self.query.sort_by, by_id), self.query
            )
        ]

    def id_of(self, entry: Entry) -> bytes:
        """Return the id of an entry."""
        return bytes.fromhex(self.entries.domain.dialect.id_of(entry).replace("-", ""))

    @cached_property
    def asked(self) -> Asked:
        """What the directory is asked, and what is left to check."""
        return ask(self.entries, self.query.filter)

    @property
    def _server_keys(self) -> tuple[SortKey, ...]:
        """By what a server's order is the one that is asked for; empty where it need not be (docs/decisions/0039)."""
        order, dialect = self.query.sort_by, self.entries.domain.dialect
        if order is None or self.query.sort_values is not None or not dialect.sorts_times:
            return ()
        if self._residue is not None or self.asked.among is not None:
            return ()
        times = {"meta.created": dialect.created_attribute, "meta.lastModified": dialect.modified_attribute}
        attribute = times.get(str(order.path))
        is_descending = self.query.sort_order == "descending"
        return (SortKey(attribute, is_descending), SortKey(dialect.id_attribute)) if attribute else ()

    @property
    def _looks_at_locks(self) -> bool:
        paths = (*self._residue_paths, *self._sort_paths)
        return any(self.entries.map.aspect_of(path) == "locked" for path in paths)

    @property
    def _residue(self) -> Filter | None:
        return self.asked.compiled.residue

    @property
    def _residue_paths(self) -> Sequence[AttributePath]:
        return tuple(paths_in(self._residue)) if self._residue else ()

    @property
    def _sort_paths(self) -> Sequence[AttributePath]:
        return (self.query.sort_by.path,) if self.query.sort_by else ()

    @cached_property
    def _residue_places(self) -> frozenset[AttributePath]:
        return places_at(self.entries.map, self._residue_paths)

    @property
    def _sort_places(self) -> frozenset[AttributePath]:
        return places_at(self.entries.map, self._sort_paths) if self.query.sort_by else frozenset()

    def _search(
        self, attributes: Sequence[str], also: DirectoryFilter = EVERY_ENTRY, *, at_once: int | None = None
    ) -> Generator[Entry, None, None]:
        asked = self.asked.compiled.filter
        wanted = asked if also is EVERY_ENTRY else all_of((also, asked))
        if self.asked.among is not None:
            return self._search_among(iter(self.asked.among), wanted, attributes)
        search = Search(self.entries.domain.base, "subtree", wanted, attributes, at_once=at_once)
        return self.entries.search(search)

    def _search_among(
        self, names: Iterator[Name], wanted: DirectoryFilter, attributes: Sequence[str]
    ) -> Generator[Entry, None, None]:
        name_attribute = self.entries.domain.dialect.name_attribute
        while batch := list(islice(names, BATCH)):
            some = all_of((wanted, named(name_attribute, batch)))
            yield from self.entries.search(Search(self.entries.domain.base, "subtree", some, attributes))

    def _resources(self, paths: Iterable[AttributePath]) -> Iterator[Resource]:
        """Yield what matches, with no more than what stands at some paths."""
        looked_at = tuple(paths)
        places = places_at(self.entries.map, looked_at)
        found = self._search(attributes_at(self.entries, looked_at))
        return self._matching(self.entries.resources(found, wants=_WantsAlso(nothing, places)))

    def _matching(self, resources: Iterator[Resource]) -> Iterator[Resource]:
        residue = self._residue
        return resources if residue is None else (found for found in resources if matches(residue, found))

    def _keys_from(
        self, values: SortValues, sort_by: ResolvedPath, ids: Iterable[bytes]
    ) -> dict[bytes, Rank]:
        """Tell what resources are ordered by where that is not kept with them."""
        texts = {each: _text(each) for each in ids}
        known, kind = values(list(texts.values())), self.entries.map.resource_type
        bare = {each: {sort_by.path.attribute: known.get(text)} for each, text in texts.items()}
        return {each: sort_key(Resource(kind, attributes), sort_by) for each, attributes in bare.items()}

    def _also(self, wants: Wants, places: frozenset[AttributePath]) -> Wants:
        return wants if all(map(wants, places)) else _WantsAlso(wants, places)


@dataclass(frozen=True, slots=True)
class _WantsAlso:
    """Wants some places besides. Two that want the same are the same, so that what is read for it is known."""

    wants: Wants
    places: frozenset[AttributePath]

    def __call__(self, path: AttributePath) -> bool:
        return path in self.places or self.wants(path)


def in_order(keys: Mapping[bytes, Rank], query: Query) -> list[bytes]:
    """Order ids by their keys; what has the same key is in the order of the ids."""
    return sorted(sorted(keys), key=keys.__getitem__, reverse=query.sort_order == "descending")


def _text(resource_id: bytes) -> str:
    digits = resource_id.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _id(resource: Resource) -> bytes:
    return UUID(str(resource.attributes["id"])).bytes
