"""Walking through lists, as clients do, and directories that watch how they are asked."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from app.directory.dn import Dn
from app.directory.errors import LimitExceeded
from app.directory.model import Entry, Operation, Search
from app.directory.port import Capabilities, Directory
from app.provisioning.target import Page, Query, Target, everything
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.path import parse_path
from app.scim.query import SortOrder
from app.scim.sorting import resolve_sort_by
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, user
from tests.provisioning.test_domain_target import id_of

USER = RESOURCE_TYPES["User"]


def asking(
    text: str | None = None, *, sort_by: str | None = None, order: SortOrder = "ascending", **paging: object
) -> Query:
    """Make a query for users from what a client would write."""
    query = Query(
        filter=resolve(parse(text), USER) if text else None,
        sort_by=resolve_sort_by(parse_path(sort_by), USER) if sort_by else None,
        sort_order=order,
    )
    return replace(query, **paging)  # type: ignore[arg-type]  # the names are the query's own


def names_on(page: Page) -> list[str]:
    """Return the userNames of a page."""
    return [str(resource.attributes["userName"]) for resource in page.resources]


def create(ground: Ground, *names: str) -> list[str]:
    """Create users, forget what that cost, and return their ids."""
    ids = [id_of(ground.target().create(user(userName=name))) for name in names]
    ground.directory.take()
    return ids


def nothing_happens(_page: Page) -> None:
    """Leave the directory alone between two pages."""


def by_index(
    target: Target, query: Query, between: Callable[[Page], None] = nothing_happens
) -> Iterator[Page]:
    """Yield all pages by index; something may happen between them."""
    start = 1
    while True:
        page = target.search(replace(query, start_index=start), wants=everything)
        yield page
        start += query.count
        if start > page.total:
            return
        between(page)


def by_cursor(
    target: Target, query: Query, between: Callable[[Page], None] = nothing_happens
) -> Iterator[Page]:
    """Yield all pages by cursor; something may happen between them."""
    cursor: str | None = ""
    while cursor is not None:
        page = target.search(replace(query, cursor=cursor), wants=everything)
        yield page
        cursor = page.next_cursor
        if cursor is not None:
            between(page)


@dataclass
class Watching:
    """Remembers what a directory was asked for, and stops at a limit as a server would."""

    inner: Directory
    searches: list[Search] = field(default_factory=list)
    size_limit: int | None = None

    def search(self, search: Search) -> Iterator[Entry]:
        """Remember a search."""
        self.searches.append(search)
        for number, entry in enumerate(self.inner.search(search)):
            if number == self.size_limit:
                raise LimitExceeded("sizeLimitExceeded (4)", code=4)
            yield entry

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Pass on."""
        return self.inner.execute(operation, read_back=read_back)

    def authenticate(self, dn: Dn, password: str) -> None:
        """Pass on."""
        self.inner.authenticate(dn, password)

    def capabilities(self) -> Capabilities:
        """Pass on."""
        return self.inner.capabilities()


class HeldEntry(Entry):
    """An entry that can be watched."""

    __slots__ = ("__weakref__",)


@dataclass
class Holding(Watching):
    """Counts how many of the entries that it gave are held at once."""

    held: int = 0
    most: int = 0
    references: list[weakref.ref[Entry]] = field(default_factory=list)

    def search(self, search: Search) -> Iterator[Entry]:
        """Watch what a search gives."""
        for entry in self.inner.search(search):
            yield self._watched(HeldEntry(entry.dn, entry.attributes))

    def _watched(self, entry: Entry) -> Entry:
        self.references.append(weakref.ref(entry, self._forget))
        self.held += 1
        self.most = max(self.most, self.held)
        return entry

    def _forget(self, _reference: weakref.ref[Entry]) -> None:
        self.held -= 1
