"""A slapd as Debian delivers it becomes a directory for SCIM by one command, and is as it was by another."""

from __future__ import annotations

import json
import subprocess
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


def test_handed_over_as_files(tmp_path: Path) -> None:
    """Without anybody who may look at it, files are written, which its administrators run: then nothing is left to do."""
    with (
        debian_slapd(tmp_path) as server,
        preparing(server, tmp_path, data_dn=f"cn=admin,{server.base_dn}") as ready,
    ):
        files = tmp_path / "files"
        done = ready.as_nobody("--files", str(files))
        texts = {path.name: path.read_text() for path in files.iterdir()}
        ldapmodify(server, server.config_dn, files / "1-configuration.ldif")
        ldapmodify(server, f"cn=admin,{server.base_dn}", files / "2-entries.ldif")
        set_password(server)
        left = ready.prepare()
        found = ready.doctor()

    assert (done.exit_code, sorted(texts)) == (
        0,
        ["1-configuration.ldif", "2-entries.ldif", "undo-1-configuration.ldif", "undo-2-entries.ldif"],
    )
    assert texts["1-configuration.ldif"].startswith(
        "# ldapmodify -c -Y EXTERNAL -H ldapi:/// -f 1-configuration.ldif\n"
    )
    assert "Nobody could look at cn=config" in texts["1-configuration.ldif"]
    assert f'-S "{server.bind_dn}"' in texts["2-entries.ldif"]
    assert server.bind_password not in "".join(texts.values())
    assert left.stdout == ""
    assert [each["seen"] for each in json.loads(found.stdout)["PRIMARY"] if each["severity"] == "error"] == []


def ldapmodify(server: Slapd, dn: str, file: Path) -> None:
    """Run a file as its first line says; what is there already is refused, and it goes on."""
    subprocess.run(
        ["ldapmodify", "-c", "-x", "-H", server.uri, "-D", dn, "-w", server.config_password, "-f", str(file)],
        capture_output=True,
        check=False,
    )


def set_password(server: Slapd) -> None:
    """Give the service account the password that the domain has."""
    who = ("-x", "-H", server.uri, "-D", f"cn=admin,{server.base_dn}", "-w", server.config_password)
    subprocess.run(["ldappasswd", *who, "-s", server.bind_password, server.bind_dn], check=True)


def test_nothing_is_left_to_do(slapd: Slapd, tmp_path: Path) -> None:
    """The directory that the suites of this package run on is prepared."""
    with preparing(slapd, tmp_path, data_dn=f"cn=admin,{slapd.base_dn}") as ready:
        assert ready.prepare().stdout == ""
