"""Lists: what each page costs, in which order it comes, and that a walk loses and repeats nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, count
from typing import Any

import pytest

from app.directory.model import Change, Delete, Entry, Modify, Search
from app.provisioning.target import Page, Query, Target, everything, nothing
from app.scim.query import SortOrder
from app.scim.resource import Resource
from tests.provisioning.conftest import Ground, memory_ground, user
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.walks import asking, by_cursor, by_index, create, names_on

Walk = Callable[[Target, Query, Callable[[Page], None]], Iterator[Page]]
WALKS = [pytest.param(by_index, id="index"), pytest.param(by_cursor, id="cursor")]
SEVEN = ("ann", "bob", "cid", "dan", "eve", "fay", "gus")
ORDERS: tuple[SortOrder, ...] = ("ascending", "descending")
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def delete(ground: Ground, name: str) -> None:
    """Delete a user behind our back."""
    ground.directory.inner.execute(Delete(ground.dn(name)))


def entitle(ground: Ground, name: str, value: str, *, attribute: str = "title") -> None:
    """Change a user's title, or something else, behind our back."""
    dn = ground.dn(name)
    ground.directory.inner.execute(Modify(dn, (Change("replace", attribute, (value.encode(),)),)))


def trips(ground: Ground, query: Query) -> tuple[int, list[str]]:
    """Return how many resources a page has, and what it asked the directory."""
    ground.directory.take()
    page = ground.target().search(query, wants=everything)
    return len(page.resources), ground.directory.take()


class Contract:
    """What holds on every directory."""

    def test_what_fits_on_one_page(self, ground: Ground) -> None:
        """A list of one page is one search, by index and by cursor, in whichever order."""
        create(ground, *SEVEN)

        assert trips(ground, asking(count=7)) == (7, ["search"])
        assert trips(ground, asking(count=7, cursor="")) == (7, ["search"])
        assert trips(ground, asking(count=7, sort_by="userName")) == (7, ["search"])
        assert trips(ground, asking('title ne "Chief"', count=7)) == (7, ["search"])

    def test_index_pages(self, ground: Ground) -> None:
        """The first page looks for all ids besides; each other page is one search; the total is true."""
        create(ground, *SEVEN)
        costs = []

        pages = list(
            by_index(ground.target(), asking(count=3), lambda _: costs.append(ground.directory.take()))
        )

        assert [(page.start_index, page.total, len(page.resources)) for page in pages] == [
            (1, 7, 3),
            (4, 7, 3),
            (7, 7, 1),
        ]
        assert sorted(chain(*map(names_on, pages))) == list(SEVEN)
        assert [*costs, ground.directory.take()] == [["search"] * 2, ["search"], ["search"]]

    def test_a_first_page_is_small(self, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is fetched to be shown at first is one entry more than is asked for, which tells that there are others."""
        create(ground, *SEVEN)
        asked = []
        search = ground.directory.search

        def noting(each: Search) -> Iterator[Entry]:
            asked.append(each.at_once)
            return search(each)

        monkeypatch.setattr(ground.directory, "search", noting)

        ground.target().search(asking(count=3))

        assert asked == [4, None]

    def test_cursor_pages(self, ground: Ground) -> None:
        """Pages by cursor cost the same, and lead back as well as on."""
        create(ground, *SEVEN)
        costs = []

        pages = list(
            by_cursor(ground.target(), asking(count=3), lambda _: costs.append(ground.directory.take()))
        )

        assert [(page.start_index, page.total, len(page.resources)) for page in pages] == [
            (None, 7, 3),
            (None, 7, 3),
            (None, 7, 1),
        ]
        assert sorted(chain(*map(names_on, pages))) == list(SEVEN)
        assert [*costs, ground.directory.take()] == [["search"] * 2, ["search"], ["search"]]
        assert pages[0].previous_cursor is None
        for page, before in zip(pages[1:], pages, strict=False):
            back = ground.target().search(asking(count=3, cursor=page.previous_cursor))
            assert names_on(back) == names_on(before)

    @pytest.mark.parametrize("paging", [{"start_index": 3}, {"cursor": ""}], ids=["index", "cursor"])
    def test_sorted_and_filtered_pages(self, ground: Ground, paging: dict[str, object]) -> None:
        """An order, and a condition that the directory cannot check, cost no more searches than the list is looked at."""
        create(ground, *SEVEN)
        query = asking('userName ne "cid"', sort_by="userName", order="descending", count=2, **paging)

        first = ground.target().search(query)
        first_cost = ground.directory.take()
        again = (
            replace(query, cursor=first.next_cursor)
            if query.cursor is not None
            else replace(query, start_index=5)
        )
        following = ground.target().search(again)

        expected = ["eve", "dan", "bob", "ann"] if query.cursor is None else ["gus", "fay", "eve", "dan"]
        assert [*names_on(first), *names_on(following)] == expected
        assert (first.total, following.total) == (6, 6)
        assert len(first_cost) <= 3
        assert ground.directory.take() == ["search"]

    def test_count_of_nothing(self, ground: Ground) -> None:
        """count=0 is one search for the total."""
        create(ground, *SEVEN)

        for text, total in ((None, 7), ('userName sw "a"', 1), ('title ne "Chief"', 7)):
            page = ground.target().search(asking(text, count=0))
            assert (page.resources, page.total) == ([], total)
            assert ground.directory.take() == ["search"]

    def test_one_by_name_or_id(self, ground: Ground) -> None:
        """A condition that one resource at most can fulfil is one round trip."""
        [found] = create(ground, "ann")
        create(ground, "bob")

        assert trips(ground, asking('userName eq "ANN"')) == (1, ["search"])
        assert trips(ground, asking(f'id eq "{found}"', count=1)) == (1, ["search"])
        assert trips(ground, asking('id eq "nobody"')) == (0, ["search"])

    def test_references_once_per_page(self, ground: Ground) -> None:
        """Whoever the resources of a page refer to is looked up by one search; where that is not wanted, by none."""
        [boss] = create(ground, "boss")
        for name in SEVEN:
            ground.target().create(user(userName=name, **{ENTERPRISE: {"manager": {"value": boss}}}))
        ground.directory.take()
        costs = []

        for page in by_index(ground.target(), asking(count=3)):
            assert page.total == 8
            costs.append(ground.directory.take())
        ground.target().search(asking(count=8), wants=nothing)

        assert costs == [["search"] * 3, ["search"] * 2, ["search"] * 2]
        assert ground.directory.take() == ["search"]

    @pytest.mark.parametrize(
        ("sort_by", "ascending"),
        [
            pytest.param("userName", "ann bob cid dan", id="simple"),
            pytest.param("name.familyName", "dan cid bob ann", id="part"),
            pytest.param("emails", "cid ann dan bob", id="primary"),
            pytest.param(f"{ENTERPRISE}:department", "bob ann cid dan", id="extension"),
        ],
    )
    def test_orders(self, ground: Ground, sort_by: str, ascending: str) -> None:
        """A list is sorted by any attribute, however long its pages are; who has none comes last."""
        for sent in (
            user(userName="ann", name={"familyName": "D"}, emails=[{"value": "b@example.org"}]),
            user(userName="bob", name={"familyName": "C"}, **{ENTERPRISE: {"department": "1"}}),
            user(userName="cid", name={"familyName": "b"}, emails=[{"value": "a@example.org"}]),
            user(userName="dan", name={"familyName": "A"}, emails=[{"value": "C@example.org"}]),
        ):
            ground.target().create(sent)
        for name, department in (("ann", "2"), ("cid", "3")):
            entitle(ground, name, department, attribute=ground.product.department)

        for size in (2, 4):
            up = by_index(ground.target(), asking(sort_by=sort_by, count=size))
            down = by_cursor(ground.target(), asking(sort_by=sort_by, order="descending", count=size))
            assert list(chain(*map(names_on, up))) == ascending.split()
            assert list(chain(*map(names_on, down))) == ascending.split()[::-1]

    @pytest.mark.parametrize(
        ("sort_by", "place"),
        [
            pytest.param("active", lambda found: found.attributes["active"], id="account"),
            pytest.param(
                "meta.lastModified", lambda found: found.attributes["meta"]["lastModified"], id="meta"
            ),
            pytest.param("id", id_of, id="id"),
        ],
    )
    def test_order_among_equals(self, ground: Ground, sort_by: str, place: Callable[[Resource], Any]) -> None:
        """Equals come by their ids, in both directions."""
        for name in SEVEN:
            ground.target().create(user(userName=name, active=name > "d"))
        found = ground.target().search(asking(count=7)).resources
        by_id = sorted(found, key=id_of)

        for order in ORDERS:
            pages = by_index(ground.target(), asking(sort_by=sort_by, order=order, count=3))
            expected = sorted(by_id, key=place, reverse=order == "descending")
            assert [id_of(each) for page in pages for each in page.resources] == list(map(id_of, expected))

    def test_order_by_what_nobody_has(self, ground: Ground) -> None:
        """An attribute that has no place in the directory sorts by id, in both directions."""
        ids = sorted(create(ground, *SEVEN))

        for order in ORDERS:
            walked = by_index(ground.target(), asking(sort_by="nickName", order=order, count=3))
            assert [id_of(each) for page in walked for each in page.resources] == ids

    @pytest.mark.parametrize("walk", WALKS)
    @pytest.mark.parametrize("sort_by", [None, "userName", "title"])
    def test_walk_among_writes(self, ground: Ground, walk: Walk, sort_by: str | None) -> None:
        """Who is there throughout a walk is seen once, whoever comes, goes and changes in the meantime."""
        staying = [f"stays{number}" for number in range(6)]
        leaving = [f"leaves{number}" for number in range(6)]
        create(ground, *chain(*zip(staying, leaving, strict=True)))
        numbers = count()

        def disturb(_page: Page) -> None:
            number = next(numbers)
            create(ground, f"aaa{number}", f"zzz{number}")
            delete(ground, leaving[number])
            entitle(ground, staying[number], f"{9 - number}")

        pages = list(walk(ground.target(), asking(sort_by=sort_by, count=3), disturb))

        seen = Counter(chain(*map(names_on, pages)))
        assert {name: seen[name] for name in staying} == dict.fromkeys(staying, 1)
        assert max(seen.values()) == 1
        assert {page.total for page in pages} == {12}

    def test_who_no_longer_matches(self, ground: Ground) -> None:
        """A page never shows who is gone, nor who no longer fulfils the condition, whoever checks it."""
        create(ground, *SEVEN)
        for name in SEVEN:
            entitle(ground, name, "Clerk")
        query = asking('title eq "Clerk"', sort_by="userName", count=4)

        first = ground.target().search(query)
        delete(ground, "eve")
        entitle(ground, "fay", "clerk of works")
        second = ground.target().search(replace(query, start_index=5))

        assert (names_on(first), first.total) == (["ann", "bob", "cid", "dan"], 7)
        assert (names_on(second), second.total) == (["gus"], 7)

    def test_begun_anew(self, ground: Ground) -> None:
        """The first page tells of whatever was written before it, also right after another first page."""
        create(ground, *SEVEN)
        query = asking(sort_by="userName", count=3)

        before = ground.target().search(query)
        create(ground, "aaa")
        after = ground.target().search(query)
        following = ground.target().search(replace(query, start_index=4))

        assert (before.total, after.total, following.total) == (7, 8, 8)
        assert [*names_on(after), *names_on(following)] == ["aaa", "ann", "bob", "cid", "dan", "eve"]

    def test_two_walks_at_once(self, ground: Ground) -> None:
        """Two walks of one client through the same list do not disturb each other."""
        create(ground, *SEVEN)
        query = asking(sort_by="userName", count=3)

        first = by_index(ground.target(), query)
        names = [*names_on(next(first)), *names_on(next(first))]
        create(ground, "aaa")
        ground.clock.advance(1)
        second = by_index(ground.target(), query)
        others = names_on(next(second))
        names += names_on(next(first))
        others += [*names_on(next(second)), *names_on(next(second))]

        assert names == list(SEVEN)
        assert others == ["aaa", *SEVEN]

    def test_begun_in_the_middle(self, ground: Ground) -> None:
        """A page whose beginning nobody remembers is found all the same, and its list is remembered then."""
        create(ground, *SEVEN)
        query = asking(sort_by="userName", count=2)

        pages = [ground.target().search(replace(query, start_index=start)) for start in (3, 5)]
        costs = ground.directory.take()
        ground.clock.advance(3600)
        later = ground.target().search(replace(query, start_index=7))

        assert [names_on(page) for page in (*pages, later)] == [["cid", "dan"], ["eve", "fay"], ["gus"]]
        assert costs == ["search"] * 3

    def test_behind_the_end(self, ground: Ground) -> None:
        """A page behind the end is empty and has the total."""
        create(ground, *SEVEN)

        for size in (3, 100):
            page = ground.target().search(asking(start_index=10**17, count=size))
            assert (page.resources, page.total) == ([], 7)


class TestInMemory(Contract):
    """The contract in memory, and what is easier to see there."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Give a domain in memory."""
        return memory_ground()


class TestOnLdap(Contract):
    """The contract on real directories."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give a domain on a real directory."""
        return ldap_ground
