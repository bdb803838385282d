"""A domain whose directory takes connections and never answers: the others are served meanwhile, and it says when to come again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.directory.servers.directory import ServerDirectory
from app.testing.slapd import Slapd
from tests.directory.ldap.proxy import Proxy
from tests.waiting import wait_until
from tests.web.scim.bridge import Bridge, make_bridge, problem
from tests.web.scim.test_several_domains import second

pytestmark = pytest.mark.directory
MANY = 12
"""More than there are connections."""


@pytest.fixture
def hanging(slapd: Slapd) -> Iterator[Proxy]:
    """Give a relay to a directory, which will hang."""
    with Proxy(slapd.uri) as proxy:
        yield proxy


@pytest.fixture
def joint(slapd: Slapd, hanging: Proxy, tmp_path: Path) -> Iterator[Bridge]:
    """Give a service over two domains, of which the first is behind the relay."""
    slapd.clear()
    primary = {
        "servers": [hanging.address],
        "patience": {"silent_seconds": 4},
        "limits": {"connections": 4, "connect_seconds": 1},
    }
    provisioning = {"domains": ["PRIMARY", "OTHER"], "unreachable": "fail"}
    bridge = make_bridge(
        tmp_path,
        slapd,
        bodies={"PRIMARY": primary, "demo": {"provisioning": provisioning}},
        added=[second(slapd)],
    )
    bridge.services.secrets.put("other", slapd.bind_password)
    yield bridge
    bridge.close()


def get(bridge: Bridge, path: str) -> TestResponse:
    """Ask as a client of its own."""
    return replace(bridge, http=bridge.app.test_client()).get(path)


def test_others_are_served(joint: Bridge, hanging: Proxy) -> None:
    """While all that the silent domain has is taken by requests that wait, the other one answers at once.

    Those who wait are let go with 503, as are those who come later, who do not wait and open no connection.
    """
    assert get(joint, "/Users?domain=PRIMARY").status_code == 200
    primary = joint.services.configurations.current().domains["PRIMARY"].directory
    assert isinstance(primary, ServerDirectory)
    hanging.behaviour = "hang"

    with ThreadPoolExecutor(MANY) as pool:
        waiting: list[Future[TestResponse]] = [
            pool.submit(get, joint, "/Users?domain=PRIMARY") for _ in range(MANY)
        ]
        wait_until(lambda: hanging.connections >= 4)
        answers = [get(joint, f"/Users?domain=OTHER&count={count}") for count in range(1, 6)]
        are_waiting = [not each.done() for each in waiting]
        ended = [each.result(timeout=60) for each in waiting]

    assert {answer.status_code for answer in answers} == {200}
    assert any(are_waiting)
    assert {problem(each) for each in ended} == {(503, None)}
    assert all(int(each.headers["Retry-After"]) > 0 for each in ended)
    [status] = primary.statuses()
    assert (status.state != "closed", status.in_use) == (True, 0)
    opened = hanging.connections
    late = get(joint, "/Users?domain=PRIMARY")
    assert (problem(late), hanging.connections - opened <= 1) == ((503, None), True)
    hanging.behaviour = "relay"
    wait_until(lambda: get(joint, "/Users?domain=PRIMARY").status_code == 200)
