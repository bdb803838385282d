"""Writes to Active Directory that are broken off leave old or new state, nothing half made, and the client knows which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import pytest

from app.directory.dn import Dn
from app.directory.errors import InvalidCredentials
from app.store.audit import AuditFilter
from app.testing.samba import SambaAdContainer
from tests.directory.ldap.proxy import Behaviour, Proxy
from tests.web.scim.bridge import Bridge, make_bridge, read
from tests.web.scim.test_broken_off import (
    Act,
    Behind,
    _is_unsure,
    create,
    join,
    kind_of,
    patch,
    prepare,
    until_it_answers,
)

pytestmark = [pytest.mark.container, pytest.mark.directory]
DOMAIN = {
    "product": "active-directory",
    "maps": {"User": "ad-user", "Group": "ad-group"},
    "limits": {"operation_seconds": 2, "connect_seconds": 2},
    "patience": {"retry_seconds": 0.1, "longest_retry_seconds": 0.1},
}


@pytest.fixture(scope="module")
def relayed(
    samba_ad: SambaAdContainer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bridge, Proxy]]:
    """Give a service whose domain controller is behind a relay."""
    with Proxy(samba_ad.ldaps_uri) as proxy:
        behind = Behind(samba_ad, proxy.address.replace("ldap://", "ldaps://"))
        bridge = make_bridge(tmp_path_factory.mktemp("relayed"), behind, bodies={"PRIMARY": DOMAIN})
        yield replace(bridge, directory=samba_ad), proxy
        bridge.close()


def state(bridge: Bridge) -> object:
    """Tell all that there is, but for ids and times, and who is let in by the password."""
    users = {user["userName"]: user for user in read(bridge.get("/Users"))["Resources"]}
    groups = {group["displayName"]: group for group in read(bridge.get("/Groups"))["Resources"]}
    return (
        {name: (user.get("title"), user["active"], _opens(bridge, name)) for name, user in users.items()},
        {name: {member["display"] for member in group["members"]} for name, group in groups.items()},
    )


def _opens(bridge: Bridge, name: str) -> bool:
    directory = bridge.services.configurations.current().domains["PRIMARY"].directory
    try:
        directory.authenticate(Dn.parse(f"cn={name},{bridge.directory.people_dn}"), f"secret of {name}")
    except InvalidCredentials:
        return False
    return True


def done(bridge: Bridge, verb: Act) -> tuple[object, object]:
    """Tell what there is before and after a write that is not broken off."""
    ids = prepare(bridge)
    before = state(bridge)
    answer = verb(bridge, ids)
    assert answer.status_code < 300, answer.text
    return before, state(bridge)


Mishap = Callable[[], AbstractContextManager[None]]


def at_every_point(
    relayed: tuple[Bridge, Proxy], monkeypatch: pytest.MonkeyPatch, verb: Act, mishap: Mishap
) -> Iterator[bool]:
    """Have something befall each operation of a write in turn, and see that all is well; yield whether it was told as made."""
    bridge, proxy = relayed
    before, after = done(bridge, verb)
    execute = kind_of(bridge).execute
    count = 0

    def befallen(*asked: Any, **named: Any) -> Any:
        nonlocal count
        count += 1
        with mishap() if count == point else nullcontext():
            return execute(*asked, **named)

    for point in range(1, 10):
        ids = prepare(bridge)
        count = 0
        with monkeypatch.context() as patched:
            patched.setattr(kind_of(bridge), "execute", befallen)
            answer = verb(bridge, ids)
        proxy.behaviour = "relay"
        until_it_answers(bridge)
        if count < point:
            break

        bridge.services.recovery.run()

        found = state(bridge)
        is_told = answer.status_code < 300 or "was made, but" in answer.text
        assert bridge.services.intents.list() == []
        assert found in (before, after), (point, found)
        if is_told or not _is_unsure(answer):
            assert found == (after if is_told else before), answer.text
        yield is_told
    assert point > 1


@pytest.mark.parametrize(
    ("behaviour", "lasts"),
    [
        pytest.param("lose answers", False, id="answers once"),
        pytest.param("lose requests", False, id="requests once"),
        pytest.param("lose answers", True, id="answers for good"),
    ],
)
@pytest.mark.parametrize("verb", [create, patch, join])
def test_cut(
    relayed: tuple[Bridge, Proxy],
    monkeypatch: pytest.MonkeyPatch,
    verb: Act,
    behaviour: Behaviour,
    *,
    lasts: bool,
) -> None:
    """Wherever the connection is cut: add, password with enabling, rename, change, what is there is old or new."""
    _, proxy = relayed

    @contextmanager
    def cut() -> Iterator[None]:
        proxy.behaviour = behaviour
        try:
            yield
        finally:
            if not lasts:
                proxy.behaviour = "relay"

    assert list(at_every_point(relayed, monkeypatch, verb, cut))


@pytest.mark.parametrize("verb", [create, patch, join])
def test_gone_afterwards(relayed: tuple[Bridge, Proxy], monkeypatch: pytest.MonkeyPatch, verb: Act) -> None:
    """Where the directory goes away after an operation, the last one too, the client and the trail know what was made."""
    bridge, proxy = relayed

    @contextmanager
    def gone() -> Iterator[None]:
        yield
        proxy.cut()
        proxy.behaviour = "lose requests"

    for is_told in at_every_point(relayed, monkeypatch, verb, gone):
        if is_told:
            [latest] = bridge.services.audit.page(AuditFilter(), limit=1)
            assert (latest.outcome, bool(latest.resource_id)) == ("done", True)
