"""Cursors: good for one list of one application, for a while, and for nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.provisioning.cursors import Cursors, Place
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.events import noting
from app.provisioning.external_ids import Keeping, WithExternalIds
from app.provisioning.search import Paging
from app.provisioning.target import Page, Query, Target
from app.scim.errors import ExpiredCursor, InvalidCount, InvalidCursor, ScimError
from app.store.allocations import Allocations
from app.store.external_ids import ExternalIds, Shelf
from app.store.snapshots import Snapshots
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, memory_ground, store, user
from tests.provisioning.walks import asking, create, names_on

QUERY = asking("userName pr", sort_by="userName", count=2, cursor="")


@pytest.fixture
def ground() -> Ground:
    """Give a domain in memory with five users."""
    made = memory_ground()
    create(made, "ann", "bob", "cid", "dan", "eve")
    return made


def begun(ground: Ground, query: Query = QUERY) -> str:
    """Begin a list and return the cursor of its second page."""
    cursor = ground.target().search(query).next_cursor
    assert cursor is not None
    return cursor


def refusal(target: Target, query: Query) -> type[ScimError]:
    """Return how a page is refused."""
    with pytest.raises(ScimError) as caught:
        target.search(query)
    return type(caught.value)


def test_a_cursor_needs_no_escape() -> None:
    """RFC 9865 §2: a cursor has unreserved characters only; it is the same place when it is read."""
    cursors = Cursors(b"key", b"list")

    for start in (0, 1, 200, 10**17):
        place = Place("0f" * 16, start, 100)
        written = cursors.write(place)
        assert written.replace("-", "").replace("_", "").isalnum()
        assert cursors.read(written) == place


def test_every_character_counts() -> None:
    """A cursor with one other character is not one of ours, nor is one with more or fewer."""
    cursors = Cursors(b"key", b"list")
    written = cursors.write(Place("0f" * 16, 200, 100))

    others = [
        written[:place] + letter + written[place + 1 :]
        for place in range(len(written))
        for letter in "AB"
        if letter != written[place]
    ]
    for text in [
        *others,
        written[:-1],
        written[1:],
        written + "A",
        written + "====",
        "x",
        "ü" * 64,
        " ",
        "=" * 64,
    ]:
        with pytest.raises(InvalidCursor):
            cursors.read(text)


@pytest.mark.parametrize("other", [Cursors(b"other key", b"list"), Cursors(b"key", b"other list")])
def test_a_cursor_is_bound(other: Cursors) -> None:
    """A cursor of another installation or list is refused."""
    written = other.write(Place("0f" * 16, 200, 100))

    with pytest.raises(InvalidCursor):
        Cursors(b"key", b"list").read(written)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(asking('userName sw "a"', sort_by="userName", count=2), id="filter"),
        pytest.param(asking(None, sort_by="userName", count=2), id="no filter"),
        pytest.param(asking("userName pr", sort_by="title", count=2), id="sort"),
        pytest.param(asking("userName pr", count=2), id="no sort"),
        pytest.param(asking("userName pr", sort_by="userName", order="descending", count=2), id="order"),
    ],
)
def test_another_query(ground: Ground, other: Query) -> None:
    """A cursor goes on with its own query only."""
    assert refusal(ground.target(), replace(other, cursor=begun(ground))) is InvalidCursor


def test_another_application(ground: Ground) -> None:
    """What one application has begun no other one can read."""
    cursor = begun(ground)
    ground.application = "another"

    assert refusal(ground.target(), replace(QUERY, cursor=cursor)) is InvalidCursor


def test_another_type(ground: Ground) -> None:
    """A cursor of users is none of groups."""
    cursor = begun(ground, asking(count=2, cursor=""))

    assert refusal(ground.target("Group"), asking(count=2, cursor=cursor)) is InvalidCursor


def test_another_count(ground: Ground) -> None:
    """RFC 9865 §2: all parameters but the cursor stay the same, so pages keep their size."""
    cursor = begun(ground)

    assert refusal(ground.target(), replace(QUERY, cursor=cursor, count=3)) is InvalidCount
    assert refusal(ground.target(), replace(QUERY, cursor=cursor, count=0)) is InvalidCount


def test_no_resources(ground: Ground) -> None:
    """RFC 9865 §2: a count of 0 asks for totalResults alone, so that nothing leads any further."""
    page = ground.target().search(replace(QUERY, count=0))

    assert page == Page([], 5, start_index=None)


def test_not_used_for_too_long(ground: Ground) -> None:
    """A cursor lasts 120 seconds from when its list was last read, and another one's page does not replace it."""
    cursor = begun(ground)
    ground.clock.advance(119)
    second = ground.target().search(replace(QUERY, cursor=cursor))
    ground.clock.advance(119)
    third = ground.target().search(replace(QUERY, cursor=second.next_cursor))
    ground.clock.advance(120)
    begun(ground)

    assert [*names_on(second), *names_on(third)] == ["cid", "dan", "eve"]
    assert refusal(ground.target(), replace(QUERY, cursor=cursor)) is ExpiredCursor


def test_another_map(ground: Ground) -> None:
    """A list ends where its domain says something else than when it was begun: by index anew, by cursor with an error."""
    cursor = begun(ground)
    by_index = replace(QUERY, cursor=None)
    ground.target().search(by_index)
    domain = replace(ground.domain(), digest="changed")
    paging = Paging(
        Snapshots(store(), clock=ground.clock, random_hex="{:0>32}".format), b"key", ground.application
    )
    changed = DomainTarget(
        domain,
        domain.maps["User"],
        ground.recorded.append,
        behaviour=Behaviour(paging, Allocations(store(), clock=ground.clock)),
    )
    create(ground, "aaa")

    assert refusal(changed, replace(QUERY, cursor=cursor)) is ExpiredCursor
    assert changed.search(replace(by_index, start_index=3)).total == 6


def test_what_became_of_the_filter(ground: Ground) -> None:
    """A list stays the same list while a condition on externalId, kept beside the directory, comes to hold for others."""
    shelf = Shelf(ground.application, "PRIMARY", "User")
    record = noting(ground.recorded.append)
    keeping = Keeping(ExternalIds(store()), shelf, RESOURCE_TYPES["User"], record)
    target = WithExternalIds(ground.target(), keeping)
    for name in ("fay", "gus", "hal"):
        target.create(user(userName=name, externalId=f"E{name}"))
    query = asking('externalId sw "E"', sort_by="userName", count=2, cursor="")

    first = target.search(query)
    target.create(user(userName="aaa", externalId="Eaaa"))
    second = target.search(replace(query, cursor=first.next_cursor))

    assert [*names_on(first), *names_on(second)] == ["fay", "gus", "hal"]
