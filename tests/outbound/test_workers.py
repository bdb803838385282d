"""Several workers on PostgreSQL, some of which die: nothing is lost, nothing is doubled, order holds."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.outbound.outbox import Outbox
from tests.outbound.bridges import ENVIRON, application, connector, proxy_bridge
from tests.outbound.postgresql import postgresql
from tests.outbound.unruly import unruly
from tests.web.scim.bridge import Bridge

GROUPS = 16
CHANGES = 2
KILLS = 3
LONGEST_SECONDS = 180


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """Run PostgreSQL where a user who is not root gets to."""
    directory = Path(tempfile.mkdtemp(prefix="landbridge-postgresql-"))
    directory.chmod(0o755)
    with postgresql(directory / "server") as url:
        yield url
    shutil.rmtree(directory)


def start(data_dir: Path, database_url: str) -> subprocess.Popen[bytes]:
    """Start `landbridge worker`."""
    environ = {
        **os.environ,
        **ENVIRON,
        "LANDBRIDGE_DATABASE_URL": database_url,
        "LANDBRIDGE_DATA_DIR": str(data_dir),
        "LANDBRIDGE_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "app", "worker", "--threads", "1", "--lease-seconds", "1"]
    return subprocess.Popen(command, env=environ)


def test_workers_that_die(scim2_target: str, target: httpx.Client, tmp_path: Path, database_url: str) -> None:
    """Two workers share the outbox; one after the other is killed in the middle, and others go on."""
    assert target.get("/Groups").json()["totalResults"] == 0
    with unruly(scim2_target) as between:
        between.seconds = 0.03
        documents = [connector("crm", between.url, blocking=False), application("crm")]
        with proxy_bridge(tmp_path, *documents, database_url=database_url) as bridge:
            for number in range(GROUPS):
                group = bridge.group(f"group{number}")
                for change in range(CHANGES):
                    operation = {"op": "replace", "path": "externalId", "value": f"{number}-{change}"}
                    bridge.patch(f"/Groups/{group['id']}", operation)

            _kill_and_go_on(bridge, tmp_path, database_url)

        found = target.get("/Groups", params={"count": "1000"}).json()["Resources"]
        assert sorted(each["displayName"] for each in found) == sorted(f"group{n}" for n in range(GROUPS))
        assert {each["externalId"] for each in found} == {f"{n}-{CHANGES - 1}" for n in range(GROUPS)}
        _check_order(between.bodies)


def _kill_and_go_on(bridge: Bridge, data_dir: Path, database_url: str) -> None:
    """Kill the older one of two workers a random moment after something was delivered, and start another."""
    outbox, chance = bridge.services.outbound.outbox, random.Random(7)  # noqa: S311 - moments, no secrets
    running = [start(data_dir, database_url) for _ in range(2)]
    left = GROUPS * (CHANGES + 1)
    for _ in range(KILLS):
        left = _wait_for_less(outbox, left)
        time.sleep(chance.uniform(0.0, 0.15))
        running[0].kill()
        running[0].wait()
        running = [running[1], start(data_dir, database_url)]
    assert left, "all was delivered before the last one was killed"
    while left:
        left = _wait_for_less(outbox, left)
    for each in running:
        each.terminate()
        assert each.wait(10) == 0


def _wait_for_less(outbox: Outbox, left: int) -> int:
    deadline = time.monotonic() + LONGEST_SECONDS
    while (now := len(outbox.page(limit=500))) >= left:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return now


def _check_order(bodies: list[tuple[str, object]]) -> None:
    """The changes of each group arrive in their order; one may arrive twice in a row."""
    arrived: dict[str, list[int]] = defaultdict(list)
    for method, body in bodies:
        if method == "PATCH":
            assert isinstance(body, dict)
            for operation in body["Operations"]:
                number, change = operation["value"].split("-")
                arrived[number].append(int(change))
    assert len(arrived) == GROUPS
    for changes in arrived.values():
        assert changes == sorted(changes)
        assert set(changes) == set(range(CHANGES))
