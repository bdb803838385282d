"""Exporting the users or groups of a domain that match a filter: as CSV, as JSON, or as the LDIF of their entries.

One after the other, page by page, so that it does not matter how many there are. Nothing has passwords. What CSV has can be
imported again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, NoReturn

from app.access.application import RESIDENT
from app.directory.filters import all_of, any_of
from app.directory.ldif import render_entry
from app.directory.model import Search
from app.exchange.columns import offer_of
from app.exchange.places import is_many, text_of, value_at, values_at
from app.mapping.model import Place
from app.provisioning.entries import Entries
from app.provisioning.events import Done
from app.provisioning.identity import BATCH
from app.provisioning.preview import with_map
from app.provisioning.routing import Destination, Router
from app.provisioning.target import Page, Query, Target, Wants, everything, nothing
from app.scim.codec import ResourceCodec
from app.scim.errors import NotFound
from app.scim.filters.nodes import Filter
from app.scim.resource import Resource
from app.store.csv_text import harmless, row_of

PAGE: Final = 500
_OURS: Final = ("id", "externalId")


@dataclass(frozen=True, slots=True)
class Found:
    """All that matches: how many, and the pages of them, of which the first has been fetched."""

    entries: Entries
    target: Target
    query: Query
    wants: Wants
    first: Page

    @property
    def resources(self) -> Iterator[Resource]:
        """Yield each; raise ScimError."""
        page = self.first
        while True:
            yield from page.resources
            if not page.next_cursor:
                return
            query = replace(self.query, cursor=page.next_cursor)
            page = self.target.search(query, wants=self.wants)


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write what was found: what it is called, what it takes of each resource, and how it is written."""

    media_type: str
    wants: Callable[[Entries], Wants]
    write: Callable[[Found], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Export:
    """What was found, as text: ``total`` pieces of it, and a few more around them."""

    total: int
    media_type: str
    texts: Iterator[str]


@dataclass(frozen=True, slots=True)
class Exports:
    """Exports what is in domains."""

    router: Router

    def begin(self, domain: str, resource_type: str, form: str, condition: Filter | None = None) -> Export:
        """Find what matches, and return it for writing out; raise ScimError where that cannot begin.

        ``form`` is a key of FORMS, and ``condition`` is resolved against the resource type.
        """
        entries, way = self._entries(domain, resource_type), FORMS[form]
        target = self.router.target(resource_type, Destination(RESIDENT, domain), record=_unexpected)
        query, wants = Query(condition, count=PAGE, cursor=""), way.wants(entries)
        found = Found(entries, target, query, wants, target.search(query, wants=wants))
        return Export(found.first.total, way.media_type, way.write(found))

    def _entries(self, domain: str, resource_type: str) -> Entries:
        held = self.router.domain(Destination(RESIDENT, domain))
        if resource_type not in held.maps:
            raise NotFound(f"The user store domain {domain} has no {resource_type} resources.")
        return with_map(held, held.maps[resource_type])


def places_shown(entries: Entries) -> list[Place]:
    """Return what columns can hold and SCIM shows, the ids first."""
    places = offer_of(entries.map).places
    ours = [places[name] for name in _OURS]
    return [*ours, *(each for each in places.values() if each not in ours and not _is_secret(each))]


def _is_secret(place: Place) -> bool:
    return place.resolved.leaf.returned == "never"


def _columns(entries: Entries) -> Wants:
    paths = (path for place in places_shown(entries) for path in (place.path, place.path.parent))
    return frozenset(paths).__contains__


def _csv(found: Found) -> Iterator[str]:
    places = places_shown(found.entries)
    yield row_of(map(str, places))
    for resource in found.resources:
        yield row_of(harmless(_cell(place, resource)) for place in places)


def _cell(place: Place, resource: Resource) -> str:
    if is_many(place):
        return "\n".join(values_at(place, resource.attributes))
    return text_of(value_at(place, resource.attributes))


def _json(found: Found) -> Iterator[str]:
    codec, before = ResourceCodec(found.entries.map.resource_type), "[\n"
    for resource in found.resources:
        yield before + json.dumps(codec.dump(resource), ensure_ascii=False)
        before = ",\n"
    yield "\n]\n" if before != "[\n" else "[]\n"


def _ldif(found: Found) -> Iterator[str]:
    resources = found.resources
    while ids := [str(each.attributes["id"]) for each in islice(resources, BATCH)]:
        yield from (text + "\n" for text in _records(found.entries, ids))


def _records(entries: Entries, ids: Sequence[str]) -> Iterator[str]:
    """Write entries as they are in the directory, in the order of their ids here; who has gone meanwhile is left out."""
    dialect = entries.domain.dialect
    wanted = all_of((any_of(map(dialect.has_id, ids)), entries.map.entry.scope))
    search = Search(entries.domain.base, "subtree", wanted, ("*", dialect.id_attribute))
    texts = {dialect.id_of(entry).lower(): render_entry(entry) for entry in entries.search(search)}
    return (texts[each.lower()] for each in ids if each.lower() in texts)


def _unexpected(done: Done) -> NoReturn:
    raise AssertionError(f"{done.action} by an export")


FORMS: Mapping[str, Form] = {
    "csv": Form("text/csv", _columns, _csv),
    "json": Form("application/json", lambda _: everything, _json),
    "ldif": Form("text/x-ldif", lambda _: nothing, _ldif),
}
