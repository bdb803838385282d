"""One list of resources of several types (RFC 7644 §3.4.3, a search at the root).

The types come one after another, or all in one order where the client sorts. A filter holds for the types that have
its attributes; the others have nothing to contribute.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.provisioning.merging import Stream, merge
from app.provisioning.paging import page_size, query_of
from app.provisioning.target import Page, Query, Target, Wants
from app.scim import query as asking
from app.scim.errors import InvalidCursor, InvalidFilter, InvalidValue, TooMany
from app.scim.path import ResolvedPath
from app.scim.projection import Projection
from app.scim.resource import Resource
from app.scim.schema import ResourceType
from app.scim.sorting import resolve_sort_by, sort_key

MAX_SORTED = 10_000
"""How far into a sorted list of several types a page may reach: all before it has to be read."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the resources of one type are searched."""

    target: Target
    projection: Projection

    @property
    def type(self) -> ResourceType:
        """The resource type."""
        return self.projection.type


@dataclass(frozen=True, slots=True)
class _Search:
    source: Source
    query: Query
    missing: dict[str, None]
    """Collects the domains that did not answer."""

    def page(self, **changed: Any) -> Page:
        return self.ask(replace(self.query, **changed), self.source.projection.wants)

    def ask(self, query: Query, wants: Wants) -> Page:
        page = self.source.target.search(query, wants=wants)
        self.missing.update(dict.fromkeys(page.missing))
        return page


def search(asked: asking.Query, sources: Sequence[Source]) -> Page:
    """Return a part of what matches, of all types. Raises ScimError."""
    missing: dict[str, None] = {}
    page = _page(asked, _searches(asked, sources, missing))
    return replace(page, missing=tuple(missing))


def _page(asked: asking.Query, searches: Sequence[_Search]) -> Page:
    if asked.cursor is not None:
        return _merged(asked, searches) if asked.sort_by else _by_cursor(asked, searches)
    return _sorted(asked, searches) if asked.sort_by else _one_after_another(asked, searches)


def _searches(asked: asking.Query, sources: Sequence[Source], missing: dict[str, None]) -> list[_Search]:
    """Bind the query to each type; raise InvalidFilter if it makes no sense for any of them."""
    searches: list[_Search] = []
    refusals: list[InvalidFilter] = []
    for source in sources:
        try:
            # Each type has its own way to sort, or none.
            searches.append(_Search(source, query_of(replace(asked, sort_by=None), source.type), missing))
        except InvalidFilter as refusal:
            refusals.append(refusal)
    if refusals and not searches:
        raise refusals[0]
    return searches


def _one_after_another(asked: asking.Query, searches: Sequence[_Search]) -> Page:
    found: list[Resource] = []
    total = 0
    wanted = page_size(asked.count)
    for each in searches:
        start = max(1, asked.start_index - total)
        page = each.page(start_index=start, count=wanted - len(found))
        found += page.resources
        total += page.total
    return Page(found, total, asked.start_index)


def _sorted(asked: asking.Query, searches: Sequence[_Search]) -> Page:
    last = asked.start_index - 1 + page_size(asked.count)
    if last > MAX_SORTED:
        raise TooMany(f"a sorted search of all types ends at resource {MAX_SORTED}; search a type by itself")
    ranked: list[tuple[tuple[Any, ...], Resource]] = []
    total = 0
    orders = _orders(asked, searches)
    for each, order in zip(searches, orders, strict=True):
        wants = _wanting(each.source.projection.wants, order)
        query = replace(
            each.query, sort_by=order, sort_order=asked.sort_order, start_index=1, count=max(last, 0)
        )
        page = each.ask(query, wants)
        ranked += [(_rank(resource, order), resource) for resource in page.resources]
        total += page.total
    ranked.sort(key=lambda pair: pair[0], reverse=asked.sort_order == "descending")
    return Page([resource for _, resource in ranked[asked.start_index - 1 : last]], total, asked.start_index)


def _orders(asked: asking.Query, searches: Sequence[_Search]) -> list[ResolvedPath | None]:
    """Find what each type is sorted by; raise InvalidValue if none has it."""
    assert asked.sort_by is not None  # noqa: S101 - the caller has looked
    orders: list[ResolvedPath | None] = []
    refusal: InvalidValue | None = None
    for each in searches:
        try:
            orders.append(resolve_sort_by(asked.sort_by, each.source.type))
        except InvalidValue as error:
            refusal = error
            orders.append(None)
    if refusal and not any(orders):
        raise refusal
    return orders


def _wanting(wants: Wants, order: ResolvedPath | None) -> Wants:
    return wants if order is None else lambda path: path.parent == order.path.parent or wants(path)


def _rank(resource: Resource, order: ResolvedPath | None) -> tuple[Any, ...]:
    if order is None:
        return (True,)
    is_missing, key = sort_key(resource, order)
    # Types may disagree about what kind of value an attribute has.
    return (True,) if is_missing else (False, type(key).__name__, key)


def _merged(asked: asking.Query, searches: Sequence[_Search]) -> Page:
    size = page_size(asked.count)
    orders = _orders(asked, searches)
    streams = [_stream(asked, each, order, size=size) for each, order in zip(searches, orders, strict=True)]
    is_descending = asked.sort_order == "descending"
    return merge(streams, asked.cursor or "", count=size, is_descending=is_descending)


def _stream(asked: asking.Query, each: _Search, order: ResolvedPath | None, *, size: int) -> Stream:
    wants = _wanting(each.source.projection.wants, order)
    query = replace(each.query, sort_by=order, sort_order=asked.sort_order, count=size)
    return Stream(
        each.source.type.name,
        ask=lambda cursor: each.ask(replace(query, cursor=cursor), wants),
        rank=lambda resource: _rank(resource, order),
    )


def _by_cursor(asked: asking.Query, searches: Sequence[_Search]) -> Page:
    names = [each.source.type.name for each in searches]
    place, cursor = _read_cursor(asked.cursor or "", names)
    found = searches[place].page(cursor=cursor)
    others = sum(each.page(cursor=None, count=0).total for each in searches if each is not searches[place])
    return Page(
        found.resources,
        found.total + others,
        start_index=None,
        next_cursor=_next_cursor(found, names[place:]),
        previous_cursor=_write_cursor(names[place], found.previous_cursor) if found.previous_cursor else None,
    )


def _next_cursor(found: Page, names: Sequence[str]) -> str | None:
    """Go on with the type that has more, or else with the one after it."""
    if found.next_cursor is not None:
        return _write_cursor(names[0], found.next_cursor)
    return _write_cursor(names[1], "") if len(names) > 1 else None


def _write_cursor(name: str, cursor: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([name, cursor]).encode()).decode().rstrip("=")


def _read_cursor(text: str, names: Sequence[str]) -> tuple[int, str]:
    if not text:
        return 0, ""
    try:
        name, cursor = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return names.index(name), str(cursor)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidCursor("the cursor is not one of this search") from error
