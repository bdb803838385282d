"""Writes that are broken off anywhere leave the directory as it was or as it shall be, and the client knows the truth.

Landbridge is killed at each step, the connection is cut at each operation, the directory is stopped in between.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.directory.dn import Dn
from app.directory.errors import InvalidCredentials
from app.store.intents import Intents
from app.testing.server import DirectoryAddress, DirectoryServer
from app.testing.slapd import Slapd
from tests.directory.ldap.proxy import Behaviour, Proxy
from tests.waiting import wait_until
from tests.web.scim.bridge import PATCH, USER, Bridge, make_bridge, read

pytestmark = pytest.mark.directory

Act = Callable[[Bridge, Mapping[str, str]], TestResponse]
State = object


@dataclass
class Behind(DirectoryServer):
    """A directory as it is reached through a relay."""

    inner: DirectoryServer
    uri_before: str

    @property
    def address(self) -> DirectoryAddress:
        return replace(self.inner.address, ldaps_uri=self.uri_before)


def create(bridge: Bridge, _ids: Mapping[str, str]) -> TestResponse:
    """Create a user, and then set the password."""
    return bridge.send("POST", "/Users", {"schemas": [USER], "userName": "new", "password": "secret of new"})


def patch(bridge: Bridge, ids: Mapping[str, str]) -> TestResponse:
    """Rename, change and set a password."""
    value = {"userName": "joe", "title": "Chief", "password": "secret of joe"}
    return _patch(bridge, f"/Users/{ids['jo']}", {"op": "replace", "value": value})


def put(bridge: Bridge, ids: Mapping[str, str]) -> TestResponse:
    """Put another user in the place of one: another name, and another title."""
    body = {"schemas": [USER], "userName": "joan", "name": {"familyName": "Roe"}, "title": "Boss"}
    return bridge.send("PUT", f"/Users/{ids['jo']}", body)


def delete(bridge: Bridge, ids: Mapping[str, str]) -> TestResponse:
    """Delete a user."""
    return bridge.send("DELETE", f"/Users/{ids['jo']}")


def join(bridge: Bridge, ids: Mapping[str, str]) -> TestResponse:
    """Add a member to a group."""
    return _patch(
        bridge, f"/Groups/{ids['all']}", {"op": "add", "path": "members", "value": [{"value": ids["jo"]}]}
    )


VERBS: list[Act] = [create, patch, put, delete, join]


def _patch(bridge: Bridge, path: str, operation: Mapping[str, Any]) -> TestResponse:
    return bridge.send("PATCH", path, {"schemas": [PATCH], "Operations": [operation]})


def prepare(bridge: Bridge) -> dict[str, str]:
    """Begin with two users and a group."""
    bridge.directory.clear()
    ids = {"jo": bridge.user("jo", password="secret of jo")["id"], "al": bridge.user("al")["id"]}
    return {**ids, "all": bridge.group("all", ids["al"])["id"]}


def state(bridge: Bridge) -> State:
    """Tell all that there is, but for ids and times, and whose password is right."""
    users = {user["userName"]: user for user in read(bridge.get("/Users"))["Resources"]}
    groups = {group["displayName"]: group for group in read(bridge.get("/Groups"))["Resources"]}
    return (
        {name: (user.get("title"), user["name"], _opens(bridge, name)) for name, user in users.items()},
        {name: {member["display"] for member in group["members"]} for name, group in groups.items()},
    )


def until_it_answers(bridge: Bridge) -> None:
    """Wait until a directory that was taken for down is asked again."""
    wait_until(lambda: bridge.get("/Users?count=0").status_code == 200)


def _opens(bridge: Bridge, name: str) -> bool:
    directory = bridge.services.configurations.current().domains["PRIMARY"].directory
    try:
        directory.authenticate(Dn.parse(f"uid={name},{bridge.directory.people_dn}"), f"secret of {name}")
    except InvalidCredentials:
        return False
    return True


@pytest.fixture(scope="module")
def outcomes(shared_bridge: Bridge) -> dict[str, tuple[State, State]]:
    """Tell of each verb what there is before and after it, and that nothing is left of it in the store."""
    found = {}
    for verb in VERBS:
        ids = prepare(shared_bridge)
        before = state(shared_bridge)
        answer = verb(shared_bridge, ids)
        assert answer.status_code < 300, answer.text
        found[verb.__name__] = before, state(shared_bridge)
    assert shared_bridge.services.intents.list() == []
    return found


class Killing:
    """Kills the process at a point: before or after it sends an operation, or writes of one to the store."""

    def __init__(self, kind: type, point: int) -> None:
        self.kind = kind
        self.point = point
        self.count = -1

    def install(self) -> None:
        """Watch, in this process only."""
        for kind, names in ((self.kind, ("execute",)), (Intents, ("begin", "note", "end"))):
            for name in names:
                setattr(kind, name, self._watched(getattr(kind, name)))

    def _watched(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self._pass()
            result = original(*args, **kwargs)
            self._pass()
            return result

        return watched

    def _pass(self) -> None:
        self.count += 1
        if self.count == self.point:
            os.kill(os.getpid(), signal.SIGKILL)


def kind_of(bridge: Bridge) -> Any:
    """Tell what the service's directory is."""
    return type(bridge.services.configurations.current().domains["PRIMARY"].directory)


def killed_at(point: int, kind: type, act: Callable[[], object]) -> bool:
    """Do something in a process of its own, which is killed at a point; False where it ended before."""
    child = os.fork()
    if not child:  # pragma: no cover - the child's coverage is not measured
        try:
            Killing(kind, point).install()
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("verb", VERBS)
def test_killed(shared_bridge: Bridge, outcomes: dict[str, tuple[State, State]], verb: Act) -> None:
    """Wherever Landbridge is killed, the next one finds the directory before or after the write, or brings it there."""
    bridge, (before, after) = shared_bridge, outcomes[verb.__name__]
    seen = set()
    for point in range(100):
        ids = prepare(bridge)
        last = bridge.services.audit.page(limit=1)[0].id
        if not killed_at(point, kind_of(bridge), lambda ids=ids: verb(bridge, ids)):  # type: ignore[misc]  # bound at once
            break

        recovered = bridge.services.recovery.run()

        assert [each.reason for each in recovered if each.ending is None] == []
        assert bridge.services.intents.list() == []
        assert state(bridge) in (before, after), point
        seen.add(state(bridge) == after)
        # From when the intent was written there is one row, and it tells what is so.
        recorded = [row for row in bridge.services.audit.page(limit=10) if row.id > last]
        assert [row.outcome == "done" for row in recorded] == [state(bridge) == after] * (point > 0)
    assert point >= 6
    assert seen == {True, False}


@pytest.fixture(scope="module")
def relayed(slapd: Slapd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bridge, Proxy]]:
    """Give a service whose directory is behind a relay."""
    with Proxy(slapd.uri) as proxy:
        limits = {"operation_seconds": 1, "connect_seconds": 1}
        bridge = make_bridge(
            tmp_path_factory.mktemp("relayed"),
            Behind(slapd, proxy.address),
            bodies={
                "PRIMARY": {
                    "limits": limits,
                    "patience": {"retry_seconds": 0.1, "longest_retry_seconds": 0.1},
                }
            },
        )
        yield bridge, proxy
        bridge.close()


CUTS = [
    pytest.param((behaviour, lasts), id=f"{behaviour} {'for good' if lasts else 'once'}")
    for behaviour, lasts in (
        ("lose answers", False),
        ("lose requests", False),
        ("lose answers", True),
        ("garbage", True),
        ("garble answers", False),
        ("hold answers", False),
        ("slow", True),
    )
]


@pytest.mark.parametrize("cut_off", CUTS)
@pytest.mark.parametrize("verb", VERBS)
def test_cut(
    relayed: tuple[Bridge, Proxy],
    outcomes: dict[str, tuple[State, State]],
    monkeypatch: pytest.MonkeyPatch,
    verb: Act,
    cut_off: tuple[Behaviour, bool],
) -> None:
    """Wherever answers are cut off, garbled or held back, the client is told what is so, and nothing is written twice."""
    bridge, proxy = relayed
    behaviour, lasts = cut_off
    before, after = outcomes[verb.__name__]
    original = kind_of(bridge).execute
    count = 0

    def cut(directory: Any, operation: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count == point:
            proxy.behaviour = behaviour
        try:
            return original(directory, operation, **kwargs)
        finally:
            if count == point and not lasts:
                proxy.behaviour = "relay"

    for point in range(1, 10):
        ids = prepare(bridge)
        count = 0
        proxy.writes.clear()
        with monkeypatch.context() as patched:
            patched.setattr(kind_of(bridge), "execute", cut)
            answer = verb(bridge, ids)
        proxy.behaviour = "relay"
        until_it_answers(bridge)
        if count < point:
            break

        assert len(set(proxy.writes)) == len(proxy.writes)
        bridge.services.recovery.run()

        found = state(bridge)
        assert bridge.services.intents.list() == []
        assert found in (before, after), (point, found)
        if answer.status_code < 300:
            assert found == after
            assert proxy.writes
        elif behaviour == "slow":
            pytest.fail(answer.text)
        elif not _is_unsure(answer):
            assert found == before, answer.text
    assert point > 1


def _is_unsure(answer: TestResponse) -> bool:
    text = answer.text
    return answer.status_code >= 500 and ("may or may not" in text or "in part" in text)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[tuple[Bridge, Slapd]]:
    """Give a service over a directory that may be stopped."""
    with Slapd(tmp_path / "slapd", durable=False) as server:
        bridge = make_bridge(tmp_path / "data", server)
        yield bridge, server
        bridge.close()


@pytest.mark.parametrize("verb", [create, patch])
def test_directory_stops(
    mortal: tuple[Bridge, Slapd],
    outcomes: dict[str, tuple[State, State]],
    monkeypatch: pytest.MonkeyPatch,
    verb: Act,
) -> None:
    """A directory that ends between two operations is seen to when it is back, and the client is told that it will be."""
    bridge, slapd = mortal
    before, after = outcomes[verb.__name__]
    original = kind_of(bridge).execute

    def execute(directory: Any, operation: Any, **kwargs: Any) -> Any:
        entry = original(directory, operation, **kwargs)
        slapd.stop()
        return entry

    ids = prepare(bridge)
    with monkeypatch.context() as patched:
        patched.setattr(kind_of(bridge), "execute", execute)
        answer = verb(bridge, ids)
    waiting = bridge.services.recovery.run()
    [intent] = bridge.services.intents.list()
    slapd.start()
    until_it_answers(bridge)
    bridge.services.recovery.run()

    assert answer.status_code == 500
    assert "as soon as the directory can be reached" in answer.text
    assert [each.ending for each in waiting] == [None]
    assert (intent.needs, bridge.services.intents.list()) == ("", [])
    assert state(bridge) == before != after
