"""Several connectors of one application: order, what is taken back, and what is left to the outbox."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.outbound.bridges import application, connector, proxy_bridge
from tests.outbound.scim2_server import TOKEN, scim2_server
from tests.outbound.test_following import there
from tests.outbound.unruly import AWAY, LOST, Fault, Unruly, unruly
from tests.store.fakes import FrozenClock
from tests.web.scim.bridge import USER, Bridge, problem, read

REFUSED = Fault(status=400)
JO = {"schemas": [USER], "userName": "jo", "title": "Boss"}


@pytest.fixture(scope="module")
def second_url() -> Iterator[str]:
    """Run a second service."""
    with scim2_server() as url:
        yield url


@pytest.fixture
def second(second_url: str) -> Iterator[httpx.Client]:
    """Ask the second service directly; it is empty."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}
    with httpx.Client(base_url=second_url, headers=headers, trust_env=False) as client:
        for found in client.get("/Users").json().get("Resources", []):
            client.delete(f"/Users/{found['id']}")
        yield client


@pytest.fixture
def between(second_url: str) -> Iterator[Unruly]:
    """Stand in front of the second service."""
    with unruly(second_url) as standing:
        yield standing


@pytest.fixture(params=["compensate"])
def both(
    request: pytest.FixtureRequest,
    scim2_target: str,
    between: Unruly,
    target: httpx.Client,
    tmp_path: Path,
) -> Iterator[Bridge]:
    """Give a Landbridge in front of two services that it waits for."""
    assert there(target) == {}
    policy: Any = request.param
    documents = [connector("crm", scim2_target), connector("hr", between.url, on_failure=policy)]
    with proxy_bridge(tmp_path, *documents, application("crm", "hr")) as bridge:
        yield bridge


def test_a_write_goes_to_all(both: Bridge, target: httpx.Client, second: httpx.Client) -> None:
    """Each service has the user under an id of its own; the client sees one."""
    jo = both.create(**JO)  # type: ignore[arg-type] # JSON
    both.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})

    assert (there(target)["jo"]["title"], there(second)["jo"]["title"]) == ("Chief", "Chief")
    assert len({jo["id"], there(target)["jo"]["id"], there(second)["jo"]["id"]}) == 3
    both.send("DELETE", f"/Users/{jo['id']}")
    assert (there(target), there(second)) == ({}, {})


@pytest.mark.parametrize(("fault", "status"), [(REFUSED, 400), (AWAY, 503)])
def test_a_create_is_taken_back(  # noqa: PLR0913 - fixtures
    both: Bridge,
    between: Unruly,
    target: httpx.Client,
    second: httpx.Client,
    *,
    fault: Fault,
    status: int,
) -> None:
    """When the second service fails, the first one loses the user again, and the client hears who said what."""
    between.faults = [fault]

    answer = both.send("POST", "/Users", JO)

    assert problem(answer)[0] == status
    assert read(answer)["detail"].startswith("The connector hr said: ")
    assert read(answer)["detail"].endswith("crm has taken it back.")
    assert (there(target), there(second)) == ({}, {})
    assert both.services.outbound.outbox.page() == []
    assert both.send("POST", "/Users", JO).status_code == 201


def test_a_change_is_taken_back(
    both: Bridge, between: Unruly, target: httpx.Client, second: httpx.Client
) -> None:
    """A PATCH that the second service refuses leaves the first as it was."""
    jo = both.create(**JO)  # type: ignore[arg-type] # JSON
    between.faults = [REFUSED]

    answer = both.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})

    assert problem(answer)[0] == 400
    assert (there(target)["jo"]["title"], there(second)["jo"]["title"]) == ("Boss", "Boss")


def test_a_process_that_dies_while_it_takes_back(
    scim2_target: str, between: Unruly, target: httpx.Client, second: httpx.Client, tmp_path: Path
) -> None:
    """What was about to be taken back is taken back by the outbox when the hold is over."""
    clock = FrozenClock(datetime.now().astimezone())
    documents = [connector("crm", scim2_target), connector("hr", between.url), application("crm", "hr")]
    between.faults = [REFUSED]
    with proxy_bridge(tmp_path, *documents, clock=clock) as bridge:
        client = bridge.services.outbound.connectors.get("crm").system._client._http._client  # type: ignore[union-attr]  # noqa: SLF001 - httpx's hooks listen here

        def die(request: httpx.Request) -> None:
            if request.method == "DELETE":
                raise KeyboardInterrupt

        client.event_hooks = {"request": [die]}
        with pytest.raises(KeyboardInterrupt):
            bridge.send("POST", "/Users", JO)
        client.event_hooks = {}
        left = [*there(target)]
        clock.advance(121)
        bridge.services.worker.drain()

        assert (left, there(target), there(second)) == (["jo"], {}, {})
        assert bridge.services.outbound.outbox.page() == []


def test_what_may_have_been_done_is_seen_through(
    scim2_target: str, between: Unruly, target: httpx.Client, second: httpx.Client, tmp_path: Path
) -> None:
    """Where nobody knows whether the first service has done it, and the second one refuses, the first one gets it."""
    with unruly(scim2_target) as before, proxy_bridge(
        tmp_path, connector("crm", before.url), connector("hr", between.url), application("crm", "hr")
    ) as bridge:  # fmt: skip
        before.faults = [LOST, Fault(methods=("GET",))]
        between.faults = [REFUSED]

        answer = bridge.send("POST", "/Users", JO)
        bridge.services.worker.drain()

        assert problem(answer)[0] == 400
        assert read(answer)["detail"].endswith("crm may have done it, and will get it.")
        assert ([*there(target)], there(second)) == (["jo"], {})
        assert bridge.services.outbound.outbox.page() == []
        assert bridge.found("/Users") == ["jo"]


@pytest.mark.parametrize("both", ["queue"], indirect=True)
def test_a_failure_that_may_pass_is_queued(
    both: Bridge, between: Unruly, target: httpx.Client, second: httpx.Client
) -> None:
    """The first service keeps the user, the second gets it from the outbox, and the client is told."""
    between.faults = [AWAY]

    answer = both.send("POST", "/Users", JO)

    assert problem(answer)[0] == 503
    assert "The change is kept and will be delivered to it." in read(answer)["detail"]
    assert ([*there(target)], [*there(second)]) == (["jo"], [])
    both.services.worker.drain()
    assert [*there(second)] == ["jo"]
    [jo] = read(both.get("/Users"))["Resources"]
    assert both.send("DELETE", f"/Users/{jo['id']}").status_code == 204
    assert (there(target), there(second)) == ({}, {})


def test_a_lost_answer_is_looked_up(
    both: Bridge, between: Unruly, target: httpx.Client, second: httpx.Client
) -> None:
    """A create that was carried out, though its answer was lost, is a success."""
    between.faults = [LOST]

    answer = both.send("POST", "/Users", JO)

    assert answer.status_code == 201
    assert ([*there(target)], [*there(second)]) == (["jo"], ["jo"])


def test_a_deletion_is_seen_through(
    both: Bridge, between: Unruly, target: httpx.Client, second: httpx.Client
) -> None:
    """A DELETE that a service cannot do now is done by the outbox; until then its resource takes no other change."""
    jo = both.create(**JO)  # type: ignore[arg-type] # JSON
    between.faults = [AWAY]

    answer = both.send("DELETE", f"/Users/{jo['id']}")
    again = both.send("DELETE", f"/Users/{jo['id']}")

    assert (problem(answer)[0], problem(again)[0]) == (503, 503)
    assert "has yet to get 1 earlier changes" in read(again)["detail"]
    assert ([*there(target)], [*there(second)]) == ([], ["jo"])
    both.services.worker.drain()
    assert there(second) == {}


def test_a_connector_that_came_later_gets_the_resource(
    both: Bridge, target: httpx.Client, second: httpx.Client
) -> None:
    """What only the first service has is made at the second one with the next change."""
    target.post("/Users", json=JO)
    [jo] = read(both.get("/Users"))["Resources"]

    both.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})

    assert (there(target)["jo"]["title"], there(second)["jo"]["title"]) == ("Chief", "Chief")
