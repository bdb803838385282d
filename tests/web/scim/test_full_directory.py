"""A directory that has no room any more: what it says reaches administrators, and clients are told nothing of its business."""

from pathlib import Path

import pytest

from tests.preparation.broken import Break, replacing, running
from tests.web.scim.bridge import make_bridge, problem, read

pytestmark = pytest.mark.directory
MANY = 2_000
"""More than there is room for."""


def test_no_room(tmp_path: Path) -> None:
    """Of each user the client is told whether it was made; why not is in the trail. What is there is still read."""
    small = Break(config=replacing("olcDbMaxSize: 4294967296", "olcDbMaxSize: 600000"))
    with running(small, tmp_path / "server") as slapd:
        bridge = make_bridge(tmp_path / "data", slapd)
        made = []
        for number in range(MANY):
            answer = bridge.send("POST", "/Users", {"userName": f"u{number}", "title": "x" * 500})
            if answer.status_code != 201:
                break
            made.append(f"u{number}")
        [entry] = bridge.services.audit.page(limit=1)
        found = bridge.found("/Users?count=1000&sortBy=id")
        bridge.close()

    assert problem(answer) == (500, None)
    assert "error of its own" in read(answer)["detail"]
    assert "LDAP result" not in answer.text
    assert entry.outcome == "failed"
    assert "(LDAP result 80: " in entry.detail
    assert sorted(found) == sorted(made)
