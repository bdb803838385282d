"""A group of very many is sent in pieces, and is the same to whoever reads it."""

from __future__ import annotations

import json

import pytest

from app.scim.projection import Projection
from app.scim.resource import Resource
from app.scim.schema import Value
from app.web.scim.locations import Locations
from app.web.scim.streams import LONG, encoded, long_attribute, pieces
from tests.provisioning.conftest import RESOURCE_TYPES

GROUP = RESOURCE_TYPES["Group"]
SEEN_AT = Locations("https://x/scim2", RESOURCE_TYPES)


def group(count: int) -> Resource:
    """Make a group of so many."""
    members: Value = [{"value": f"id-{n}", "type": "User", "display": "é" + str(n)} for n in range(count)]
    return Resource(GROUP, {"id": "g", "displayName": "All", "members": members, "meta": {"version": "1"}})


@pytest.mark.parametrize(
    ("asked", "excluded"),
    [
        pytest.param((), (), id="all"),
        pytest.param(("members.value",), (), id="one part"),
        pytest.param(("displayName",), (), id="something else"),
        pytest.param((), ("members",), id="left out"),
    ],
)
@pytest.mark.parametrize("count", [LONG + 1, 2 * LONG])
def test_same(asked: tuple[str, ...], excluded: tuple[str, ...], count: int) -> None:
    """The pieces are the document that is asked for."""
    projection = Projection.parse(GROUP, attributes=asked, excluded_attributes=excluded)
    found = group(count)

    def write(resource: Resource) -> dict[str, Value]:
        return projection.document(SEEN_AT.fill(resource))

    text = b"".join(pieces(found, "members", write)).decode()

    assert json.loads(text) == write(found)


def test_no_more_than_a_piece() -> None:
    """Of 100,000 members no more are written out at once than a piece has, whatever was written before."""
    written: list[int] = []

    def write(resource: Resource) -> dict[str, Value]:
        document = Projection.parse(GROUP).document(SEEN_AT.fill(resource))
        members = document.get("members", [])
        assert isinstance(members, list)
        written.append(len(members))
        return document

    found = group(100_000)
    sizes = [len(each) for each in pieces(found, "members", write)]

    assert max(written) == LONG
    assert sum(written) == 100_000
    assert max(sizes) < 200 * LONG


def test_few() -> None:
    """Who is not that large is sent at once."""
    assert not long_attribute(group(LONG))
    assert long_attribute(group(LONG + 1)) == "members"
    assert encoded({"a": ["é"]}) == '{"a":["é"]}'
