"""Lists of a SCIM 2.0 service: what to ask for a page, and what the answer says (RFC 7644 §3.4.2, RFC 9865).

Cursors of a service that has them are handed through; for the others, a cursor is the index at which to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.outbound.connectors.scim2.client import Abilities
from app.outbound.errors import Misconfigured
from app.provisioning.target import Page, Query
from app.scim.errors import InvalidCursor, InvalidSyntax
from app.scim.filters.text import render
from app.scim.messages import ListResponse, parse_list_response
from app.scim.resource import Resource
from app.scim.schema import Value

_AT: Final = "at-"


def list_parameters(query: Query, abilities: Abilities) -> dict[str, str]:
    """Write what to ask for."""
    parameters = {"count": str(query.count)}
    if query.filter is not None:
        parameters["filter"] = render(query.filter)
    if query.sort_by is not None:
        parameters |= {"sortBy": str(query.sort_by.path), "sortOrder": query.sort_order}
    if query.cursor is not None and abilities.cursor:
        return {**parameters, "cursor": query.cursor}
    return {**parameters, "startIndex": str(_start(query))}


def page_of(
    document: Value, query: Query, *, abilities: Abilities, read: Callable[[Value], Resource]
) -> Page:
    """Read a page."""
    try:
        found = parse_list_response(document)
    except InvalidSyntax as error:
        raise Misconfigured(f"it answers with no list: {error.detail}") from error
    resources = [read(each) for each in found.resources]
    total = _total(found, query)
    if query.cursor is None:
        return Page(resources, total, query.start_index)
    if abilities.cursor:
        return Page(resources, total, None, found.next_cursor, found.previous_cursor)
    start, shown = _start(query), len(resources)
    following = f"{_AT}{start + shown}" if shown and start + shown <= total else None
    before = f"{_AT}{max(1, start - query.count)}" if start > 1 else None
    return Page(resources, total, None, following, before)


def _start(query: Query) -> int:
    if not query.cursor:
        return query.start_index
    text = query.cursor.removeprefix(_AT)
    if not query.cursor.startswith(_AT) or not text.isdecimal():
        raise InvalidCursor("the cursor is not one of this list")
    return int(text)


def _total(found: ListResponse[Mapping[str, Value]], query: Query) -> int:
    if found.total_results is not None:
        return max(0, found.total_results)
    return _start(query) - 1 + len(found.resources) if query.cursor is None else len(found.resources)
