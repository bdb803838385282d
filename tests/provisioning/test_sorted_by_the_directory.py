"""Lists by time where the directory sorts them: their first page is all that is read, and no page differs for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from app.directory.memory import MemoryDirectory
from app.directory.model import Change, Delete, Modify, Search
from app.directory.port import Excerpt
from app.provisioning.directory_state import DirectoryState
from app.provisioning.target import Page, Query, Target, everything
from app.store.snapshots import Snapshots
from app.store.tables import SnapshotRow
from tests.provisioning.conftest import AD, Ground, memory_ground, store
from tests.provisioning.test_joint_target import Joint
from tests.provisioning.walks import asking, by_cursor, by_index, create, names_on

NAMES = ("ann", "bob", "cid", "dan", "eve", "fay", "gus")
NEWEST_FIRST = ["gus", "fay", "eve", "dan", "cid", "bob", "ann"]
BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CHANGED = asking(sort_by="meta.lastModified", order="descending", count=2)


def memory_of(ground: Ground) -> MemoryDirectory:
    """Return what is behind a domain in memory."""
    assert isinstance(ground.directory.inner, MemoryDirectory)
    return ground.directory.inner


@pytest.fixture
def ground() -> Ground:
    """Make a domain in memory that sorts, with users who were made one second after the other."""
    made = memory_ground()
    memory = memory_of(made)
    memory.sorts = True
    for number, name in enumerate(NAMES):
        memory.now = lambda number=number: BEGUN + timedelta(seconds=number)  # type: ignore[misc]
        create(made, name)
    memory.now = lambda: BEGUN + timedelta(hours=1)
    return made


def touch(ground: Ground, name: str) -> None:
    """Change somebody, so that she comes first."""
    memory_of(ground).execute(Modify(ground.dn(name), (Change("replace", "title", (b"x",)),)))


def first(target: Target, query: Query = CHANGED) -> Page:
    """Read the first page."""
    return target.search(query, wants=everything)


@pytest.mark.parametrize("cursor", [None, ""])
@pytest.mark.parametrize(
    ("sort_by", "order", "expected"),
    [
        ("meta.lastModified", "descending", ["gus", "fay"]),
        ("meta.created", "ascending", ["ann", "bob"]),
        ("urn:ietf:params:scim:schemas:core:2.0:User:meta.created", "ascending", ["ann", "bob"]),
    ],
)
def test_first_page(
    ground: Ground, *, cursor: str | None, sort_by: str, order: str, expected: list[str]
) -> None:
    """It costs a look whether all fit on it, and the page itself; nobody else is read."""
    query = asking("userName pr", sort_by=sort_by, order=order, count=2, cursor=cursor)  # type: ignore[arg-type]

    page = first(ground.target(), query)

    assert (names_on(page), page.total) == (expected, 7)
    assert ground.directory.take() == ["search", "excerpt"]


@pytest.mark.parametrize("walk", [by_index, by_cursor])
def test_all_pages(ground: Ground, walk: Callable[[Target, Query], Iterator[Page]]) -> None:
    """The others are read once all together, when somebody reads on, and then each by itself."""
    costs = []
    names: list[str] = []
    for page in walk(ground.target(), CHANGED):
        names += names_on(page)
        costs.append(ground.directory.take())

    assert names == NEWEST_FIRST
    assert costs == [["search", "excerpt"], ["search", "search"], ["search"], ["search"]]


@pytest.mark.parametrize("walk", [by_index, by_cursor])
def test_what_changes_meanwhile(
    ground: Ground, walk: Callable[[Target, Query, Callable[[Page], None]], Iterator[Page]]
) -> None:
    """Who was there throughout is read once, also who was changed and would now be on the page that was read."""
    changing = iter(["bob", "gus", "ann"])

    def between(_page: Page) -> None:
        for name in changing:
            touch(ground, name)
            return

    names = [name for page in walk(ground.target(), CHANGED, between) for name in names_on(page)]

    assert sorted(names) == list(NAMES)
    assert names[:2] == ["gus", "fay"]


def test_who_comes_and_goes_meanwhile(ground: Ground) -> None:
    """Who is new when the others are read is among them; who has gone is left out, and the total tells what is there."""
    pages = by_index(ground.target(), CHANGED)
    begun = next(pages)
    memory_of(ground).execute(Delete(ground.dn("fay")))
    memory_of(ground).execute(Delete(ground.dn("cid")))
    create(ground, "hal")

    others = list(pages)

    assert (begun.total, {page.total for page in others}) == (7, {7})
    assert [name for page in others for name in names_on(page)] == ["hal", "eve", "dan", "bob", "ann"]


def test_the_same_time(ground: Ground) -> None:
    """What was changed in the same second is in the order of the ids, as everywhere."""
    for name in NAMES:
        touch(ground, name)
    names = [name for page in by_index(ground.target(), CHANGED) for name in names_on(page)]
    memory_of(ground).sorts = False
    other = replace(ground, application="another")

    assert names == [name for page in by_index(other.target(), CHANGED) for name in names_on(page)]


def test_several_who_read_on(ground: Ground) -> None:
    """Who comes to the second page later finds what the first one to come has read."""
    target = ground.target()
    begun = first(target, replace(CHANGED, cursor=""))
    assert begun.next_cursor is not None
    ground.directory.take()

    following = [first(target, replace(CHANGED, cursor=begun.next_cursor)) for _ in range(2)]

    assert [names_on(page) for page in following] == [["eve", "dan"]] * 2
    assert ground.directory.take() == ["search", "search", "search"]


def test_begun_again(ground: Ground) -> None:
    """While the directory tells that nothing has changed nothing that is remembered is sorted again."""
    ground.state = DirectoryState(lambda: 0.0)
    memory_of(ground).execute(Modify(ground.base, (Change("replace", "contextCSN", (b"1",)),)))
    target = ground.target()
    first(target)
    ground.directory.take()

    pages, costs = [], []
    for count in (2, 4, 0):
        pages.append(first(target, replace(CHANGED, count=count)))
        costs.append(ground.directory.take())

    assert costs == [["search", "search", "search"], ["search", "search", "excerpt"], ["search"]]
    assert [names_on(page) for page in pages] == [NEWEST_FIRST[:2], NEWEST_FIRST[:4], []]
    assert [page.total for page in pages] == [7, 7, 7]


def test_forgotten_meanwhile(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the beginning has gone by the time that the rest is known, the list begins in the middle."""
    target = ground.target()
    first(target)
    complete = Snapshots.complete

    def too_late(snapshots: Snapshots, name: str, ids: Iterable[bytes]) -> bool:
        with store().session() as session:
            session.execute(delete(SnapshotRow))
        return complete(snapshots, name, ids)

    monkeypatch.setattr(Snapshots, "complete", too_late)

    page = first(target, replace(CHANGED, start_index=3))

    assert (names_on(page), page.total) == (["eve", "dan"], 7)


def test_fewer_by_then(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all fit on the page by the time that it is sorted, nothing is remembered."""
    memory = memory_of(ground)
    excerpt = memory.excerpt

    def later(search: Search) -> Excerpt | None:
        for name in NAMES[1:]:
            memory.execute(Delete(ground.dn(name)))
        return excerpt(search)

    monkeypatch.setattr(memory, "excerpt", later)

    page = first(ground.target(), replace(CHANGED, cursor=""))

    assert (names_on(page), page.total, page.next_cursor) == (["ann"], 1, None)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(asking(sort_by="userName", count=2), id="by a text"),
        pytest.param(asking('title ne "x"', sort_by="meta.created", count=2), id="residue"),
        pytest.param(asking(count=2), id="in no order"),
        pytest.param(replace(CHANGED, sort_values=lambda _ids: {}), id="kept beside it"),
    ],
)
def test_where_the_order_could_be_another(ground: Ground, query: Query) -> None:
    """What the directory cannot order or choose as SCIM does it is not asked for."""
    page = first(ground.target(), query)

    assert page.total == 7
    assert "excerpt" not in ground.directory.take()


def test_product_that_does_not_sort(ground: Ground) -> None:
    """Where a product's order is not relied on, all are read."""
    scan = replace(ground, product=AD).target().scan(CHANGED)

    assert scan.excerpt(2, wants=everything) is None


def test_several_domains() -> None:
    """Of several domains none is asked to sort: the list is in one order."""
    joint = Joint()
    joint.create("ann", "bob", "cid")
    for ground in joint.grounds.values():
        ground.directory.take()

    pages = list(by_index(joint.target(), CHANGED))

    assert sorted(name for page in pages for name in names_on(page)) == ["ann", "bob", "cid"]
    assert all("excerpt" not in ground.directory.take() for ground in joint.grounds.values())


@pytest.mark.parametrize("walk", [by_index, by_cursor])
def test_on_openldap(ldap_ground: Ground, walk: Callable[[Target, Query], Iterator[Page]]) -> None:
    """Slapd's order is ours."""
    create(ldap_ground, *NAMES)
    ldap_ground.directory.take()
    costs, names = [], []
    for page in walk(ldap_ground.target(), CHANGED):
        names.append(names_on(page))
        costs.append(ldap_ground.directory.take())
    # All at once, in our order.
    whole = first(ldap_ground.target(), replace(CHANGED, count=100))

    assert [name for page in names for name in page] == names_on(whole)
    assert costs[0] == ["search", "excerpt"]


def test_on_active_directory(ad_ground: Ground) -> None:
    """Active Directory is not asked to sort; its pages are in the same order."""
    create(ad_ground, "ann", "bob", "cid")
    pages = list(by_index(ad_ground.target(), CHANGED))
    whole = first(ad_ground.target(), replace(CHANGED, count=100))

    assert [name for page in pages for name in names_on(page)] == names_on(whole)
    assert "excerpt" not in ad_ground.directory.take()
