"""Filters built from rows, on the pages of users and groups."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from app.web.console.filter_builder import MOST_ROWS

if TYPE_CHECKING:
    from tests.web.console.fakes import Console


def _search(console: Console, *rows: tuple[str, str, str], match: str = "all", **more: str) -> str:
    pairs = [pair for row in rows for pair in zip(("attr", "op", "val"), row, strict=True)]
    query = urlencode([*pairs, ("match", match), ("domain", "PRIMARY"), *more.items()])
    return console.text(f"/console/users?{query}")


def _people(operator: Console) -> None:
    operator.create_user(
        **{"userName": "ann", "name.familyName": "Smith", "emails[work]": "ann@example.org", "active": "on"}
    )
    operator.create_user(**{"userName": "bob", "name.familyName": "Jones", "active": "on"})


@pytest.mark.parametrize(
    ("rows", "match", "found"),
    [
        ([("userName", "eq", "ann")], "all", {"ann"}),
        ([("userName", "ne", "ann")], "all", {"bob"}),
        ([("name.familyName", "sw", "Smi"), ("userName", "eq", "bob")], "all", set()),
        ([("name.familyName", "sw", "Smi"), ("userName", "eq", "bob")], "any", {"ann", "bob"}),
        ([("emails.value", "pr", "")], "all", {"ann"}),
        ([("emails.value", "np", "ignored")], "all", {"bob"}),
        ([("active", "eq", "true"), ("", "eq", "left out")], "all", {"ann", "bob"}),
    ],
)
def test_rows_find_users(
    operator: Console, rows: list[tuple[str, str, str]], match: str, found: set[str]
) -> None:
    """Each row is a condition; all must hold, or one."""
    _people(operator)

    page = _search(operator, *rows, match=match)

    assert {name for name in ("ann", "bob") if f">{name}</a>" in page} == found


def test_what_was_built_stays_and_is_told(operator: Console) -> None:
    """The rows are still there, with an empty one more, and stand below as clients write them."""
    _people(operator)

    page = unescape(_search(operator, ("userName", "sw", 'a"b')))

    assert 'userName sw "a\\"b"' in page
    assert '<option value="userName" selected>' in page
    assert page.count('name="attr"') == 2


def test_pages_keep_the_rows(operator: Console) -> None:
    """The next page is of the same list."""
    for number in range(30):
        operator.create_user(userName=f"user{number:02}", active="on")

    page = unescape(_search(operator, ("userName", "sw", "user")))

    assert "attr=userName&op=sw&val=user&match=all" in page
    assert "25 of 30" in page


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("active", "eq", "perhaps"), "ctive is true or false"),
        (("nothing", "eq", "x"), "nothing"),
        (("userName eq", "eq", "x"), "The users cannot be shown"),
    ],
)
def test_a_wrong_row_is_explained(operator: Console, row: tuple[str, str, str], said: str) -> None:
    """It stays to be put right."""
    page = unescape(_search(operator, row))

    assert said in page
    assert row[0] in page


def test_rows_without_end_are_cut_off(operator: Console) -> None:
    """Nobody asks a directory a thousand things at once."""
    page = _search(operator, *[("userName", "sw", "a")] * 1000, match="any")

    assert page.count('name="attr"') == MOST_ROWS


def test_a_row_says_nothing_to_other_pages(operator: Console) -> None:
    """Groups have attributes of their own to ask for."""
    page = operator.text("/console/groups")

    assert '<option value="displayName">' in page
    assert '<option value="members.value">' in page
    assert '<option value="userName">' not in page
