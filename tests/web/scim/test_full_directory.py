"""A directory that has no room any more: what it says reaches administrators, and clients are told nothing of its business."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.__main__ import main
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
        by_command = CliRunner().invoke(
            main.commands["users"],
            ["create", "-f", "-"],
            obj=bridge.services,
            input=json.dumps({"userName": "more", "title": "x" * 4_000}),
        )
        [entry, _] = bridge.services.audit.page(limit=2)
        found = bridge.found("/Users?count=1000&sortBy=id")
        bridge.close()

    assert problem(answer) == (500, None)
    assert "error of its own" in read(answer)["detail"]
    assert "LDAP result" not in answer.text
    assert entry.outcome == "failed"
    assert "(LDAP result 80: " in entry.detail
    assert (by_command.exit_code, "(LDAP result 80: " in by_command.output) == (4, True)
    assert sorted(found) == sorted(made)
