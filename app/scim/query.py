"""What a list request asks for, from a URL's parameters or a SearchRequest (RFC 7644 §3.4.2, §3.4.3; RFC 9865 §2).

Names are kept as the client wrote them: a search over several types resolves them for each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.scim.errors import InvalidCount, InvalidSyntax, InvalidValue
from app.scim.fields import kind_of
from app.scim.filters.nodes import Filter
from app.scim.filters.parser import parse
from app.scim.filters.text import render
from app.scim.path import AttributePath, MalformedPath, parse_path
from app.scim.resource import is_complex, is_list
from app.scim.schema import Value

SEARCH_REQUEST_URN: Final = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

SortOrder = Literal["ascending", "descending"]
_ORDERS: Final[Mapping[str, SortOrder]] = {"ascending": "ascending", "descending": "descending"}
_LARGEST: Final = 10**18 - 1
_NUMBER: Final = re.compile(r"\s*[+-]?\d{1,18}\s*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Query:
    """What to find, in which order, and which part of it to return.

    ``filter`` is not resolved yet. ``count`` is None where the client leaves the page size to the service. ``cursor``
    is None for pages by index, and empty for the first page by cursor.
    """

    filter: Filter | None = None
    sort_by: AttributePath | None = None
    sort_order: SortOrder = "ascending"
    start_index: int = 1
    count: int | None = None
    cursor: str | None = None
    attributes: tuple[str, ...] = ()
    excluded_attributes: tuple[str, ...] = ()


def query_from_parameters(parameters: Mapping[str, str]) -> Query:
    """Read a URL's parameters; unknown ones are ignored. Raises InvalidFilter, InvalidValue, InvalidCount."""
    return _query(parameters)


def query_from_body(body: Value) -> Query:
    """Read a SearchRequest. Raises InvalidSyntax, InvalidFilter, InvalidValue, InvalidCount."""
    if not is_complex(body):
        raise InvalidSyntax(f"the body must be a JSON object, got {kind_of(body)}")
    return _query(body)


def dump_search_request(query: Query) -> dict[str, Value]:
    """Write a query as a SearchRequest."""
    document: dict[str, Value] = {
        "schemas": [SEARCH_REQUEST_URN],
        "attributes": list(query.attributes) or None,
        "excludedAttributes": list(query.excluded_attributes) or None,
        "filter": render(query.filter) if query.filter else None,
        "sortBy": str(query.sort_by) if query.sort_by else None,
        "sortOrder": query.sort_order if query.sort_by else None,
        "startIndex": query.start_index if query.cursor is None else None,
        "count": query.count,
        "cursor": query.cursor,
    }
    return {name: value for name, value in document.items() if value is not None}


def _query(members: Mapping[str, Value]) -> Query:
    sent = {name.lower(): value for name, value in members.items() if value is not None}
    condition, sort_by, cursor = (_text(sent, name) for name in ("filter", "sortBy", "cursor"))
    start_index = max(1, _number(sent, "startIndex") or 1)  # RFC 7644 §3.4.2.4: less than 1 is 1.
    if cursor is not None and start_index != 1:
        raise InvalidValue("startIndex and cursor cannot be used together")
    return Query(
        filter=parse(condition) if condition else None,
        sort_by=_sort_by(sort_by) if sort_by else None,
        sort_order=_sort_order(_text(sent, "sortOrder")),
        start_index=start_index,
        count=_count(sent, by_cursor=cursor is not None),
        cursor=cursor,
        attributes=_names(sent, "attributes"),
        excluded_attributes=_names(sent, "excludedAttributes"),
    )


def _text(sent: Mapping[str, Value], name: str) -> str | None:
    value = sent.get(name.lower())
    if value is not None and not isinstance(value, str):
        raise InvalidValue(f"{name}: expected a string, got {kind_of(value)}")
    return value


def _number(sent: Mapping[str, Value], name: str) -> int | None:
    value = sent.get(name.lower())
    if value is None or value == "":
        return None
    if isinstance(value, str) and _NUMBER.match(value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidValue(f"{name}: expected a whole number, got {kind_of(value)}")
    if abs(value) > _LARGEST:
        raise InvalidValue(f"{name}: a number of more than 18 digits")
    return value


def _count(sent: Mapping[str, Value], *, by_cursor: bool) -> int | None:
    try:
        count = _number(sent, "count")
    except InvalidValue as error:
        if by_cursor:
            # RFC 9865 §2.1 has an error of its own for pages by cursor.
            raise InvalidCount(error.detail) from error
        raise
    # RFC 7644 §3.4.2.4: a negative value SHALL be interpreted as 0.
    return None if count is None else max(0, count)


def _sort_by(text: str) -> AttributePath:
    try:
        return parse_path(text)
    except MalformedPath as error:
        raise InvalidValue(f"sortBy: {error}") from error


def _sort_order(text: str | None) -> SortOrder:
    if not text:
        return "ascending"
    if text.lower() not in _ORDERS:
        raise InvalidValue("sortOrder must be ascending or descending")
    return _ORDERS[text.lower()]


def _names(sent: Mapping[str, Value], name: str) -> tuple[str, ...]:
    value = sent.get(name.lower())
    listed = value.split(",") if isinstance(value, str) else value
    if listed is None:
        return ()
    if not is_list(listed):
        raise InvalidValue(f"{name}: expected a list of names, got {kind_of(listed)}")
    return tuple(_name(each, name) for each in listed if each != "")


def _name(value: Value, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidValue(f"{name}: expected a list of names, got {kind_of(value)} in it")
    return value.strip()
