"""Store, then push on: what is written to a directory reaches the connectors that follow it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.store.document import Document
from app.testing.samba import SambaAdContainer
from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd
from tests.outbound.bridges import connector
from tests.outbound.scim2_server import TOKEN
from tests.outbound.unruly import Fault, unruly
from tests.store.fakes import FrozenClock
from tests.web.scim.bridge import Bridge, make_bridge

pytestmark = pytest.mark.directory


@pytest.fixture
def clock() -> FrozenClock:
    """Let time pass when a test says so."""
    return FrozenClock(datetime.now(UTC))


@pytest.fixture
def pushing(
    slapd: Slapd, scim2_target: str, target: httpx.Client, tmp_path: Path, clock: FrozenClock
) -> Iterator[Bridge]:
    """Give a Landbridge over slapd whose client is followed by a connector."""
    assert target.get("/Users").json()["totalResults"] == 0
    with pushing_from(slapd, scim2_target, tmp_path, clock) as bridge:
        yield bridge


@contextmanager
def pushing_from(
    server: DirectoryServer, target: str, data: Path, clock: FrozenClock, **domain: Any
) -> Iterator[Bridge]:
    """Run a Landbridge over an empty directory whose client is followed by a connector."""
    server.clear()
    bridge = make_bridge(
        data,
        server,
        bodies={
            "demo": {"provisioning": {"domain": "PRIMARY", "connectors": ["crm"]}},
            "PRIMARY": domain,
        },
        added=[connector("crm", target)],
        clock=clock,
        more_environ={"TARGET_TOKEN": TOKEN},
    )
    yield bridge
    bridge.services.outbound.connectors.close()
    bridge.close()


def change(bridge: Bridge, **body: Any) -> None:
    """Change the connector's document."""
    document = bridge.services.documents.get("Connector", "crm")
    bridge.services.documents.apply([Document("Connector", "crm", {**document.body, **body})], author="test")


def deliver(bridge: Bridge, clock: FrozenClock) -> None:
    """Let everything be delivered that there is."""
    for _ in range(8):
        clock.advance(2)
        bridge.services.worker.drain()
    assert bridge.services.outbound.outbox.page() == []


def there(target: httpx.Client, path: str = "/Users") -> dict[str, Mapping[str, Any]]:
    """Return what the target has, by name."""
    found = target.get(path, params={"count": "100"}).json().get("Resources", [])
    return {each.get("userName") or each["displayName"]: each for each in found}


def test_a_user_is_stored_and_pushed_on(pushing: Bridge, target: httpx.Client, clock: FrozenClock) -> None:
    """A create, a change and a delete reach the target after the directory."""
    jo = pushing.user("jo", title="Boss", password="secret-1", externalId="7")
    deliver(pushing, clock)
    created = there(target)["jo"]

    pushing.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})
    deliver(pushing, clock)
    changed = there(target)["jo"]

    pushing.send("DELETE", f"/Users/{jo['id']}")
    deliver(pushing, clock)

    assert (created["title"], changed["title"]) == ("Boss", "Chief")
    assert (created["externalId"], created["id"]) == ("7", changed["id"])
    assert there(target) == {}


@pytest.mark.container
def test_from_active_directory(
    samba_ad: SambaAdContainer, scim2_target: str, target: httpx.Client, tmp_path: Path, clock: FrozenClock
) -> None:
    """A directory that tells nothing back of what it has made is followed from the beginning all the same."""
    maps = {"User": "ad-user", "Group": "ad-group"}
    with pushing_from(
        samba_ad, scim2_target, tmp_path, clock, product="active-directory", maps=maps
    ) as bridge:
        jo = bridge.user("jo", title="Boss", password="secret-1")
        deliver(bridge, clock)
        created = there(target)["jo"]
        bridge.send("DELETE", f"/Users/{jo['id']}")
        deliver(bridge, clock)

    assert created["title"] == "Boss"
    assert there(target) == {}


def test_a_change_of_the_external_id_alone(pushing: Bridge, target: httpx.Client, clock: FrozenClock) -> None:
    """A PATCH of nothing but the externalId, which the directory does not keep, reaches the target and the trail."""
    jo = pushing.user("jo", externalId="7")
    deliver(pushing, clock)

    pushing.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "externalId", "value": "8"})
    deliver(pushing, clock)

    assert there(target)["jo"]["externalId"] == "8"
    written = [entry for entry in pushing.services.audit.page() if entry.action == "patch"]
    assert [(entry.resource_id, entry.outcome) for entry in written] == [(jo["id"], "done")]


def test_only_the_last_state_counts(pushing: Bridge, target: httpx.Client, clock: FrozenClock) -> None:
    """Many changes before a delivery leave the target as the directory is."""
    jo = pushing.user("jo", title="Boss")
    for number in range(5):
        pushing.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": f"Chief {number}"})
    mo = pushing.user("mo")
    pushing.send("DELETE", f"/Users/{mo['id']}")

    deliver(pushing, clock)

    assert [*there(target)] == ["jo"]
    assert there(target)["jo"]["title"] == "Chief 4"


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        pytest.param(Fault(status=400), "dead", id="refused"),
        pytest.param(Fault(status=503), "ready", id="waiting"),
    ],
)
def test_an_account_does_not_pass_on_with_its_name(  # noqa: PLR0913 - fixtures
    pushing: Bridge, scim2_target: str, target: httpx.Client, clock: FrozenClock, *, fault: Fault, first: str
) -> None:
    """Who gets a name that somebody had gets an account of its own, after that one has its new name there."""
    outbox = pushing.services.outbound.outbox
    with unruly(scim2_target) as between:
        settings = pushing.services.documents.get("Connector", "crm").body["settings"]
        change(pushing, settings={**settings, "url": between.url}, limits={"first_retry_seconds": 100})
        jo = pushing.user("jo", title="Boss")
        deliver(pushing, clock)
        account = there(target)["jo"]["id"]
        between.faults = [fault]
        pushing.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "userName", "value": "joe"})
        clock.advance(2)
        pushing.services.worker.step()
        pushing.user("jo", title="Cook")
        clock.advance(0.5)
        pushing.services.worker.drain()
        renamed, made = outbox.page()
        clock.advance(120)
        outbox.retry()
        pushing.services.worker.drain()
        outbox.retry()
        deliver(pushing, clock)

    assert (renamed.state, made.state) == (first, first)
    assert jo["id"] in made.error
    assert first == "dead" or made.due == renamed.due
    assert {name: each["title"] for name, each in there(target).items()} == {"joe": "Boss", "jo": "Cook"}
    assert there(target)["joe"]["id"] == account


def test_an_account_of_nobody_is_adopted(pushing: Bridge, target: httpx.Client, clock: FrozenClock) -> None:
    """Who was deleted without a word to the connector, and is there again, has the account again."""
    jo = pushing.user("jo")
    deliver(pushing, clock)
    account = there(target)["jo"]["id"]
    change(pushing, enabled=False)
    pushing.send("DELETE", f"/Users/{jo['id']}")
    change(pushing, enabled=True)

    pushing.user("jo", title="Boss")
    deliver(pushing, clock)

    [found] = there(target).values()
    assert (found["id"], found["title"]) == (account, "Boss")


def test_what_others_wrote_at_the_target_stays(
    pushing: Bridge, target: httpx.Client, clock: FrozenClock
) -> None:
    """What the domain cannot hold is the target's own; a user that is there already is adopted."""
    target.post(
        "/Users",
        json={
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "jo",
            "nickName": "J",
            "title": "Old",
        },
    )

    pushing.user("jo", title="Boss")
    deliver(pushing, clock)

    assert (there(target)["jo"]["title"], there(target)["jo"]["nickName"]) == ("Boss", "J")


def test_groups_follow_their_members(pushing: Bridge, target: httpx.Client, clock: FrozenClock) -> None:
    """Members are translated; who joins and leaves does so at the target."""
    jo, mo = pushing.user("jo"), pushing.user("mo")
    group = pushing.group("staff", jo["id"])
    deliver(pushing, clock)
    first = [each["value"] for each in there(target, "/Groups")["staff"]["members"]]

    pushing.patch(
        f"/Groups/{group['id']}",
        {"op": "add", "path": "members", "value": [{"value": mo["id"]}]},
        {"op": "remove", "path": "members", "value": [{"value": jo["id"]}]},
    )
    deliver(pushing, clock)

    users = there(target)
    assert first == [users["jo"]["id"]]
    assert [each["value"] for each in there(target, "/Groups")["staff"]["members"]] == [users["mo"]["id"]]


def test_a_group_waits_for_its_members(pushing: Bridge, target: httpx.Client, clock: FrozenClock) -> None:
    """A member whose delivery comes later joins when it has arrived."""
    jo = pushing.user("jo")
    pushing.group("staff", jo["id"])
    outbox = pushing.services.outbound.outbox
    clock.advance(2)
    first = outbox.claim("somebody slow")
    assert first is not None
    pushing.services.worker.drain()
    assert "members" not in there(target, "/Groups")["staff"]

    clock.advance(61)
    deliver(pushing, clock)

    assert [each["value"] for each in there(target, "/Groups")["staff"]["members"]] == [
        there(target)["jo"]["id"]
    ]


def test_a_filter_decides_who_is_provisioned(
    pushing: Bridge, target: httpx.Client, clock: FrozenClock
) -> None:
    """Who joins the scope is created, with the groups that were there before; who leaves it is deleted."""
    change(pushing, scope={"User": {"filter": 'title eq "Boss"'}})
    jo = pushing.user("jo", title="Cook")
    pushing.group("staff", jo["id"])
    deliver(pushing, clock)
    before = there(target)

    pushing.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Boss"})
    deliver(pushing, clock)
    joined, members = there(target), there(target, "/Groups")["staff"]["members"]

    pushing.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Cook"})
    deliver(pushing, clock)

    assert before == {}
    assert [each["value"] for each in members] == [joined["jo"]["id"]]
    assert there(target) == {}


def test_a_group_decides_who_is_provisioned(
    pushing: Bridge, target: httpx.Client, clock: FrozenClock
) -> None:
    """Joining a group provisions a user; leaving it disables the user, where the rules say so."""
    jo, mo, po = pushing.user("jo"), pushing.user("mo"), pushing.user("po")
    group = pushing.group("staff", mo["id"])
    change(pushing, scope={"User": {"group": group["id"]}}, resource_types=["User"], leaving="disable")
    deliver(pushing, clock)

    pushing.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": jo["id"]}]})
    deliver(pushing, clock)
    joined = there(target)

    pushing.send(
        "PUT",
        f"/Groups/{group['id']}",
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "staff",
            "members": [{"value": po["id"]}],
        },
    )
    deliver(pushing, clock)

    assert sorted(joined) == ["jo", "mo"]
    assert {name: each.get("active") for name, each in there(target).items()} == {
        "jo": False,
        "mo": False,
        "po": True,
    }


@pytest.mark.parametrize(("policy", "is_sent"), [("send", True), ("never", False), ("generate", True)])
def test_passwords_go_by_the_rules(
    pushing: Bridge, clock: FrozenClock, policy: str, *, is_sent: bool
) -> None:
    """A password is sent, kept back, or another one is made; which is seen at what the connector sends."""
    change(pushing, passwords=policy)
    sent: list[bytes] = []
    opened = pushing.services.outbound.connectors.get("crm")
    client = opened.system._client._http._client  # type: ignore[union-attr]  # noqa: SLF001 - httpx's hooks listen here
    client.event_hooks = {"request": [lambda request: sent.append(request.content)]}

    pushing.user("jo", password="secret-1")
    deliver(pushing, clock)

    everything = b"".join(sent)
    assert (b'"password"' in everything) is is_sent
    assert (b"secret-1" in everything) is (policy == "send")


def test_a_connector_follows_a_whole_domain(
    pushing: Bridge, target: httpx.Client, clock: FrozenClock
) -> None:
    """A connector that names a domain gets the changes of all applications, without their externalIds."""
    demo = pushing.services.documents.get("Application", "demo")
    alone = Document("Application", "demo", {**demo.body, "provisioning": {"domain": "PRIMARY"}})
    pushing.services.documents.apply([alone], author="test")
    pushing.user("po")
    change(pushing, domains=["PRIMARY"])

    pushing.user("jo", externalId="7")
    deliver(pushing, clock)

    assert [*there(target)] == ["jo"]
    assert "externalId" not in there(target)["jo"]
    audit = [entry for entry in pushing.services.audit.page() if entry.action == "deliver sync"]
    assert [(entry.domain, entry.outcome) for entry in audit] == [("connector crm", "done")]
