"""The domain controller of tests is one: accounts, rights, and a policy that a test may bring back."""

import subprocess

import pytest

from app.testing.samba import SambaAdContainer
from app.testing.server import DirectoryToolError

pytestmark = [pytest.mark.container, pytest.mark.directory]


def test_it_is_active_directory(samba_ad: SambaAdContainer) -> None:
    """The root DSE says that it is an Active Directory of level 2008 R2 or above, and its containers are there."""
    root = subprocess.run(
        ["ldapsearch", "-x", "-LLL", "-H", samba_ad.uri, "-s", "base", "-b", "", "supportedCapabilities"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "1.2.840.113556.1.4.2080" in root
    assert "ou: People\n" in samba_ad.export(samba_ad.people_dn)
    assert "ou: Groups\n" in samba_ad.export(samba_ad.groups_dn)


def test_it_comes_empty(empty_samba_ad: SambaAdContainer) -> None:
    """What a test has left is gone, whatever it is called."""
    name = f'CN=jo \\"x\\",{empty_samba_ad.people_dn}'
    empty_samba_ad.modify(f"dn: {name}\nobjectClass: user\n")

    empty_samba_ad.clear()

    assert empty_samba_ad.export(empty_samba_ad.people_dn).count("dn: ") == 1


def test_a_policy_holds_for_a_while(empty_samba_ad: SambaAdContainer) -> None:
    """Rules that a test brings back are gone after it."""
    entry = f"dn: CN=jo,{empty_samba_ad.people_dn}\n"
    empty_samba_ad.modify(f"{entry}objectClass: user\n")
    # "x" in quotes, as UTF-16
    change = f"{entry}changetype: modify\nreplace: unicodePwd\nunicodePwd:: IgB4ACIA\n"

    with empty_samba_ad.policy(minPwdLength="12"), pytest.raises(DirectoryToolError, match="0000052D"):
        empty_samba_ad.modify(change)

    empty_samba_ad.modify(change)
