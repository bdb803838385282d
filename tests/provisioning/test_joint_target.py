"""Several domains are one list, one set of names and one place to look for ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from secrets import token_hex

import pytest

from app.directory.dn import Dn
from app.directory.errors import Unavailable
from app.directory.model import Entry, Operation, Search
from app.directory.port import Capabilities, Directory
from app.provisioning.domain import Domain
from app.provisioning.domain_names import Place, naming, split
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.joint_target import JointTarget, Member
from app.provisioning.search import Paging
from app.provisioning.target import Target, everything
from app.scim.errors import (
    ExpiredCursor,
    InvalidValue,
    NotFound,
    ScimError,
    ServiceUnavailable,
    UniquenessConflict,
)
from app.scim.patch_operations import parse_patch
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.allocations import Allocations
from app.store.snapshots import Snapshots
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, memory_ground, store, user
from tests.provisioning.walks import asking, by_cursor, by_index, names_on
from tests.store.fakes import FrozenClock

USER = RESOURCE_TYPES["User"]
NAMES = ("A", "B", "C")
PATH = naming(USER)


@dataclass
class Frail:
    """A directory that may be away."""

    inner: Directory
    is_away: bool = False

    def search(self, search: Search) -> Iterator[Entry]:
        """Search, if it is there."""
        self._check()
        return self.inner.search(search)

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Write, if it is there."""
        self._check()
        return self.inner.execute(operation, read_back=read_back)

    def authenticate(self, dn: Dn, password: str) -> None:
        """Pass on."""
        self.inner.authenticate(dn, password)

    def capabilities(self) -> Capabilities:
        """Pass on."""
        return self.inner.capabilities()

    def _check(self) -> None:
        if self.is_away:
            raise Unavailable("gone")


@dataclass
class Joint:
    """Three domains in memory."""

    tolerates: bool = False
    grounds: dict[str, Ground] = field(default_factory=lambda: {name: memory_ground() for name in NAMES})
    frail: dict[str, Frail] = field(default_factory=dict)
    clock: FrozenClock = field(default_factory=FrozenClock)
    application: str = field(default_factory=lambda: token_hex(8))
    unusable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, ground in self.grounds.items():
            self.frail[name] = Frail(ground.directory.inner)
            ground.directory.inner = self.frail[name]

    def target(self, *only: str) -> JointTarget:
        """Join them, or some of them."""
        paging = Paging(Snapshots(store(), clock=self.clock, random_hex=token_hex), b"key", self.application)
        members = [self._member(name, paging) for name in only or NAMES]
        return JointTarget(members, paging, tolerates=self.tolerates)

    def _member(self, name: str, paging: Paging) -> Member:
        place = Place(name, NAMES, PATH)
        if name in self.unusable:
            return Member(place, None, lambda _: False)
        ground = self.grounds[name]
        domain = replace(
            _wired(), name=name, directory=ground.directory, names=ground.seen, state=ground.state
        )
        record = self.grounds[name].recorded.append
        target = DomainTarget(
            domain,
            domain.maps["User"],
            record,
            behaviour=Behaviour(paging, Allocations(store(), clock=self.clock)),
        )
        return Member(place, target, lambda resource_id: domain.names.get(resource_id) is not None)

    def create(self, *names: str) -> list[str]:
        """Create users, and return their ids."""
        return [str(self.target().create(user(userName=name)).attributes["id"]) for name in names]


@cache
def _wired() -> Domain:
    return memory_ground().domain()


@pytest.fixture
def joint() -> Joint:
    """Give three empty domains."""
    return Joint()


def found(target: Target, text: str | None = None, **asked: object) -> list[str]:
    """List names."""
    return names_on(target.search(asking(text, **asked)))  # type: ignore[arg-type]  # the names are asking's


def patch(target: Target, resource_id: str, **values: str) -> Resource:
    """Change attributes."""
    operation: Value = {"op": "replace", "value": values}
    return target.patch(resource_id, parse_patch({"Operations": [operation]}, USER))


def put(target: Target, resource_id: str, **values: str) -> Resource:
    """Replace a user."""
    return target.replace(resource_id, user(**values))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jo", (None, "jo")),
        ("B/jo", ("B", "jo")),
        ("b/jo", ("B", "jo")),
        ("B/a/b", ("B", "a/b")),
        ("X/jo", (None, "X/jo")),
        ("/jo", (None, "/jo")),
        ("B", (None, "B")),
        ("B/", ("B", "")),
    ],
)
def test_split(name: str, expected: tuple[str | None, str]) -> None:
    """Only the name of a domain before the first slash is one."""
    assert split(name, NAMES) == expected


def test_create(joint: Joint) -> None:
    """The first domain creates, unless a name names another; a slash is otherwise just a slash."""
    joint.create("jo", "B/jo", "X/jo", "A/al")

    assert found(joint.target()) == ["jo", "X/jo", "al", "B/jo"]
    assert found(joint.target("B")) == ["B/jo"]
    with pytest.raises(UniquenessConflict):
        joint.create("b/JO")


def test_ids_are_found_anywhere(joint: Joint) -> None:
    """A resource is read, changed and deleted in whichever domain it is, and next time found at once."""
    joint.create("jo")
    [there] = joint.create("C/jo")
    target = joint.target()

    assert target.read(there).attributes["userName"] == "C/jo"
    assert patch(target, there, title="x", userName="C/joe").attributes["userName"] == "C/joe"
    replaced = target.replace(there, user(userName="c/joey"))
    assert (replaced.attributes["userName"], replaced.get(PATH)) == ("C/joey", "C/joey")  # type: ignore[arg-type]  # not None
    target.delete(there)
    with pytest.raises(NotFound):
        target.read(there)
    with pytest.raises(NotFound):
        target.delete(there)


def test_domain_of_an_id_is_remembered(joint: Joint) -> None:
    """Where a resource was seen last is asked first."""
    [there] = joint.create("C/jo")
    target = joint.target()
    target.read(there)
    for ground in joint.grounds.values():
        ground.directory.take()

    target.read(there)

    assert [ground.directory.take() for ground in joint.grounds.values()] == [[], [], ["search"]]


@pytest.mark.parametrize("how", ["patch", "replace"])
def test_resources_stay(joint: Joint, how: str) -> None:
    """A resource cannot be moved to another domain by its name, wherever it is."""
    for resource_id in joint.create("jo", "B/jo"):
        target = joint.target()
        change = patch if how == "patch" else put
        with pytest.raises(InvalidValue, match="stays there"):
            change(target, resource_id, userName="C/jo")


def test_another_domain_is_not_seen(joint: Joint) -> None:
    """What is in another domain than the one addressed is not there."""
    [first] = joint.create("jo")

    with pytest.raises(NotFound):
        joint.target("B", "C").read(first)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('userName eq "jo"', ["jo", "B/jo"], id="a name in any of them"),
        pytest.param('userName eq "b/jo"', ["B/jo"], id="a name in one of them"),
        pytest.param('userName eq "A/jo"', ["jo"], id="a name in the first"),
        pytest.param('userName eq "X/jo"', ["X/jo"], id="a name with a slash"),
        pytest.param('userName ne "B/jo"', ["jo", "X/jo", "C/al"], id="not that one"),
        pytest.param('userName sw "B/"', ["B/jo"], id="all of one"),
        pytest.param('userName eq "B/"', [], id="the domain alone"),
        pytest.param('not (userName sw "B/j") and userName sw "j"', ["jo"], id="not, and"),
        pytest.param('userName eq "C/al" or title pr', ["C/al"], id="or"),
        pytest.param('emails[value co "x"]', [], id="something else"),
    ],
)
def test_filters(joint: Joint, text: str, expected: list[str]) -> None:
    """A name in a filter is one in any domain, or in the one that it names."""
    joint.create("jo", "X/jo", "B/jo", "C/al")

    assert found(joint.target(), text) == expected


MANY = ("d", "B/a", "c", "C/b", "e", "B/f", "A/g", "C/h")


@pytest.mark.parametrize("sort_by", [None, "userName"])
@pytest.mark.parametrize("count", [1, 3, 8, 100])
def test_pages(joint: Joint, sort_by: str | None, count: int) -> None:
    """Walking by index and by cursor shows everybody once, in one order, with one total."""
    joint.create(*MANY)
    query = asking(sort_by=sort_by, count=count)

    indexed = list(by_index(joint.target(), query))
    followed = list(by_cursor(joint.target(), query))

    in_domains = ["d", "c", "e", "g", "B/a", "B/f", "C/b", "C/h"]
    expected = sorted(in_domains, key=str.lower) if sort_by else in_domains
    for pages in (indexed, followed):
        assert [name for page in pages for name in names_on(page)] == expected
        assert {page.total for page in pages} == {8}


def test_sorted_downwards(joint: Joint) -> None:
    """The order can be the other way round."""
    joint.create(*MANY)

    assert found(joint.target(), sort_by="userName", order="descending", count=3) == ["g", "e", "d"]
    assert joint.target().search(asking(count=0), wants=everything).total == 8


def test_cursor_belongs_to_the_domains(joint: Joint) -> None:
    """A cursor of one list is none of the list of fewer domains."""
    joint.create(*MANY)
    page = joint.target().search(asking(count=2, cursor=""))

    with pytest.raises(ScimError):
        joint.target("A", "B").search(asking(count=2, cursor=page.next_cursor))
    joint.clock.advance(1000)
    with pytest.raises(ExpiredCursor):
        joint.target().search(asking(count=2, cursor=page.next_cursor))


def test_domain_that_is_away(joint: Joint) -> None:
    """A list that would lack a domain fails, and says which; ids elsewhere are found all the same."""
    joint.create("jo")
    [there] = joint.create("C/jo")
    joint.frail["B"].is_away = True

    with pytest.raises(ServiceUnavailable, match="The user store domain B"):
        joint.target().search(asking())
    assert joint.target().read(there).attributes["userName"] == "C/jo"
    with pytest.raises(ServiceUnavailable):
        joint.target().read("0a1b2c3d-0000-1000-8000-00805f9b34fb")


@pytest.mark.parametrize("count", [1, 100])
def test_domain_that_is_left_out(joint: Joint, count: int) -> None:
    """Where that is tolerated the list goes without it, and names it."""
    joint.tolerates = True
    joint.create("jo", "B/jo", "C/jo")
    joint.frail["B"].is_away = True

    pages = list(by_index(joint.target(), asking(count=count)))

    assert [name for page in pages for name in names_on(page)] == ["jo", "C/jo"]
    assert pages[0].missing == ("B",)


def test_domain_that_cannot_be_used(joint: Joint) -> None:
    """A domain whose document cannot be used is one that does not answer."""
    joint.create("jo")
    joint.unusable = ("B",)

    with pytest.raises(ServiceUnavailable, match="domain B cannot be used"):
        joint.target().search(asking())
    with pytest.raises(ServiceUnavailable, match="domain B cannot be used"):
        joint.create("B/jo")
    joint.tolerates = True
    page = joint.target().search(asking())
    assert (names_on(page), page.missing) == (["jo"], ("B",))


def test_without_names() -> None:
    """Resources that nothing names are shown and taken as they are."""
    place = Place("B", NAMES, None)

    assert place.shown(user()) == user()
    assert place.resource(user()) == user()
