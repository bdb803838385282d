"""A directory of 100,000 users, all of them in one group: lists are walked, and the group changed and read, by HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

import pytest

from app.directory.model import Entry, Operation, Search
from app.testing.slapd import Slapd
from tests.provisioning.walks import Holding
from tests.store.fakes import FrozenClock
from tests.web.console.fakes import Console
from tests.web.scim.bridge import Bridge, make_bridge, read

pytestmark = pytest.mark.directory
USERS = 100_000
PAGE = 1000
SPACE = UUID("5ca1ab1e-0000-4000-8000-000000000000")
GROUP_ID = str(uuid5(SPACE, "group"))


@dataclass
class Watched(Holding):
    """Counts round trips, a search by its pages, and what is held at once."""

    page_size: int = 500
    asked: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    read: Counter[str] = field(default_factory=Counter)
    """How many entries were read: whole ones, and those of which only the id was wanted."""

    def search(self, search: Search) -> Iterator[Entry]:
        """Count a search and its pages."""
        self.asked.append("search")
        self.attributes |= {name.lower() for name in search.attributes}
        kind = "ids" if len(search.attributes) <= 1 else "whole"
        for number, entry in enumerate(super().search(search)):
            self.read[kind] += 1
            if number and number % self.page_size == 0:
                self.asked.append("page")
            yield entry

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Count an operation."""
        self.asked.append(type(operation).__name__)
        self.attributes |= {name.lower() for name in read_back}
        return super().execute(operation, read_back=read_back)

    def take(self) -> list[str]:
        """Return what was asked since the last time, and forget it, and what was held."""
        asked, self.asked = self.asked, []
        self.attributes, self.most, self.read = set(), self.held, Counter()
        return asked


def entries(slapd: Slapd) -> Iterator[str]:
    """Write everybody, and the group that all are in."""
    name = f"cn=everybody,{slapd.groups_dn}"
    for number in range(USERS):
        yield (
            f"dn: uid=user{number},{slapd.people_dn}\nobjectClass: inetOrgPerson\nuid: user{number}\n"
            f"cn: User {number}\nsn: {number}\nmail: user{number}@example.org\nmemberOf: {name}\n"
            f"entryUUID: {uuid5(SPACE, str(number))}\n\n"
        )
    yield f"dn: {name}\nobjectClass: groupOfNames\ncn: everybody\nentryUUID: {GROUP_ID}\nmember:\n"
    for number in range(USERS):
        yield f"member: uid=user{number},{slapd.people_dn}\n"


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Give a service over such a directory."""
    directory = tmp_path_factory.mktemp("big")
    with Slapd(directory / "slapd", durable=False) as slapd:
        with (directory / "seed.ldif").open("w") as file:
            file.writelines(entries(slapd))
        slapd.seed(directory / "seed.ldif")
        bridge = make_bridge(directory / "data", slapd)
        yield bridge
        bridge.close()


@pytest.fixture
def watched(big: Bridge) -> Iterator[Watched]:
    """Watch how the directory is asked."""
    domain = big.services.configurations.current().domains["PRIMARY"]
    inner = domain.directory
    watched = Watched(inner)
    object.__setattr__(domain, "directory", watched)
    yield watched
    object.__setattr__(domain, "directory", inner)


def test_walk_by_index(big: Bridge, watched: Watched) -> None:
    """All are listed once; the ids are read once in all, and each page costs a page."""
    seen: set[str] = set()
    most = 0
    for start in range(1, USERS + 1, PAGE):
        found = read(big.get(f"/Users?startIndex={start}&count={PAGE}&attributes=userName"))
        assert (found["totalResults"], found["itemsPerPage"]) == (USERS, PAGE)
        seen |= {each["userName"] for each in found["Resources"]}
        most = max(most, watched.most)

    pages = USERS // PAGE
    assert len(seen) == USERS
    assert watched.asked.count("page") < USERS / watched.page_size + 3 * pages
    assert watched.asked.count("search") < 3 * pages
    assert most <= 2 * PAGE


def test_walk_by_cursor(big: Bridge, watched: Watched) -> None:
    """Pages come in the order of names, with no more held than a page or two; only the first costs a look at all."""
    names: list[str] = []
    cursor, costs = "", []
    for _ in range(10):
        query = f"cursor={cursor}&count={PAGE}&attributes=userName&sortBy=userName"
        found = read(big.get(f"/Users?{query}"))
        names += [each["userName"] for each in found["Resources"]]
        cursor = found["nextCursor"]
        assert (found["totalResults"], watched.most <= 2 * PAGE) == (USERS, True)
        costs.append(watched.take().count("page"))

    assert names == sorted(f"user{number}" for number in range(USERS))[: len(names)]
    assert costs[0] < USERS / watched.page_size + 4
    assert max(costs[1:]) < 4


def test_one_member_of_many(big: Bridge, watched: Watched) -> None:
    """Who joins or leaves costs two round trips, and nobody's membership is read for it."""
    joining = big.user("newcomer")
    path = f"/Groups/{GROUP_ID}"
    watched.take()

    joined = big.patch(path, {"op": "add", "path": "members", "value": [{"value": joining["id"]}]})
    cost, looked_at = watched.take(), watched.attributes
    found = read(big.get(f"/Users/{joining['id']}"))
    watched.take()
    left = big.patch(path, {"op": "remove", "path": f'members[value eq "{joining["id"]}"]'})

    assert (joined.status_code, left.status_code) == (204, 204)
    assert cost == watched.take() == ["search", "Modify"]
    assert "member" not in looked_at
    assert [group["display"] for group in found["groups"]] == ["everybody"]
    assert "groups" not in read(big.get(f"/Users/{joining['id']}"))
    assert big.send("DELETE", f"/Users/{joining['id']}").status_code == 204


def test_group_without_its_members(big: Bridge, watched: Watched) -> None:
    """Members that are not wanted are not read, by id, in lists and after a change."""
    watched.take()

    one = read(big.get(f"/Groups/{GROUP_ID}?excludedAttributes=members"))
    listed = read(big.get("/Groups?excludedAttributes=members"))["Resources"]

    assert one == listed[0]
    assert "members" not in one
    assert "member" not in watched.attributes
    assert watched.asked == ["search"] * 2


def test_all_members(big: Bridge, watched: Watched) -> None:
    """All members are read by two searches, page by page: of their entries no more than a page is held."""
    watched.take()

    found = read(big.get(f"/Groups/{GROUP_ID}"))

    assert len({each["value"] for each in found["members"]}) == USERS
    assert (
        watched.asked.count("search") <= 3
    )  # the third, if nobody had asked whether entries tell their groups
    assert watched.most <= watched.page_size + 2


@pytest.fixture
def console(big: Bridge) -> Console:
    """Open the console over it."""
    opened = Console(big.app, big.services, FrozenClock(), big.app.test_client())
    assert opened.sign_in().status_code == 302
    return opened


@pytest.mark.parametrize(
    ("path", "text", "ids"),
    [
        ("", "<h1>Home</h1>", 1),
        ("/users?domain=PRIMARY&count=25", f"of {USERS}</p>", USERS + 2),
        ("/users?domain=PRIMARY&q=user99999", "user99999", 2),
        ('/users?domain=PRIMARY&filter=userName eq "user4711"', "user4711", 2),
        ("/groups?domain=PRIMARY", "everybody", 2),
        (f"/groups/PRIMARY/{GROUP_ID}?count=25&start=50001", "user", 2),
    ],
)
def test_console_pages(console: Console, watched: Watched, path: str, text: str, ids: int) -> None:
    """Home, lists, searches and the members of a group of all read a page's worth of entries, and hold no more."""
    watched.take()

    page = console.text(f"/console{path}")

    assert text in page
    assert watched.read["whole"] <= 30
    assert watched.read["ids"] <= ids
    assert watched.most <= watched.page_size + 2


def test_next_page_in_the_console(console: Console, watched: Watched) -> None:
    """Who counts all has read their ids, once: the next page has them."""
    console.text("/console/users?domain=PRIMARY&count=25")
    watched.take()

    page = console.text("/console/users?domain=PRIMARY&count=25&start=50001")

    assert "user" in page
    assert watched.read["whole"] <= 30
    assert watched.read["ids"] <= 1
