"""Lists of resources, page by page, by index and by cursor (RFC 7644 §3.4.2.4, RFC 9865).

The first page of a list that does not fit on one takes a snapshot of the ids of all that match. The others are read
from it, so that each costs a page, however long the list is, and none loses or repeats what was there throughout. What
has gone in the meantime, or no longer matches, is left out; the total stays. The first page begins anew, unless the
directory itself tells that nothing in it has changed: who has just written something finds it.

Where the directory sorts as the list is sorted, the first page is all that is read of it, and all that the snapshot has
until somebody reads on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from app.provisioning.cursors import Cursors, Place
from app.provisioning.target import Page, Query, Wants
from app.scim.errors import ExpiredCursor, InvalidCount
from app.scim.filters.text import render
from app.scim.resource import Resource
from app.store.snapshots import Part, Snapshots

Found = TypeVar("Found")


class Matches(Protocol[Found]):
    """All that matches a query, in one domain or in several."""

    @property
    def query(self) -> Query:
        """What is asked."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Name what is listed."""
        ...

    @property
    def digest(self) -> str:
        """Identify what was in force when it was listed."""
        ...

    def state(self) -> str | None:
        """Return what is another when anything may match that did not before; None where nobody can tell."""
        ...

    def count(self) -> int:
        """Count what matches."""
        ...

    def ids(self) -> list[bytes]:
        """Return the ids of all that match, in their order."""
        ...

    def first(self, count: int, *, wants: Wants) -> tuple[dict[bytes, Found], bool]:
        """Return the first entries that may match, by id, and whether there are no others."""
        ...

    def excerpt(self, count: int, *, wants: Wants) -> tuple[dict[bytes, Found], int] | None:
        """Return the first entries in the order that is asked for, by id, and how many match; None if only ``ids`` can."""
        ...

    def fetch(self, ids: Iterable[bytes], *, wants: Wants) -> Iterator[Found]:
        """Yield the entries of ids, in any order, as far as they exist and may still match."""
        ...

    def show(self, entries: Iterable[Found], *, wants: Wants) -> list[Resource]:
        """Show those of the entries that match, in their order."""
        ...

    def show_all(self, entries: Iterable[Found], *, wants: Wants) -> list[Resource]:
        """Show those of the entries that match, in the order that is asked for."""
        ...

    def id_of(self, entry: Found) -> bytes:
        """Return the id of an entry."""
        ...


@dataclass(frozen=True, slots=True)
class Paging:
    """Where the lists of one application are remembered, and what its cursors are signed with."""

    snapshots: Snapshots
    cursor_key: bytes = field(repr=False)
    application: str


def page_of(scan: Matches[Found], *, wants: Wants, paging: Paging) -> Page:
    """Return the part of all matches that their query asks for, and count all of them.

    Raises:
        InvalidCursor, ExpiredCursor, InvalidCount: if a cursor does not fit.
        TooMany: if a directory does not hand out all that match.
    """
    pages, cursor = _Pages(scan, wants, paging), scan.query.cursor
    return pages.by_index() if cursor is None else pages.by_cursor(cursor)


@dataclass(frozen=True, slots=True)
class _Part:
    """A page's resources, how many there are in all, and where the others are remembered."""

    resources: Sequence[Resource]
    total: int
    snapshot: str = ""


@dataclass(frozen=True, slots=True)
class _Pages(Generic[Found]):
    scan: Matches[Found]
    wants: Wants
    paging: Paging

    def by_index(self) -> Page:
        query = self.scan.query
        if query.count < 1:
            return Page([], self._count(), query.start_index)
        found = self._begun(query.start_index - 1) if query.start_index > 1 else self._first()
        return Page(found.resources, found.total, query.start_index)

    def by_cursor(self, cursor: str) -> Page:
        count = self.scan.query.count
        if not cursor and count < 1:
            # RFC 9865 §2: 0 asks for totalResults alone.
            return Page([], self._count(), start_index=None)
        if not cursor:
            return self._page(self._first(), start=0)
        place = self._cursors.read(cursor)
        if place.count != count:
            # RFC 9865 §2: all parameters but the cursor stay as they were.
            raise InvalidCount(
                f"count: the list was begun with pages of {place.count}, so ask for count={place.count}."
            )
        found = self._continued(place.start, place.snapshot)
        if found is None:
            raise ExpiredCursor("cursor: it was not used for too long; begin anew with an empty cursor.")
        return self._page(found, start=place.start)

    def _page(self, found: _Part, *, start: int) -> Page:
        count = self.scan.query.count
        following, before = start + count, max(0, start - count)
        return Page(
            found.resources,
            found.total,
            start_index=None,
            next_cursor=self._cursor(found, following) if following < found.total else None,
            previous_cursor=self._cursor(found, before) if start > 0 else None,
        )

    def _cursor(self, found: _Part, start: int) -> str:
        return self._cursors.write(Place(found.snapshot, start, self.scan.query.count))

    def _begun(self, start: int) -> _Part:
        """Continue a list by index, or begin it in the middle where nobody remembers its beginning."""
        return self._continued(start) or self._all(start, {})

    def _continued(self, start: int, snapshot: str | None = None) -> _Part | None:
        count = self.scan.query.count
        part = self.paging.snapshots.read(self._key, start=start, count=count, name=snapshot)
        if part is not None and part.is_short:
            snapshots = self.paging.snapshots
            if not snapshots.complete(part.snapshot, self.scan.ids()):
                return None
            part = snapshots.read(self._key, start=start, count=count, name=part.snapshot)
        return _Part(self._shown(part.ids, {}), part.total, part.snapshot) if part else None

    def _count(self) -> int:
        begun = self._begun_again()
        return self.scan.count() if begun is None else begun.total

    def _first(self) -> _Part:
        """Begin a list; what fits on one page is fetched at once."""
        known, are_all = self.scan.first(self.scan.query.count, wants=self.wants)
        if are_all:
            shown = self.scan.show_all(known.values(), wants=self.wants)
            return _Part(shown, len(shown))
        begun = self._begun_again()
        if begun is not None:
            return _Part(self._shown(begun.ids, known), begun.total, begun.snapshot)
        return self._excerpt() or self._all(0, known)

    def _begun_again(self) -> Part | None:
        """Find a snapshot of the same list from which nothing can differ now."""
        snapshots, count = self.paging.snapshots, max(0, self.scan.query.count)
        newest = snapshots.newest(self._key, count=count)
        if newest is None or newest.state is None or newest.part.is_short:
            return None
        if newest.state != self.scan.state():
            return None
        return newest.part if not count or snapshots.begin_again(newest, count=count) else None

    def _excerpt(self) -> _Part | None:
        """Have the directory sort, and remember the first page alone."""
        state, count = self.scan.state(), self.scan.query.count
        found = self.scan.excerpt(count, wants=self.wants)
        if found is None:
            return None
        entries, total = found
        ids = list(entries)
        snapshot = ""
        if total > len(ids):
            snapshot = self.paging.snapshots.keep(self._key, ids, position=count, state=state, total=total)
        return _Part(self._shown(ids, entries), total, snapshot)

    def _all(self, start: int, known: dict[bytes, Found]) -> _Part:
        """Find the ids of all that match, and remember them where they do not fit on one page."""
        state = self.scan.state()
        count, ids = self.scan.query.count, self.scan.ids()
        snapshot = ""
        if len(ids) > count:
            snapshot = self.paging.snapshots.keep(self._key, ids, position=start + count, state=state)
        return _Part(self._shown(ids[start : start + count], known), len(ids), snapshot)

    def _shown(self, ids: Sequence[bytes], entries: dict[bytes, Found]) -> Sequence[Resource]:
        """Show the resources of a page; ``entries`` need not be fetched, and become those of the page."""
        for elsewhere in entries.keys() - set(ids):
            del entries[elsewhere]
        missing = [each for each in ids if each not in entries]
        entries |= {self.scan.id_of(entry): entry for entry in self.scan.fetch(missing, wants=self.wants)}
        return self.scan.show((entries[each] for each in ids if each in entries), wants=self.wants)

    @property
    def _cursors(self) -> Cursors:
        return Cursors(self.paging.cursor_key, self._identity)

    @property
    def _identity(self) -> bytes:
        """What makes a list the same list, for the same application."""
        query = self.scan.query
        asked = query.asked or query.filter
        return _digest(
            self.paging.application,
            *self.scan.names,
            render(asked) if asked else "",
            str(query.sort_by.path) if query.sort_by else "",
            query.sort_order if query.sort_by else "",
        )

    @property
    def _key(self) -> str:
        """Tell lists apart also by what the domain was when they were begun, and by how they are read."""
        way = "index" if self.scan.query.cursor is None else "cursor"
        return _digest(self._identity.hex(), self.scan.digest, way).hex()


def _digest(*parts: str) -> bytes:
    return hashlib.sha256(json.dumps(parts).encode()).digest()
