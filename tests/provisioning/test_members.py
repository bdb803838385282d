"""Members by pages: all of them, each once, at two round trips a page."""

import pytest

from app.directory.dn import Dn
from app.directory.model import Change, Modify
from app.provisioning.entries import Entries
from app.provisioning.members import MemberPage, page_of_members
from app.scim.errors import NotFound
from tests.provisioning.conftest import Ground, memory_ground
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import group, people


@pytest.fixture
def ground() -> Ground:
    """Provide a domain in memory."""
    return memory_ground()


def _entries(ground: Ground, name: str = "Group") -> Entries:
    domain = ground.domain()
    return Entries(domain, domain.maps[name])


def _names(page: MemberPage) -> list[str | None]:
    return [member.referent.display if member.referent else None for member in page.members]


def test_pages_hold_everybody_once(ground: Ground) -> None:
    """Three pages of two have five members, and the placeholder is none of them."""
    names = ["ann", "bob", "cid", "dan", "eve"]
    found = group(ground, "Sales", *people(ground, *names))

    pages = [page_of_members(_entries(ground), id_of(found), start=start, count=2) for start in (1, 3, 5)]

    assert sorted(name or "" for page in pages for name in _names(page)) == names
    assert {page.total for page in pages} == {5}


def test_a_page_costs_two_round_trips(ground: Ground) -> None:
    """The group is read, then those of the page are looked up."""
    found = group(ground, "Sales", *people(ground, "ann", "bob", "cid"))
    ground.directory.take()

    page_of_members(_entries(ground), id_of(found), start=1, count=2)

    assert ground.directory.take() == ["search", "search"]


def test_an_empty_group_has_an_empty_page(ground: Ground) -> None:
    """The placeholder that groupOfNames demands is not shown."""
    found = group(ground, "Sales")

    assert page_of_members(_entries(ground), id_of(found), start=1, count=2) == MemberPage((), 0)


def test_names_of_nobody_are_shown_as_they_are(ground: Ground) -> None:
    """Administrators see also what SCIM clients do not: members that are gone."""
    found = group(ground, "Sales", *people(ground, "ann"))
    dn = _entries(ground).find(id_of(found), wants=lambda _: False).dn
    gone = Dn.parse(f"uid=gone,{ground.base}")
    ground.directory.execute(Modify(dn, (Change("add", "member", (str(gone).encode(),)),)))

    page = page_of_members(_entries(ground), id_of(found), start=1, count=10)

    assert [member.name for member in page.members if member.referent is None] == [str(gone)]
    assert page.total == 2


def test_a_map_without_members_has_no_pages(ground: Ground) -> None:
    """Users have no members."""
    [ann] = people(ground, "ann")

    with pytest.raises(NotFound):
        page_of_members(_entries(ground, "User"), ann, start=1, count=2)
