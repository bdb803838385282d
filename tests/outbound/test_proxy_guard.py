"""The mass-change guard weighs what applications in proxy mode send on, before any connector gets it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.store.document import Document
from tests.outbound.bridges import application, connector, proxy_bridge
from tests.outbound.test_following import there
from tests.outbound.unruly import AWAY, Fault, unruly
from tests.web.scim.bridge import BULK, USER, Bridge, problem, read

Guarded = Callable[..., Any]


@pytest.fixture
def guarded(scim2_target: str, target: httpx.Client, tmp_path: Path) -> Guarded:
    """Give what makes a Landbridge in proxy mode whose application has limits."""
    assert there(target) == {}

    @contextmanager
    def make(*connectors: Document, **limits: Any) -> Iterator[Bridge]:
        used = connectors or (connector("crm", scim2_target),)
        proxy = application(*(each.name for each in used))
        proxy = replace(proxy, body={**proxy.body, "guard": limits})
        with proxy_bridge(tmp_path, *used, proxy) as bridge:
            yield bridge

    return make


def disable(bridge: Bridge, user: dict[str, Any]) -> tuple[int, str | None] | None:
    """Disable a user; return the refusal, if it is one."""
    answer = bridge.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    return None if answer.status_code == 200 else problem(answer)


def test_deletes_are_held_and_approved(guarded: Guarded, target: httpx.Client) -> None:
    """What is too much reaches no connector, waits for an operator, and goes through once when it comes again."""
    with guarded(deletes={"per_window": 1}, answer=429) as bridge:
        jo, mo, po = (bridge.user(name) for name in ("jo", "mo", "po"))
        first = bridge.send("DELETE", f"/Users/{jo['id']}").status_code
        second = bridge.send("DELETE", f"/Users/{mo['id']}")
        [held] = bridge.services.held_changes.list()
        left = sorted(there(target))
        bridge.services.held_changes.decide(held.id, approve=True, by="olga")
        third = bridge.send("DELETE", f"/Users/{mo['id']}").status_code
        fourth = bridge.send("DELETE", f"/Users/{po['id']}")

    assert (first, problem(second)[0], third, problem(fourth)[0]) == (204, 429, 204, 429)
    assert left == ["mo", "po"]
    assert (held.domain, held.action, held.amounts) == ("connector crm", "delete", {"deletes": 1})
    assert held.plan == f"DELETE /Users/{mo['id']}\n"
    assert sorted(there(target)) == ["po"]


def test_a_bulk_request_is_one_request(guarded: Guarded, target: httpx.Client) -> None:
    """The operations of a bulk request count together."""
    with guarded(deletes={"per_request": 1}) as bridge:
        ids = [bridge.user(name)["id"] for name in ("jo", "mo")]
        operations = [{"method": "DELETE", "path": f"/Users/{each}"} for each in ids]
        answer = read(bridge.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}))

    assert [each["status"] for each in answer["Operations"]] == ["204", "403"]
    assert [*there(target)] == ["mo"]


def test_only_who_was_enabled_is_disabled(guarded: Guarded, target: httpx.Client) -> None:
    """A user who is disabled already weighs nothing, by PATCH and by PUT, and neither does another change."""
    with guarded(disables={"per_window": 1}) as bridge:
        jo, mo = bridge.user("jo", active=True), bridge.user("mo", active=True)
        outcomes = [disable(bridge, jo), disable(bridge, jo), disable(bridge, mo)]
        body = {"schemas": [USER], "userName": "mo", "active": False}
        put = bridge.send("PUT", f"/Users/{mo['id']}", body)
        again = bridge.send("PUT", f"/Users/{jo['id']}", {**body, "userName": "jo", "title": "Boss"})
        title = bridge.patch(f"/Users/{mo['id']}", {"op": "add", "path": "title", "value": "Chief"})

    assert outcomes == [None, None, (403, None)]
    assert (problem(put)[0], again.status_code, title.status_code) == (403, 200, 200)
    assert {name: each["active"] for name, each in there(target).items()} == {"jo": False, "mo": True}


@pytest.mark.parametrize(
    ("operation", "is_held"),
    [
        pytest.param({"op": "remove", "path": "members"}, True, id="all"),
        pytest.param({"op": "replace", "path": "members", "value": []}, True, id="replaced"),
        pytest.param({"op": "remove", "path": "members", "value": ["jo", "mo"]}, True, id="two of three"),
        pytest.param({"op": "remove", "path": "members", "value": ["jo"]}, False, id="one of three"),
    ],
)
@pytest.mark.parametrize(
    "limit", [pytest.param({"per_request": 1}, id="number"), pytest.param({"percent": 40}, id="percent")]
)
def test_members_that_leave(
    guarded: Guarded, target: httpx.Client, operation: dict[str, Any], limit: dict[str, int], *, is_held: bool
) -> None:
    """Members are counted whether a request names them or not, and held against the group's number."""
    with guarded(removals=limit) as bridge:
        ids = {name: bridge.user(name)["id"] for name in ("jo", "mo", "po")}
        group = bridge.group("staff", *ids.values())
        named = [{"value": ids[name]} for name in operation.get("value") or ()]
        sent = {**operation, "value": named} if "value" in operation else operation
        answer = bridge.patch(f"/Groups/{group['id']}", sent)

    assert answer.status_code == (403 if is_held else 204)
    assert len(there(target, "/Groups")["staff"]["members"]) == (3 if is_held else 2)


def test_percent_of_all(guarded: Guarded, target: httpx.Client) -> None:
    """Of how many users a deletion is a part tells the connector that is read from."""
    with guarded(deletes={"percent": 50}) as bridge:
        ids = [bridge.user(name)["id"] for name in ("jo", "mo", "po")]
        statuses = [bridge.send("DELETE", f"/Users/{each}").status_code for each in ids]

    assert statuses == [204, 403, 403]
    assert len(there(target)) == 2


def test_what_was_taken_back_does_not_count(
    guarded: Guarded, scim2_target: str, target: httpx.Client
) -> None:
    """A write that a connector failed to do counts only where it is seen through."""
    with unruly(scim2_target) as between:
        crm = connector("crm", between.url)
        with guarded(crm, disables={"per_window": 1}, deletes={"per_window": 1}) as bridge:
            jo, mo = bridge.user("jo", active=True), bridge.user("mo", active=True)
            between.faults = [Fault(status=400), AWAY, AWAY]

            refused, failed = disable(bridge, jo), disable(bridge, jo)
            deletion = bridge.send("DELETE", f"/Users/{mo['id']}")
            worked, beyond = disable(bridge, jo), bridge.send("DELETE", f"/Users/{jo['id']}")

    assert (refused, failed, worked) == ((400, None), (503, None), None)
    assert (problem(deletion)[0], problem(beyond)[0]) == (503, 403)
    assert "will be delivered" in read(deletion)["detail"]
    assert sorted(there(target)) == ["jo", "mo"]


def test_where_nobody_can_be_asked(guarded: Guarded, tmp_path: Path) -> None:
    """At connectors that show nothing a write is weighed by what it says, and against who was sent there."""
    file = Document(
        "Connector",
        "batch",
        {"type": "file", "blocking": True, "settings": {"path": str(tmp_path / "out.jsonl")}},
    )
    limits: dict[str, Any] = {
        "deletes": {"percent": 50},
        "disables": {"per_window": 0},
        "removals": {"percent": 90},
    }
    with guarded(file, **limits) as bridge:
        jo, mo = bridge.user("jo"), bridge.user("mo")
        group = bridge.group("staff", jo["id"])
        leaving = bridge.patch(
            f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{jo["id"]}"]'}
        )
        outcomes = [
            disable(bridge, jo),
            bridge.send("DELETE", f"/Users/{jo['id']}").status_code,
            bridge.send("DELETE", f"/Users/{mo['id']}").status_code,
        ]

    assert outcomes == [(403, None), 204, 403]
    assert "cannot be counted" in read(leaving)["detail"]


def test_passwords_stay_out_of_what_is_held(guarded: Guarded) -> None:
    """Operators see what a held request says, and no secrets."""
    with guarded(disables={"per_window": 0}) as bridge:
        jo = bridge.user("jo", active=True)
        bridge.patch(
            f"/Users/{jo['id']}",
            {"op": "replace", "path": "active", "value": False},
            {"op": "replace", "path": "password", "value": "secret-1"},
        )
        [held] = bridge.services.held_changes.list()

    assert held.plan.startswith(f"PATCH /Users/{jo['id']}\n")
    assert '"active"' in held.plan
    assert "secret-1" not in held.plan
