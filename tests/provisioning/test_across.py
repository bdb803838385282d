"""One ordered list of users and groups, by cursor: everybody once, in order, whatever happens in between."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence

import pytest

from app.provisioning.across import Source, search
from app.provisioning.target import Page
from app.scim import query as asking
from app.scim.errors import InvalidCursor, InvalidValue
from app.scim.path import parse_path
from app.scim.projection import Projection
from app.scim.query import SortOrder
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, memory_ground, user
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import group

NAMES = ["amy", "bob", "cat", "dan", "eve", "fay", "gus", "hal"]


@pytest.fixture
def ground() -> Ground:
    """Provide a domain with users and groups whose names take turns."""
    ground = memory_ground()
    for number, name in enumerate(NAMES):
        if number % 2:
            ground.target().create(user(userName=name, displayName=name))
        else:
            group(ground, name)
    return ground


def _ask(
    ground: Ground, cursor: str, *, count: int = 3, order: SortOrder = "ascending", by: str = "displayName"
) -> Page:
    sources = [
        Source(
            ground.target(name), Projection.parse(RESOURCE_TYPES[name], attributes=(), excluded_attributes=())
        )
        for name in ("User", "Group")
    ]
    asked = asking.Query(sort_by=parse_path(by), sort_order=order, count=count, cursor=cursor)
    return search(asked, sources)


def _walk(ground: Ground, *, count: int, order: SortOrder = "ascending") -> Iterator[Page]:
    cursor: str | None = ""
    while cursor is not None:
        page = _ask(ground, cursor, count=count, order=order)
        yield page
        cursor = page.next_cursor


def _names(pages: Sequence[Page]) -> list[object]:
    return [resource.attributes["displayName"] for page in pages for resource in page.resources]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 20])
@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_everybody_comes_once_and_in_order(ground: Ground, count: int, order: SortOrder) -> None:
    """However long the pages are, and whichever way they go; the total is that of both types."""
    pages = list(_walk(ground, count=count, order=order))

    assert _names(pages) == sorted(NAMES, reverse=order == "descending")
    assert {page.total for page in pages} == {len(NAMES)}
    assert all(len(page.resources) == count for page in pages[:-1])


def test_who_vanishes_takes_nobody_along(ground: Ground) -> None:
    """Whoever was there throughout comes once, whoever goes in between."""
    walk = _walk(ground, count=3)
    first = next(walk)
    gone = next(each for each in first.resources if each.type.name == "User")
    ground.target().delete(id_of(gone))

    assert _names([first, *walk]) == NAMES


def test_who_comes_is_no_reason_to_meet_anybody_twice(ground: Ground) -> None:
    """A list that fitted on one page may have grown past it."""
    walk = _walk(ground, count=4)
    first = next(walk)
    for name in ("aaa", "zoe"):
        ground.target().create(user(userName=name, displayName=name))
        group(ground, f"{name} group")

    names = _names([first, *walk])

    assert len(names) == len(set(names))
    assert set(NAMES) <= set(names)


def test_what_one_type_does_not_have_comes_last(ground: Ground) -> None:
    """Groups have no user names, so they come after all users."""
    pages = [_ask(ground, "", count=20, by="userName")]

    assert _names(pages)[:4] == ["bob", "dan", "fay", "hal"]
    assert set(_names(pages)[4:]) == {"amy", "cat", "eve", "gus"}


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        "{}",
        '{"User": 1}',
        '{"User": 1, "Group": 1, "Robot": 1}',
        '{"User": -1, "Group": 1}',
        '{"User": ["", [], 1], "Group": 1}',
        '{"User": ["", [1], false], "Group": 1}',
        '{"User": ["x", [], false], "Group": 1}',
    ],
)
def test_a_wrong_cursor_is_refused(ground: Ground, text: str) -> None:
    """Neither what is no cursor, nor one of another search."""
    with pytest.raises(InvalidCursor):
        _ask(ground, urlsafe_b64encode(text.encode()).decode().rstrip("="))


def test_a_list_that_has_ended_is_not_asked_for_again(ground: Ground) -> None:
    """How many it has is known from when it was read."""
    for name in ("x1", "x2", "x3"):
        ground.target().create(user(userName=name, displayName=name))
    walk = _walk(ground, count=7)
    next(walk)
    ground.directory.take()

    last = next(walk)

    assert last.total == 11
    assert ground.directory.take() == ["search"]


def test_what_no_type_has_cannot_be_sorted_by(ground: Ground) -> None:
    """The error names it."""
    with pytest.raises(InvalidValue, match="shoeSize"):
        _ask(ground, "", by="shoeSize")
