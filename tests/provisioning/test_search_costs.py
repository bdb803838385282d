"""What lists fetch and hold: no more than is asked for, and never more entries than a page has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from app.directory.dn import Rdn
from app.directory.model import Add
from app.provisioning.target import Page, Query, Target, nothing
from app.scim.errors import TooMany
from app.testing.server import DirectoryServer
from tests.provisioning.conftest import Ground, memory_ground
from tests.provisioning.walks import Holding, Watching, asking, by_cursor, by_index, create

SEVEN = ("ann", "bob", "cid", "dan", "eve", "fay", "gus")
EVERY_RESOURCE = {"entryUUID", "createTimestamp", "modifyTimestamp", "entryCSN"}
ACCOUNT = {"pwdAccountLockedTime", "pwdReset"}


def fill(ground: Ground, size: int) -> None:
    """Add many users, quickly."""
    for number in range(size):
        name = f"user{number}".encode()
        attributes = {"objectClass": (b"inetOrgPerson",), "uid": (name,), "cn": (name,), "sn": (name,)}
        ground.directory.execute(Add(ground.people.below(Rdn.of("uid", name.decode())), attributes))


@pytest.mark.parametrize(
    ("query", "fetched"),
    [
        pytest.param(asking(count=0), [set()], id="total"),
        pytest.param(asking("title pr", count=0), [set()], id="total of what the directory can tell"),
        pytest.param(asking('title ne "x"', count=0), [{"entryUUID", "title"}], id="total of the rest"),
        pytest.param(asking("title pr", count=100), [EVERY_RESOURCE], id="one page"),
        pytest.param(asking(count=2), [EVERY_RESOURCE, {"entryUUID"}], id="first page"),
        pytest.param(
            asking('title ne "x"', count=2),
            [EVERY_RESOURCE | {"title"}, {"entryUUID", "title"}],
            id="residue",
        ),
        pytest.param(
            asking('userName pr and not (name.familyName eq "x" or active eq false)', count=2),
            [EVERY_RESOURCE | ACCOUNT | {"sn", "uid"}, {"entryUUID", "sn", "uid"} | ACCOUNT],
            id="parts",
        ),
        pytest.param(
            asking('addresses[type eq "work" and locality ne "x"]', count=2, start_index=2),
            [{"entryUUID", "street", "l", "st", "postalCode", "postalAddress", "homePostalAddress"}],
            id="elements",
        ),
        pytest.param(
            asking(sort_by="meta.lastModified", count=2, start_index=3),
            [{"entryUUID", "createTimestamp", "modifyTimestamp", "entryCSN"}, EVERY_RESOURCE],
            id="sorted",
        ),
        pytest.param(
            asking('groups.display ne "x"', count=2, start_index=3),
            [{"entryUUID", "memberOf"}, EVERY_RESOURCE | {"memberOf"}],
            id="references",
        ),
    ],
)
def test_what_is_fetched(query: Query, fetched: Sequence[set[str]]) -> None:
    """Looking for who matches fetches what decides it; a page what is wanted of it, and what its condition looks at."""
    ground = memory_ground()
    create(ground, *SEVEN)
    watching = Watching(ground.directory.inner)
    ground.directory.inner = watching

    ground.target().search(query, wants=nothing)

    assert [set(search.attributes) for search in watching.searches] == fetched


@pytest.mark.parametrize("walk", [by_index, by_cursor])
@pytest.mark.parametrize(
    "query",
    [
        pytest.param(asking(count=10), id="plain"),
        pytest.param(asking(count=10, sort_by="name.familyName"), id="sorted"),
        pytest.param(asking('title ne "x"', count=10), id="residue"),
        pytest.param(asking(count=0), id="total"),
    ],
)
def test_what_is_held(walk: Callable[[Target, Query], Iterator[Page]], query: Query) -> None:
    """However long a list is, no more entries are held than a page has, and the one that tells that there are others."""
    ground = memory_ground()
    fill(ground, 120)
    holding = Holding(ground.directory.inner)
    ground.directory.inner = holding

    if query.count:
        pages = list(walk(ground.target(), query))
        assert sum(len(page.resources) for page in pages) == 120
    else:
        ground.target().search(query)

    assert holding.most <= query.count + 2
    assert holding.held == 0


def test_long_pages_are_fetched_in_batches() -> None:
    """At most 500 entries are asked for by one search."""
    ground = memory_ground()
    fill(ground, 503)
    ground.directory.take()

    page = ground.target().search(asking(start_index=2, count=501), wants=nothing)

    assert (len(page.resources), page.total) == (501, 503)
    assert ground.directory.take() == ["search"] * 3


@pytest.mark.parametrize("limit", range(8))
def test_a_directory_that_stops(limit: int) -> None:
    """A limit of the directory is an error wherever it strikes, never a shorter list."""
    ground = memory_ground()
    create(ground, *SEVEN)
    ground.directory.inner = Watching(ground.directory.inner, size_limit=limit)
    queries = [
        asking(count=0),
        asking(count=3),
        asking(count=3, cursor=""),
        asking(count=3, start_index=4),
        asking(),
    ]

    for query in queries:
        if limit < len(SEVEN):
            with pytest.raises(TooMany):
                ground.target().search(query)
        else:
            assert ground.target().search(query).total == len(SEVEN)


def test_a_server_that_stops(ldap_ground: Ground, openldap: DirectoryServer) -> None:
    """A size limit of the server for our account is an error, also for a list that would fit on one page."""
    create(ldap_ground, *SEVEN)
    limits = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcLimits\nolcLimits: "
    account = f'dn.exact="{openldap.bind_dn}" time=unlimited'
    openldap.modify(f"{limits}{account} size=5 size.prtotal=5\n")

    try:
        for query in (asking(count=0), asking(count=3), asking(count=100), asking(count=3, start_index=2)):
            with pytest.raises(TooMany):
                ldap_ground.target().search(query)
    finally:
        openldap.modify(f"{limits}{account} size=unlimited size.prtotal=unlimited\n")
    assert ldap_ground.target().search(asking(count=100)).total == len(SEVEN)
