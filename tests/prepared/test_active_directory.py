"""A domain of Active Directory gets containers, a service account and its rights by one command, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.directory.dn import Dn
from app.directory.errors import InsufficientAccess
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Add, Delete
from tests.preparation.conftest import settings_of
from tests.prepared.conftest import BareSamba
from tests.prepared.debian import preparing

pytestmark = [pytest.mark.directory, pytest.mark.container]


def units(server: BareSamba) -> list[str]:
    """Name what is there of the unit and the account."""
    text = server.export(server.domain_dn, "(|(ou=*)(sAMAccountName=scim))")
    wanted = ("dn: OU=Provisioned", "dn: OU=People,OU=Prov", "dn: OU=Groups,OU=Prov", "dn: CN=scim")
    return sorted(line.split(",DC=")[0] for line in text.splitlines() if line.startswith(wanted))


def test_prepared_once_and_taken_back(bare_samba: BareSamba, tmp_path: Path) -> None:
    """Two rounds, since rights can be given only to an account that is there; then nothing, and back to the beginning."""
    undo = tmp_path / "undo.ldif"
    with preparing(bare_samba, tmp_path, product="active-directory") as ready:
        if units(bare_samba):
            pytest.skip("it was prepared for the suites first")
        shown = ready.prepare()
        nothing = units(bare_samba)
        first = ready.prepare("--apply", "--yes", "--undo-file", str(undo))
        made = units(bare_samba)
        again = ready.prepare()
        found = ready.doctor()
        second = ready.prepare("--undo", str(undo.with_stem("undo-2")))
        back = ready.prepare("--undo", str(undo))
        after = units(bare_samba)

    assert "dn: OU=People,OU=Provisioned," in shown.stdout
    assert bare_samba.bind_password not in shown.output + first.output
    assert nothing == []
    assert first.exit_code == 0, first.output
    assert "nTSecurityDescriptor:: " in first.stdout
    assert made == [
        "dn: CN=scim,CN=Users",
        "dn: OU=Groups,OU=Provisioned",
        "dn: OU=People,OU=Provisioned",
        "dn: OU=Provisioned",
    ]
    assert (again.stdout, again.stderr) == ("", "PRIMARY needs nothing\n")
    assert [each["seen"] for each in json.loads(found.stdout)["PRIMARY"] if each["severity"] == "error"] == []
    assert (second.exit_code, back.exit_code) == (0, 0), second.output + back.output
    assert after == []


def test_no_more_rights_than_are_needed(samba_ad: BareSamba) -> None:
    """The service account makes users where users belong, and nothing anywhere else."""
    directory = LdapDirectory(settings_of(samba_ad))
    here, elsewhere = (
        Add(
            Dn.parse(f"CN=somebody,{place}"),
            {"objectClass": (kind,), "cn": (b"somebody",), "sAMAccountName": (b"somebody",)},
        )
        for place, kind in (
            (samba_ad.people_dn, b"user"),
            (samba_ad.base_dn, b"user"),
        )
    )
    computer = Add(Dn.parse(f"OU=more,{samba_ad.people_dn}"), {"objectClass": (b"organizationalUnit",)})

    directory.execute(here)
    directory.execute(Delete(here.dn))
    for refused in (elsewhere, computer):
        with pytest.raises(InsufficientAccess):
            directory.execute(refused)
    directory.close()
