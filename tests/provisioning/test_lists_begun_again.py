"""Lists that are begun again while nothing has changed: by what the directory tells, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.directory.dialects.ds389 import Ds389
from app.directory.dialects.openldap import LOCKED_FOR_EVER
from app.directory.dn import Dn
from app.directory.errors import InvalidCredentials, Unavailable
from app.directory.model import Change, Delete, Entry, Modify, Search, SetPassword
from app.provisioning.directory_state import DirectoryState
from app.provisioning.events import noting
from app.provisioning.external_ids import Keeping, WithExternalIds
from app.provisioning.target import Query, everything, nothing
from app.store.database import Database
from app.store.external_ids import ExternalIds, Shelf
from app.testing.slapd import Slapd
from tests.preparation.broken import Break, replacing, running
from tests.preparation.conftest import connected
from tests.provisioning.conftest import RESOURCE_TYPES, CountingDirectory, Ground, Product, memory_ground
from tests.provisioning.test_joint_target import Joint
from tests.provisioning.walks import Watching, asking, by_index, create, names_on

STATE = "contextCSN"
LOCKED = "urn:landbridge:scim:schemas:extension:account:1.0:User:locked"
LISTS = {
    "active": "active eq true",
    "disabled": "active eq false",
    "locked": f"{LOCKED} eq true",
    "free": f"{LOCKED} eq false",
}
WITH_LOCKS = Product(maps=("openldap-user-scim", "openldap-group"))
NAMES = ("ann", "bob", "cid", "dan", "eve")


@dataclass
class Seconds:
    """A clock that stands still until it is told to go on."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def telling_ground() -> Ground:
    """Make a domain in memory whose base tells the state of the directory, as the naming context of a server does."""
    ground = memory_ground()
    ground.state = DirectoryState(Seconds())
    create(ground, *NAMES)
    tell(ground, "1")
    return ground


def tell(ground: Ground, state: str) -> None:
    """Have the directory tell another state."""
    ground.directory.inner.execute(Modify(ground.base, (Change("replace", STATE, (state.encode(),)),)))


def test_on_openldap(ldap_ground: Ground) -> None:
    """A first page costs two searches while nothing has changed, and whatever changes is seen at once."""
    begin_again(ldap_ground)


def test_on_active_directory(ad_ground: Ground) -> None:
    """A first page costs two searches while nothing has changed, and whatever changes is seen at once."""
    begin_again(ad_ground)


def begin_again(ground: Ground) -> None:
    """List, list again, and change something by somebody else's hand."""
    ground.state = DirectoryState(lambda: 0.0)
    create(ground, *NAMES)
    target, query = ground.target(), asking(count=2)
    whole = target.search(query, wants=everything)
    ground.directory.take()

    again = target.search(query, wants=everything)

    assert ground.directory.take() == ["search", "search"]
    assert (names_on(again), again.total) == (names_on(whole), whole.total) == (names_on(whole), 5)
    assert target.search(asking(count=0)).total == 5
    assert ground.directory.take() == ["search"]
    assert sorted(name for page in by_index(target, query) for name in names_on(page)) == list(NAMES)
    found = next(iter(ground.directory.search(Search(ground.dn("cid"), "base"))))
    ground.directory.inner.execute(Delete(found.dn))
    assert target.search(query, wants=everything).total == 4
    assert target.search(asking(count=0)).total == 4
    create(ground, "fay")
    assert target.search(query, wants=everything).total == 5


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        (None, ["subtree", "base"]),
        ('userName co "n"', ["subtree", "base"]),
        ('userName co "n" and not (title eq "x")', ["subtree", "base"]),
        ('externalId eq "E1" or userName co "n"', ["subtree", "subtree"]),
    ],
)
def test_beside_kept_external_ids(database: Database, text: str | None, scopes: list[str]) -> None:
    """The directory tells of a filter that looks at nothing that is kept beside it."""
    ground = telling_ground()
    watching = Watching(ground.directory.inner)
    ground.directory.inner = watching
    record = noting(ground.recorded.append)
    keeping = Keeping(ExternalIds(database), Shelf("hr", "PRIMARY", "User"), RESOURCE_TYPES["User"], record)
    target, query = WithExternalIds(ground.target(record=record), keeping), asking(text, count=1)
    whole = target.search(query, wants=everything)
    watching.searches.clear()

    again = target.search(query, wants=everything)

    assert (names_on(again), again.total) == (names_on(whole), whole.total)
    assert [search.scope for search in watching.searches] == scopes


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Slapd]:
    """Run a slapd that locks whoever gives two wrong passwords."""
    policy = replacing("pwdLockout: TRUE", "pwdLockout: TRUE\npwdMaxFailure: 2")
    with running(Break(base=policy), tmp_path) as server:
        yield server


@pytest.mark.directory
def test_lockouts(strict: Slapd) -> None:
    """Who is disabled, or locked by wrong passwords, is in the next list of each process, and in none of the others."""
    with closing(connected(strict)) as directory, closing(connected(strict)) as another:
        ground = Ground(CountingDirectory(directory), Dn.parse(strict.base_dn), product=WITH_LOCKS)
        ground.state = DirectoryState(lambda: 0.0)
        processes = (
            ground,
            replace(ground, directory=CountingDirectory(another), state=DirectoryState(lambda: 0.0)),
        )
        create(ground, "ann", "bob")
        [ann, bob] = [ground.dn(name) for name in ("ann", "bob")]
        directory.execute(SetPassword(ann, "right"))
        assert told(processes) == [{"active": "ann bob", "disabled": "", "locked": "", "free": "ann bob"}] * 2

        for _ in range(2):
            with suppress(InvalidCredentials):
                directory.authenticate(ann, "wrong")
        assert told(processes) == [{"active": "ann bob", "disabled": "", "locked": "ann", "free": "bob"}] * 2

        another.execute(Modify(bob, (Change("add", "pwdAccountLockedTime", (LOCKED_FOR_EVER,)),)))
        assert told(processes) == [{"active": "ann", "disabled": "bob", "locked": "ann", "free": "bob"}] * 2


def told(processes: Iterable[Ground]) -> list[dict[str, str]]:
    """List page by page who is enabled and who is locked, as each process tells it."""
    return [{name: listed(ground, text) for name, text in LISTS.items()} for ground in processes]


def listed(ground: Ground, text: str) -> str:
    """Name all on a list that has a page for each, and so begins with a snapshot."""
    pages = list(by_index(ground.target(), asking(text, count=1)))
    names = sorted(name for page in pages for name in names_on(page))
    assert {page.total for page in pages} == {len(names)}
    return " ".join(names)


def test_locks_that_the_directory_does_not_tell() -> None:
    """Where a lock begins, or ends, and the state stays the same, lists by locks are right all the same."""
    ground = replace(telling_ground(), product=WITH_LOCKS)
    target = ground.target()
    query = asking(LISTS["free"], count=2)
    assert target.search(query).total == len(NAMES)
    moment = (b"20260102030405Z",)
    ground.directory.inner.execute(Modify(ground.dn("ann"), (Change("add", "pwdAccountLockedTime", moment),)))

    assert target.search(query).total == len(NAMES) - 1
    assert target.scan(asking(sort_by=LOCKED)).state() is None
    assert target.scan(asking(LISTS["active"])).state() is not None


def test_another_state_begins_anew() -> None:
    """Where the directory tells another state the list is read again; where it tells the same, it is not."""
    ground = telling_ground()
    target = ground.target()
    target.search(asking(count=2))
    ground.directory.inner.execute(Delete(ground.dn("eve")))

    assert target.search(asking(count=2)).total == 5, "the directory told that nothing had changed"
    tell(ground, "2")
    assert target.search(asking(count=2)).total == 4
    assert target.search(asking(count=2, cursor="")).total == 4


def test_by_cursor() -> None:
    """A list by cursor that is begun again goes on in the snapshot of the first one."""
    ground = telling_ground()
    target = ground.target()
    target.search(asking(count=2, cursor=""))
    ground.directory.take()

    page = target.search(asking(count=2, cursor=""), wants=everything)
    assert page.next_cursor is not None
    following = target.search(asking(count=2, cursor=page.next_cursor), wants=everything)

    assert names_on(page) + names_on(following) == list(NAMES[:4])
    assert ground.directory.take() == ["search"] * 3


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(asking('externalId ne "x"', count=2), id="filter"),
        pytest.param(asking(sort_by="externalId", count=2), id="order"),
    ],
)
def test_what_is_kept_beside_the_directory(query: Query) -> None:
    """Who matches, or in which order, is not told by the directory alone: such lists begin anew."""
    ground = telling_ground()
    asked = replace(query, asked=query.filter, sort_values=lambda _: {})

    assert ground.target().scan(asked).state() is None
    assert ground.target().scan(asking()).state() is not None


def test_too_old() -> None:
    """After two minutes a list begins anew in any case: a filter may hold what is so by the time of day."""
    ground = telling_ground()
    target = ground.target()
    target.search(asking(count=2))
    for _ in range(2):
        ground.clock.advance(60)
        target.search(asking(count=2, start_index=3))
    ground.directory.inner.execute(Delete(ground.dn("eve")))

    assert target.search(asking(count=2)).total == 4


def test_a_directory_that_tells_nothing() -> None:
    """Where nothing is told somebody looks again after five minutes, and lists begin anew until then."""
    ground, seconds = memory_ground(), Seconds()
    ground.state = DirectoryState(seconds)
    create(ground, *NAMES)
    target, domain = ground.target(), ground.domain()

    costs = []
    for now in (0.0, 299.0, 300.0):
        seconds.now = now
        target.search(asking(count=2), wants=nothing)
        costs.append(len(ground.directory.take()))

    # The base, and the two names above it, are asked.
    assert costs == [2 + len(domain.base.rdns), 2, 2 + len(domain.base.rdns)]


def test_a_directory_that_does_not_answer() -> None:
    """Who cannot ask for the state does without it."""
    ground = telling_ground()
    state, domain = DirectoryState(Seconds()), ground.domain()

    assert state.of(domain.directory, domain.dialect, domain.base) is not None
    assert state.of(Deaf(ground.directory.inner), domain.dialect, domain.base) is None
    assert state.of(domain.directory, Ds389(), domain.base) is not None, "where to ask is known by now"
    assert DirectoryState(Seconds()).of(domain.directory, Ds389(), domain.base) is None


@pytest.mark.parametrize("is_replicated", [True, False])
def test_several_servers(*, is_replicated: bool) -> None:
    """Of several servers each has a state of its own, so none is told."""
    ground = telling_ground()
    domain = ground.domain()
    directory = Several(ground.directory.inner, is_replicated=is_replicated)

    state = DirectoryState(Seconds()).of(directory, domain.dialect, domain.base)

    assert (state is None) == is_replicated


def test_several_domains() -> None:
    """A list over several domains is begun again if all of them tell that nothing has changed."""
    joint = Joint()
    for name, ground in joint.grounds.items():
        ground.state = DirectoryState(Seconds())
        create(ground, f"{name}1", f"{name}2")
        tell(ground, "1")
    target, query = joint.target(), asking(count=3)
    target.search(query)
    grounds = list(joint.grounds.values())
    for ground in grounds:
        ground.directory.take()

    assert target.search(query).total == 6
    assert max(len(ground.directory.take()) for ground in grounds) == 2
    create(grounds[2], "another")
    tell(grounds[2], "2")
    assert target.search(query).total == 7


class Deaf(Watching):
    """A directory that does not answer."""

    def search(self, search: Search) -> Iterator[Entry]:
        """Raise."""
        raise Unavailable(f"gone, with {search.base}")


@dataclass
class Several(Watching):
    """A directory behind several servers, or behind one."""

    is_replicated: bool = True


def test_products_that_tell_nothing() -> None:
    """A product that tells no state is not asked for one."""
    assert Product(dialect=Ds389()).dialect.states(memory_ground().base) == ()
