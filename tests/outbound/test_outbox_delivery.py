"""Non-blocking connectors, and targets that go wrong: nothing is lost, nothing is doubled, and order holds."""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from app.outbound.delivery import Delivery
from app.outbound.outbox import Outbox
from tests.outbound.bridges import application, connector, proxy_bridge
from tests.outbound.unruly import AWAY, BROKEN, BUSY, GATEWAY, LOST, RESET, Fault, Unruly, unruly
from tests.store.fakes import FrozenClock
from tests.web.scim.bridge import USER, Bridge, names, problem, read


@pytest.fixture
def between(scim2_target: str) -> Iterator[Unruly]:
    """Stand in front of the target."""
    with unruly(scim2_target) as standing:
        yield standing


@pytest.fixture
def clock() -> FrozenClock:
    """Let time pass when a test says so."""
    return FrozenClock(datetime.now().astimezone())


@pytest.fixture
def later(between: Unruly, target: httpx.Client, tmp_path: Path, clock: FrozenClock) -> Iterator[Bridge]:
    """Give a Landbridge whose one connector gets its changes by the outbox."""
    assert target.get("/Users").json()["totalResults"] == 0
    crm = connector("crm", between.url, blocking=False, settings={"timeout_seconds": 1.5})
    with proxy_bridge(tmp_path, crm, application("crm"), clock=clock) as bridge:
        yield bridge


def deliver(bridge: Bridge, clock: FrozenClock, *, minutes: int = 12) -> None:
    """Let the worker work for as long as there is something, and time pass."""
    for _ in range(minutes):
        bridge.services.worker.drain()
        if not bridge.services.outbound.outbox.page():
            return
        clock.advance(60)


def people(target: httpx.Client) -> dict[str, dict[str, Any]]:
    """Return the users of the target by name."""
    found = target.get("/Users", params={"count": "100"}).json().get("Resources", [])
    names_of = [each["userName"] for each in found]
    assert len(set(names_of)) == len(names_of)
    return {each["userName"]: each for each in found}


def test_changes_wait_in_the_outbox(later: Bridge, target: httpx.Client) -> None:
    """What is not blocking is answered at once and delivered by a worker, in order."""
    jo = later.user("jo", title="Boss")
    later.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})
    assert people(target) == {}

    later.services.worker.drain()

    assert people(target)["jo"]["title"] == "Chief"
    assert read(later.get(f"/Users/{jo['id']}"))["title"] == "Chief"
    assert later.services.outbound.outbox.page() == []


def test_a_password_is_encrypted_until_it_is_delivered(later: Bridge) -> None:
    """A password in the outbox is in no column in plain, and gone after the delivery."""
    later.user("jo", password="secret-1")
    [task] = later.services.outbound.outbox.page()
    raw = Path(str(later.services.database.url.database)).read_bytes()
    raw += Path(f"{later.services.database.url.database}-wal").read_bytes()

    assert b"secret-1" not in raw
    assert "password" not in later.services.outbound.outbox.payload(task.id)["resource"]
    later.services.worker.drain()
    assert later.services.outbound.outbox.page() == []


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([RESET], id="reset"),
        pytest.param([LOST], id="answer lost"),
        pytest.param([LOST, LOST, RESET], id="again and again"),
        pytest.param([BROKEN], id="500"),
        pytest.param([AWAY, AWAY, AWAY], id="503"),
        pytest.param([BUSY], id="429"),
        pytest.param([GATEWAY], id="502 after it was done"),
        pytest.param([Fault(seconds=2.5, passes=True)], id="too slow"),
        pytest.param([Fault(methods=("GET",), status=500)], id="no answer to the look before"),
    ],
)
def test_nothing_is_lost_or_doubled(
    later: Bridge, between: Unruly, target: httpx.Client, clock: FrozenClock, faults: list[Fault]
) -> None:
    """Whatever goes wrong with a create, in the end there is one user, as it shall be."""
    jo = later.user("jo", title="Boss")
    later.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})
    later.user("mo")
    between.faults = [*faults]

    deliver(later, clock)

    found = people(target)
    assert sorted(found) == ["jo", "mo"]
    assert found["jo"]["title"] == "Chief"
    assert between.faults == []
    assert names(later.get("/Users?sortBy=userName")) == ["jo", "mo"]
    assert read(later.get(f"/Users/{jo['id']}"))["userName"] == "jo"


def test_a_list_between_two_attempts_takes_nothing(
    later: Bridge, between: Unruly, target: httpx.Client, clock: FrozenClock
) -> None:
    """What was made, though nobody said so, and is shown before the next attempt, is still what was made."""
    jo = later.user("jo", title="Boss")
    between.faults = [LOST, Fault(methods=("GET",))]
    later.services.worker.drain()
    assert names(later.get("/Users")) == ["jo"]
    taken = later.user("JO", title="Thief")

    for _ in range(4):
        clock.advance(60)
        later.services.worker.drain()

    assert people(target)["jo"]["title"] == "Boss"
    assert read(later.get(f"/Users/{jo['id']}"))["userName"] == "jo"
    [dead] = later.services.outbound.outbox.page()
    assert (dead.change.resource_id, dead.state) == (taken["id"], "dead")
    assert f"is the User {jo['id']} here" in dead.error


@pytest.mark.parametrize("fault", [pytest.param(LOST, id="lost"), pytest.param(RESET, id="reset")])
def test_deletes_happen_once(
    later: Bridge, between: Unruly, target: httpx.Client, clock: FrozenClock, fault: Fault
) -> None:
    """A DELETE whose answer is lost is done all the same."""
    jo = later.user("jo")
    deliver(later, clock)
    between.faults = [fault]

    later.send("DELETE", f"/Users/{jo['id']}")
    deliver(later, clock)

    assert people(target) == {}
    assert problem(later.get(f"/Users/{jo['id']}"))[0] == 404


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_heeded(later: Bridge, between: Unruly, clock: FrozenClock, status: int) -> None:
    """A target that asks for seven seconds of peace has them, for all that it is to get."""
    later.user("jo")
    later.user("mo")
    between.faults = [replace(BUSY, status=status)]
    later.services.worker.drain()
    asked = len(between.asked)

    clock.advance(6)
    later.services.worker.drain()
    assert len(between.asked) == asked

    clock.advance(2)
    later.services.worker.drain()
    assert later.services.outbound.outbox.page() == []


def test_a_breaker_opens_and_closes(later: Bridge, between: Unruly, clock: FrozenClock) -> None:
    """After five failures the target is left alone; then one attempt decides."""
    for number in range(8):
        later.user(f"user{number}")
    between.faults = [Fault(methods=("GET", "POST"), status=503)] * 6

    later.services.worker.drain()
    after_five = len(between.asked)
    later.services.worker.drain()
    assert len(between.asked) == after_five
    assert later.services.outbound.health.all()["crm"].failures == 5

    clock.advance(31)
    later.services.worker.drain()
    assert len(between.asked) == after_five + 1

    clock.advance(120)
    later.services.worker.drain()
    clock.advance(120)
    later.services.worker.drain()
    assert later.services.outbound.outbox.page() == []
    assert later.services.outbound.health.all()["crm"].failures == 0


def test_what_is_refused_becomes_a_dead_letter(
    later: Bridge, between: Unruly, target: httpx.Client, clock: FrozenClock
) -> None:
    """A refusal is kept with what was said; behind it the same resource waits, others do not."""
    outbox = later.services.outbound.outbox
    jo = later.user("jo")
    later.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})
    later.user("mo")
    between.faults = [Fault(status=400)]

    deliver(later, clock, minutes=3)

    dead, waiting = outbox.page()
    assert (dead.state, dead.change.action, waiting.state) == ("dead", "create", "ready")
    assert sorted(people(target)) == ["mo"]

    assert outbox.retry(task_id=dead.id) == 1
    deliver(later, clock)

    assert people(target)["jo"]["title"] == "Chief"
    assert outbox.page() == []


def test_a_dead_letter_is_edited(later: Bridge, between: Unruly, target: httpx.Client) -> None:
    """Somebody puts right what the target refused; the password that nobody saw goes with it."""
    outbox = later.services.outbound.outbox
    later.user("jo", password="secret-1")
    between.faults = [Fault(status=400)]
    later.services.worker.drain()
    [dead] = outbox.page()

    outbox.edit(dead.id, {"resource": {"schemas": [USER], "userName": "jolanda"}})
    outbox.retry(task_id=dead.id)
    later.services.worker.drain()

    assert list(people(target)) == ["jolanda"]


def test_a_dead_patch_is_edited(later: Bridge, between: Unruly) -> None:
    """The password in it goes on as it was, and not the word that stands for it."""
    outbox, jo = later.services.outbound.outbox, later.user("jo")
    later.services.worker.drain()
    changes = [
        {"op": "replace", "path": path, "value": value}
        for path, value in (("password", "new-1"), ("title", "B"))
    ]
    later.patch(f"/Users/{jo['id']}", *changes)
    between.faults = [Fault(status=400)]
    later.services.worker.drain()
    [dead] = outbox.page()
    shown = outbox.payload(dead.id)["operations"]

    outbox.edit(dead.id, {"operations": [shown[0], {**shown[1], "value": "Chief"}]})
    outbox.retry(task_id=dead.id)
    later.services.worker.drain()

    [refused, sent] = [body["Operations"] for method, body in between.bodies if method == "PATCH"]
    assert "new-1" not in str(shown)
    assert {each["value"] for each in refused} == {"new-1", "B"}
    assert {each["value"] for each in sent} == {"new-1", "Chief"}
    assert outbox.page() == []


def test_a_dead_letter_is_skipped(later: Bridge, between: Unruly) -> None:
    """Who gives a change up lets those behind it go on."""
    outbox = later.services.outbound.outbox
    later.user("jo")
    between.faults = [Fault(status=400)]
    later.services.worker.drain()
    [dead] = outbox.page()

    outbox.skip(dead.id)

    assert outbox.page() == []


def test_a_target_that_cannot_filter(later: Bridge, between: Unruly, target: httpx.Client) -> None:
    """Whether a user is there already is found out by looking at all."""
    target.post("/Users", json={"schemas": [USER], "userName": "jo", "nickName": "J"})

    def without_filters(shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "filter": {"supported": False}}

    between.faults = [Fault(passes=True, methods=("GET",), mangle=without_filters)]
    later.user("jo", title="Boss")
    later.services.worker.drain()

    assert people(target)["jo"]["title"] == "Boss"
    assert later.services.outbound.outbox.page() == []


def test_a_process_that_dies_in_the_middle(
    scim2_target: str, target: httpx.Client, tmp_path: Path, clock: FrozenClock
) -> None:
    """What a request was at, whose process died, is seen through by the outbox when the hold is over."""
    assert people(target) == {}
    with proxy_bridge(tmp_path, connector("crm", scim2_target), application("crm"), clock=clock) as bridge:
        client = bridge.services.outbound.connectors.get("crm").system._client._http._client  # type: ignore[union-attr]  # noqa: SLF001 - httpx's hooks listen here

        def die(_request: httpx.Request) -> None:
            raise KeyboardInterrupt

        client.event_hooks = {"request": [die]}
        with pytest.raises(KeyboardInterrupt):
            bridge.send("POST", "/Users", {"schemas": [USER], "userName": "jo", "title": "Boss"})
        client.event_hooks = {}
        bridge.services.worker.drain()
        held = people(target)

        clock.advance(121)
        bridge.services.worker.drain()

        assert held == {}
        assert people(target)["jo"]["title"] == "Boss"
        assert bridge.services.outbound.outbox.page() == []


def test_threads_deliver_beside_requests(scim2_target: str, target: httpx.Client, tmp_path: Path) -> None:
    """A serving process delivers by itself, until it is told to stop."""
    assert people(target) == {}
    crm = connector("crm", scim2_target, blocking=False)
    with proxy_bridge(tmp_path, crm, application("crm")) as bridge:
        stopped = bridge.services.worker.start(2)
        for number in range(4):
            bridge.user(f"user{number}")
        deadline = time.monotonic() + 30
        while bridge.services.outbound.outbox.page():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        stopped.set()

    assert len(people(target)) == 4


def test_a_paused_connector_gets_nothing(later: Bridge, between: Unruly) -> None:
    """Pausing keeps everything; resuming goes on at once."""
    health = later.services.outbound.health
    health.pause("crm")
    later.user("jo")
    later.services.worker.drain()
    assert between.writes() == []

    health.resume("crm")
    later.services.worker.drain()

    assert between.writes() == ["POST"]


def test_a_rate_is_kept(between: Unruly, target: httpx.Client, tmp_path: Path, clock: FrozenClock) -> None:
    """A connector with a rate gets no more than that, from whichever worker."""
    assert target.get("/Users").json()["totalResults"] == 0
    crm = connector("crm", between.url, blocking=False, limits={"per_second": 0.5})
    with proxy_bridge(tmp_path, crm, application("crm"), clock=clock) as bridge:
        for number in range(3):
            bridge.user(f"user{number}")

        delivered = []
        for _ in range(4):
            bridge.services.worker.drain()
            delivered.append(between.writes().count("POST"))
            clock.advance(2.1)

    assert delivered == [1, 2, 3, 3]


def test_a_lease_that_ran_out_is_taken_over(later: Bridge, target: httpx.Client, clock: FrozenClock) -> None:
    """What a worker that died was at is delivered by another one, and the dead one's word no longer counts."""
    later.user("jo")
    outbox = later.services.outbound.outbox
    dead = outbox.claim("a worker that dies")
    assert dead is not None
    later.services.worker.drain()
    assert people(target) == {}

    clock.advance(61)
    later.services.worker.drain()

    assert list(people(target)) == ["jo"]
    with later.services.database.session() as session:
        assert not outbox.delivered(session, dead)


def test_a_lease_is_renewed_though_the_store_has_failed(
    later: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes long is not given to another worker since the store could not be used for a moment."""
    later.user("jo")
    renewals: list[int] = []
    enough = Event()

    def renew(_outbox: Outbox, task_id: int, *_: str, **__: float) -> None:
        renewals.append(task_id)
        if len(renewals) == 1:
            raise sqlite3.OperationalError("database or disk is full")
        enough.set()

    def carry_out(*_: object) -> tuple[()]:
        assert enough.wait(30)
        return ()

    monkeypatch.setattr(Outbox, "renew", renew)
    monkeypatch.setattr(Delivery, "carry_out", carry_out)

    assert later.services.worker.leasing(0.03).step()
    assert len(renewals) >= 2
    assert later.services.outbound.outbox.page() == []


@pytest.mark.parametrize(
    ("mangle", "status"),
    [
        pytest.param(lambda shown: {**shown, "id": "another"}, 503, id="another id"),
        pytest.param(lambda shown: {**shown, "title": 7}, 503, id="another type"),
        pytest.param(lambda shown: {**shown, "title": "Altered"}, 200, id="another value"),
    ],
)
def test_a_target_that_answers_wrongly(
    between: Unruly, target: httpx.Client, tmp_path: Path, mangle: Any, status: int
) -> None:
    """An answer about something else is an error; values that the target made others are shown as they are there."""
    assert target.get("/Users").json()["totalResults"] == 0
    with proxy_bridge(tmp_path, connector("crm", between.url), application("crm")) as bridge:
        jo = bridge.user("jo", title="Boss")
        between.faults = [Fault(passes=True, mangle=mangle, methods=("GET",))]

        answer = bridge.get(f"/Users/{jo['id']}")

    assert answer.status_code == status
    if status == 200:
        assert read(answer)["title"] == "Altered"
