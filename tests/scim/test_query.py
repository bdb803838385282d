"""List requests are read from URLs and from bodies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scim.errors import InvalidCount, InvalidFilter, InvalidSyntax, InvalidValue, ScimError
from app.scim.filters.nodes import Present
from app.scim.path import AttributePath
from app.scim.query import Query, dump_search_request, query_from_body, query_from_parameters
from app.scim.schema import Value
from tests.scim.samples import read
from tests.scim.strategies import filters


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        pytest.param({}, Query(), id="nothing"),
        pytest.param({"aadOptscim062020": "", "domain": "x"}, Query(), id="unknown"),
        pytest.param({"filter": "title pr"}, Query(filter=Present(AttributePath("title"))), id="filter"),
        pytest.param({"filter": ""}, Query(), id="empty filter"),
        pytest.param({"sortBy": "name.familyName", "sortOrder": "Descending"}, Query(sort_by=AttributePath("name", "familyName"), sort_order="descending"), id="sort"),
        pytest.param({"sortBy": "", "sortOrder": ""}, Query(), id="empty sort"),
        pytest.param({"startIndex": "11", "count": "10"}, Query(start_index=11, count=10), id="page"),
        pytest.param({"startIndex": "0", "count": "-1"}, Query(start_index=1, count=0), id="below the least"),
        pytest.param({"startIndex": "-5", "count": "0"}, Query(start_index=1, count=0), id="negative"),
        pytest.param({"startIndex": "", "count": ""}, Query(), id="empty numbers"),
        pytest.param({"cursor": "", "count": "5"}, Query(cursor="", count=5), id="first page by cursor"),
        pytest.param({"cursor": "abc", "startIndex": "1"}, Query(cursor="abc"), id="page by cursor"),
        pytest.param({"attributes": "userName, name.givenName,", "EXCLUDEDATTRIBUTES": "meta"}, Query(attributes=("userName", "name.givenName"), excluded_attributes=("meta",)), id="attributes"),
    ],
)  # fmt: skip
def test_parameters(parameters: dict[str, str], query: Query) -> None:
    """A URL's parameters make a query."""
    assert query_from_parameters(parameters) == query


@pytest.mark.parametrize("name", ["rfc7644-3.4.3-search-request", "rfc9865-3-search-request"])
def test_rfc_examples(name: str) -> None:
    """The RFCs' SearchRequests are read, and written as they were."""
    document = read(f"rfc/{name}.json")

    assert dump_search_request(query_from_body(document)) == document


def test_body() -> None:
    """A body's members come in any case, and null is nothing."""
    body: Value = {
        "STARTINDEX": 3,
        "count": "4",
        "attributes": "id",
        "excludedattributes": None,
        "sortBy": "id",
    }

    assert query_from_body(body) == Query(
        start_index=3, count=4, attributes=("id",), sort_by=AttributePath("id")
    )


@pytest.mark.parametrize(
    ("body", "error", "detail"),
    [
        pytest.param([], InvalidSyntax, "the body must be a JSON object, got a list", id="list"),
        pytest.param({"startIndex": "x"}, InvalidValue, "startIndex: expected a whole number, got a string", id="startIndex"),
        pytest.param({"count": True}, InvalidValue, "count: expected a whole number, got a boolean", id="count"),
        pytest.param({"count": "9" * 5000}, InvalidValue, "count: expected a whole number, got a string", id="long count"),
        pytest.param({"count": 10**18}, InvalidValue, "count: a number of more than 18 digits", id="large count"),
        pytest.param({"count": "x", "cursor": ""}, InvalidCount, "count: expected a whole number, got a string", id="count by cursor"),
        pytest.param({"startIndex": 2, "cursor": ""}, InvalidValue, "startIndex and cursor cannot be used together", id="both"),
        pytest.param({"filter": 5}, InvalidValue, "filter: expected a string, got a number", id="filter type"),
        pytest.param({"filter": "x"}, InvalidFilter, "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), got the end (column 2)", id="filter"),
        pytest.param({"sortBy": "a b"}, InvalidValue, "sortBy: 'a b' is not an attribute path", id="sortBy"),
        pytest.param({"sortOrder": "up"}, InvalidValue, "sortOrder must be ascending or descending", id="sortOrder"),
        pytest.param({"attributes": 5}, InvalidValue, "attributes: expected a list of names, got a number", id="attributes"),
        pytest.param({"attributes": [5]}, InvalidValue, "attributes: expected a list of names, got a number in it", id="name"),
    ],
)  # fmt: skip
def test_refused(body: Value, error: type[ScimError], detail: str) -> None:
    """A member that does not fit is refused by name."""
    with pytest.raises(error) as raised:
        query_from_body(body)

    assert raised.value.detail == detail


_queries = st.builds(
    Query,
    filter=st.none() | filters.filter(lambda condition: "x" * 10_000 not in repr(condition)),
    sort_by=st.none() | st.just(AttributePath("name", "familyName")),
    start_index=st.integers(1, 10),
    count=st.none() | st.integers(0, 10),
    attributes=st.lists(st.sampled_from(["userName", "emails.value"]), max_size=2).map(tuple),
)


@given(_queries)
@settings(max_examples=50, deadline=None)
def test_round_trip(query: Query) -> None:
    """A query that is written out reads the same."""
    assert query_from_body(dump_search_request(query)) == query
