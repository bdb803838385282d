"""A slapd as Debian delivers it becomes a directory for SCIM by one command, and is as it was by another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.testing.slapd import Slapd
from tests.prepared.debian import debian_slapd, preparing

pytestmark = pytest.mark.directory


def entries(server: Slapd) -> list[str]:
    """Name all entries of data and configuration."""
    text = server.export() + server.export("cn=config")
    return sorted(line for line in text.splitlines() if line.startswith("dn:"))


def test_prepared_once_and_taken_back(tmp_path: Path) -> None:
    """The first plan does all, the second is empty, the doctor is content, and what can be taken back is."""
    with (
        debian_slapd(tmp_path) as server,
        preparing(server, tmp_path, data_dn=f"cn=admin,{server.base_dn}") as ready,
    ):
        undo = tmp_path / "undo.ldif"
        before = entries(server)
        first = ready.prepare("--apply", "--yes", "--undo-file", str(undo))
        again = ready.prepare()
        found = ready.doctor()
        taken_back = ready.prepare("--undo", str(undo))
        after = entries(server)

    assert first.exit_code == 0, first.output
    assert "scimUser" not in first.stdout
    assert (again.stdout, again.stderr) == ("", "PRIMARY needs nothing\n")
    assert [each["seen"] for each in json.loads(found.stdout)["PRIMARY"] if each["severity"] == "error"] == []
    assert taken_back.exit_code == 0, taken_back.output
    assert after == before


def test_nothing_is_left_to_do(slapd: Slapd, tmp_path: Path) -> None:
    """The directory that the suites of this package run on is prepared."""
    with preparing(slapd, tmp_path, data_dn=f"cn=admin,{slapd.base_dn}") as ready:
        assert ready.prepare().stdout == ""
