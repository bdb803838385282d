"""The mass-change guard: what is too much is held, what is protected stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from app.directory.dn import Dn
from app.directory.filter_text import parse_filter
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.entries import Entries
from app.provisioning.guard import Sentry
from app.provisioning.protection import Protection
from app.provisioning.scales import COUNT_EVERY_SECONDS, Populations
from app.provisioning.search import Paging
from app.scim.errors import Forbidden, ScimError, TooManyRequests
from app.scim.patch_operations import parse_patch
from app.store.allocations import Allocations
from app.store.change_limits import UNLIMITED, ChangeLimits, Limit
from app.store.database import Database
from app.store.held_changes import GOOD_FOR, HeldChanges, NoSuchHeldChange
from app.store.snapshots import Snapshots
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, memory_ground, user
from tests.provisioning.test_groups import group

HOUR = timedelta(hours=1)


@dataclass
class Post:
    """A domain with a guard, and what sends requests to it."""

    ground: Ground
    book: HeldChanges
    domain_limits: ChangeLimits = UNLIMITED
    limits: ChangeLimits = UNLIMITED
    protection: Protection = Protection()  # noqa: RUF009 - a frozen value

    def __post_init__(self) -> None:
        """Begin counting."""
        self.populations = Populations(self._seconds)

    def _seconds(self) -> float:
        return self.ground.clock.now.timestamp()

    def sentry(self, application: str = "hr") -> Sentry:
        """Begin a request."""
        return Sentry(self.book, self.populations, "ann", application, self.limits)

    def target(self, kind: str = "User", *, sentry: Sentry | None = None) -> DomainTarget:
        """Return where requests go; each has a guard of its own unless one is given."""
        plain = self.ground.domain()
        domain = replace(plain, guard=self.domain_limits, protection=self.protection)
        snapshots = Snapshots(self.book._database, clock=self.ground.clock, random_hex=token_hex)  # noqa: SLF001 - the store of the test
        allocations = Allocations(self.book._database, clock=self.ground.clock)  # noqa: SLF001 - the same
        paging = Paging(snapshots, b"key", "hr")
        behaviour = Behaviour(paging, allocations, sentry=sentry or self.sentry())
        return DomainTarget(domain, domain.maps[kind], self.ground.recorded.append, behaviour=behaviour)

    def users(self, count: int) -> list[str]:
        """Create users; return their ids."""
        return [
            str(self.target().create(user(userName=f"user{number}")).attributes["id"])
            for number in range(count)
        ]

    def patch(self, kind: str, resource_id: str, *operations: dict[str, Any], **arguments: Any) -> None:
        """Change a resource."""
        parsed = parse_patch({"Operations": list(operations)}, RESOURCE_TYPES[kind])
        self.target(kind, **arguments).patch(resource_id, parsed)

    def disable(self, resource_id: str) -> None:
        """Disable a user."""
        self.patch("User", resource_id, {"op": "replace", "path": "active", "value": False})


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """Make a guarded domain in memory."""
    database = Database(f"sqlite:///{tmp_path}/guard.db")
    database.migrate()
    ground = memory_ground()
    yield Post(ground, HeldChanges(database, clock=ground.clock, random_hex=token_hex))
    database.dispose()


def _limits(**limits: Limit) -> ChangeLimits:
    return ChangeLimits(limits)  # type: ignore[arg-type]  # the names are kinds


def _refused(error: pytest.ExceptionInfo[ScimError]) -> str:
    assert "Nothing was changed" in error.value.detail
    return error.value.detail


def test_what_is_within_the_limits_is_done(post: Post) -> None:
    """And nothing waits."""
    post.domain_limits = _limits(deletes=Limit(per_window=2))
    ids = post.users(3)

    post.target().delete(ids[0])
    post.target().delete(ids[1])

    assert post.book.list(None) == []


def test_what_is_beyond_the_limits_is_held(post: Post) -> None:
    """The client is told why, nothing is sent, and the change waits with its LDIF."""
    post.domain_limits = _limits(deletes=Limit(per_window=1))
    ids = post.users(2)
    post.target().delete(ids[0])
    post.ground.directory.take()

    with pytest.raises(Forbidden) as error:
        post.target().delete(ids[1])

    [held] = post.book.list()
    assert _refused(error) == (
        f"The change is held until an operator approves it (held change {held.id}): more than 1 resources deleted in "
        "60 minutes (domain PRIMARY). Nothing was changed; send it again later."
    )
    assert "Delete" not in post.ground.directory.take()
    assert (held.application, held.resource_id, held.action, held.actor) == ("hr", ids[1], "delete", "ann")
    assert held.amounts == {"deletes": 1}
    assert "changetype: delete" in held.plan
    assert post.target().read(ids[1]).attributes["userName"] == "user1"


def test_the_window_moves_on(post: Post) -> None:
    """What was done an hour ago counts no longer."""
    post.domain_limits = _limits(deletes=Limit(per_window=1))
    ids = post.users(2)
    post.target().delete(ids[0])

    post.ground.clock.advance(HOUR.total_seconds())
    post.target().delete(ids[1])

    assert post.book.list(None) == []


def test_a_change_that_comes_again_waits_once(post: Post) -> None:
    """Clients try again all the time."""
    post.domain_limits = _limits(deletes=Limit(per_window=0))
    [resource_id] = post.users(1)

    for _ in range(3):
        with pytest.raises(Forbidden):
            post.target().delete(resource_id)

    assert [held.attempts for held in post.book.list()] == [3]


def test_an_approved_change_is_let_through_once(post: Post) -> None:
    """The client makes it itself, when it comes again; the next one of its kind waits anew."""
    post.domain_limits = _limits(disables=Limit(per_window=0))
    [resource_id] = post.users(1)
    with pytest.raises(Forbidden):
        post.disable(resource_id)
    [held] = post.book.list()

    post.book.decide(held.id, approve=True, by="olga")
    post.disable(resource_id)

    assert post.target().read(resource_id).attributes["active"] is False
    assert (post.book.get(held.id).state, post.book.get(held.id).decided_by) == ("done", "olga")
    post.patch("User", resource_id, {"op": "replace", "path": "active", "value": True})
    with pytest.raises(Forbidden):
        post.disable(resource_id)


def test_an_approval_is_for_no_more_than_was_asked(post: Post) -> None:
    """Who was allowed to take two members out may not take three."""
    post.domain_limits = _limits(removals=Limit(per_request=1))
    ids = post.users(3)
    made = group(post.ground, "staff", *ids)
    group_id = str(made.attributes["id"])
    two, three = (
        {"op": "remove", "path": "members", "value": [{"value": each} for each in ids[:count]]}
        for count in (2, 3)
    )
    with pytest.raises(Forbidden):
        post.patch("Group", group_id, two)
    post.book.decide(post.book.list()[0].id, approve=True, by="olga")

    with pytest.raises(Forbidden):
        post.patch("Group", group_id, three)

    assert post.book.list()[0].amounts == {"removals": 3}


def test_a_rejected_change_is_not_asked_about_again(post: Post) -> None:
    """For a week; then it may be that things have changed."""
    post.domain_limits = _limits(deletes=Limit(per_window=0))
    [resource_id] = post.users(1)
    with pytest.raises(Forbidden):
        post.target().delete(resource_id)
    post.book.decide(post.book.list()[0].id, approve=False, by="olga")

    with pytest.raises(Forbidden, match="rejected"):
        post.target().delete(resource_id)

    assert post.book.list() == []
    post.ground.clock.advance(GOOD_FOR.total_seconds())
    with pytest.raises(Forbidden, match="is held"):
        post.target().delete(resource_id)


def test_an_approval_does_not_hold_for_ever(post: Post) -> None:
    """What nobody used within a week is asked about anew."""
    post.domain_limits = _limits(deletes=Limit(per_window=0))
    [resource_id] = post.users(1)
    with pytest.raises(Forbidden):
        post.target().delete(resource_id)
    post.book.decide(post.book.list()[0].id, approve=True, by="olga")

    post.ground.clock.advance(GOOD_FOR.total_seconds())

    with pytest.raises(Forbidden):
        post.target().delete(resource_id)


def test_only_what_waits_is_decided_on(post: Post) -> None:
    """A decision is made once."""
    post.domain_limits = _limits(deletes=Limit(per_window=0))
    [resource_id] = post.users(1)
    with pytest.raises(Forbidden):
        post.target().delete(resource_id)
    [held] = post.book.list()
    post.book.decide(held.id, approve=True, by="olga")

    for number in (held.id, 999):
        with pytest.raises(NoSuchHeldChange):
            post.book.decide(number, approve=False, by="bob")


def test_one_request_has_one_count(post: Post) -> None:
    """The operations of a bulk request count together, those of two requests do not."""
    post.limits = _limits(deletes=Limit(per_request=2))
    ids = post.users(5)
    request = post.sentry()
    post.target(sentry=request).delete(ids[0])
    post.target(sentry=request).delete(ids[1])

    with pytest.raises(Forbidden, match="more than 2 resources deleted in one request"):
        post.target(sentry=request).delete(ids[2])

    post.target(sentry=post.sentry()).delete(ids[3])


def test_an_application_s_limits_count_what_it_does(post: Post) -> None:
    """Another's changes are another's."""
    post.limits = _limits(deletes=Limit(per_window=1))
    ids = post.users(3)
    post.target(sentry=post.sentry("crm")).delete(ids[0])
    post.target(sentry=post.sentry("hr")).delete(ids[1])

    with pytest.raises(Forbidden, match="application hr"):
        post.target(sentry=post.sentry("hr")).delete(ids[2])


def test_what_fails_does_not_count(post: Post) -> None:
    """A change that was refused has changed nothing."""
    post.domain_limits = _limits(deletes=Limit(per_window=1))
    ids = post.users(2)
    with pytest.raises(ScimError):
        post.target().delete("00000000-0000-4000-8000-000000000000")
    for _ in range(2):
        with pytest.raises(ScimError):
            post.target().delete(ids[0], version="another")

    post.target().delete(ids[0])

    assert post.book.total("deletes", HOUR) == 1


@pytest.mark.parametrize(("count", "is_held"), [(2, False), (3, True)])
def test_a_share_of_all(post: Post, count: int, is_held: bool) -> None:  # noqa: FBT001 - an expectation
    """So and so many percent of the resources of that type, as many as there were within the last hour."""
    post.domain_limits = _limits(disables=Limit(percent=20))
    ids = post.users(10)
    for resource_id in ids[: count - 1]:
        post.disable(resource_id)

    if is_held:
        with pytest.raises(Forbidden, match="more than 20 % of all users disabled in 60 minutes"):
            post.disable(ids[-1])
    else:
        post.disable(ids[-1])


def test_all_are_counted_now_and_then(post: Post) -> None:
    """Counting a large directory takes its time."""
    domain = post.ground.domain()
    entries = Entries(domain, domain.maps["User"])
    post.users(2)
    assert post.populations.of(entries) == 2
    post.ground.directory.take()

    post.target().create(user(userName="another"))
    post.ground.clock.advance(COUNT_EVERY_SECONDS - 1)
    assert post.populations.of(entries) == 2
    post.ground.clock.advance(1)

    assert post.populations.of(entries) == 3
    assert post.ground.directory.take().count("search") == 1


def test_a_share_of_a_group_s_members(post: Post) -> None:
    """Emptying a group is held; taking a member out is not. A replace counts whoever is no longer in it."""
    post.domain_limits = _limits(removals=Limit(percent=50))
    ids = post.users(4)
    made = group(post.ground, "staff", *ids)
    group_id = str(made.attributes["id"])

    for operation in (
        {"op": "replace", "path": "members", "value": [{"value": ids[0]}]},
        {"op": "remove", "path": "members", "value": [{"value": each} for each in ids[:3]]},
    ):
        with pytest.raises(Forbidden, match="more than 50 % of a group's members removed at once"):
            post.patch("Group", group_id, operation)
    post.patch("Group", group_id, {"op": "remove", "path": "members", "value": [{"value": ids[0]}]})

    members = post.target("Group").read(group_id).attributes["members"]
    assert isinstance(members, list)
    assert len(members) == 3


def test_renames_are_counted(post: Post) -> None:
    """What gets another name in the directory."""
    post.domain_limits = _limits(renames=Limit(per_window=0))
    [resource_id] = post.users(1)

    with pytest.raises(Forbidden, match="entries renamed"):
        post.patch("User", resource_id, {"op": "replace", "path": "userName", "value": "other"})

    post.patch("User", resource_id, {"op": "replace", "path": "title", "value": "Chief"})


def test_a_change_may_be_answered_with_429(post: Post) -> None:
    """Then clients come again by themselves."""
    post.domain_limits = replace(_limits(deletes=Limit(per_window=0)), status=HTTPStatus.TOO_MANY_REQUESTS)
    [resource_id] = post.users(1)

    with pytest.raises(TooManyRequests) as error:
        post.target().delete(resource_id)

    assert error.value.retry_after_seconds == 900


@pytest.mark.parametrize(
    "protection",
    [
        pytest.param(
            Protection(entries=frozenset({Dn.parse("uid=USER0,ou=people,dc=example,dc=org")})), id="entry"
        ),
        pytest.param(Protection(below=(Dn.parse("ou=People,dc=example,dc=org"),)), id="below"),
        pytest.param(Protection(filter=parse_filter("(uid=user0)")), id="filter"),
    ],
)
def test_protected_entries_are_never_changed(post: Post, protection: Protection) -> None:
    """However it is tried, and nobody can approve it."""
    [resource_id] = post.users(1)
    post.protection = protection
    before = post.target().read(resource_id)

    for change in (
        lambda: post.target().delete(resource_id),
        lambda: post.disable(resource_id),
        lambda: post.patch("User", resource_id, {"op": "replace", "path": "userName", "value": "other"}),
        lambda: post.patch("User", resource_id, {"op": "replace", "path": "password", "value": "Secret-1"}),
        lambda: post.target().replace(resource_id, user(userName="user0", title="Chief")),
    ):
        with pytest.raises(Forbidden, match="protected"):
            change()

    assert post.target().read(resource_id) == before
    assert post.book.list(None) == []


def test_others_can_be_changed_and_made(post: Post) -> None:
    """Protection is for what is there: a new entry below is none, nor is one beside."""
    post.protection = Protection(filter=parse_filter("(title=Chief)"))

    made = post.target().create(user(userName="jo", title="Chief", password="Secret-1"))
    [other] = post.users(1)
    post.disable(other)

    with pytest.raises(Forbidden):
        post.target().delete(str(made.attributes["id"]))
