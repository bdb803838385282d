"""How a directory is reached is read from URLs."""

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dn import Dn


@pytest.mark.parametrize(
    ("url", "written", "is_local"),
    [
        pytest.param("ldap://ldap.example.org", "ldap://ldap.example.org:389", False, id="ldap"),
        pytest.param("LDAPS://Ldap.Example.org/", "ldaps://ldap.example.org:636", False, id="ldaps"),
        pytest.param("ldap://localhost:1389", "ldap://localhost:1389", True, id="localhost"),
        pytest.param("ldap://127.0.0.2", "ldap://127.0.0.2:389", True, id="loopback"),
        pytest.param("ldaps://[::1]:7", "ldaps://[::1]:7", True, id="IPv6"),
        pytest.param("ldapi://%2Frun%2Fldapi", "ldapi://%2Frun%2Fldapi", True, id="ldapi"),
    ],
)
def test_address(url: str, written: str, is_local: bool) -> None:  # noqa: FBT001 - a table of booleans
    """A URL names a server, on this machine or another."""
    address = ServerAddress.parse(url)

    assert (str(address), address.is_local) == (written, is_local)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ldap.example.org",
        "https://x",
        "ldap://",
        "ldapi://",
        "ldap://x/dc=example",
        "ldap://x?cn",
        "ldap://x#y",
        "ldap://jo:secret@x",
        "ldapi://x/y",
        "ldap://x:99999",
    ],
)
def test_no_address(url: str) -> None:
    """A URL that says more or less than a server's address is refused."""
    with pytest.raises(ValueError, match=r"is not an LDAP server's URL|out of range"):
        ServerAddress.parse(url)


@pytest.mark.parametrize(
    ("url", "tls", "expected"),
    [
        pytest.param("ldaps://x", Tls(), True, id="TLS"),
        pytest.param("ldap://x", Tls(start_tls=True), True, id="StartTLS"),
        pytest.param("ldap://localhost", Tls(), True, id="this machine"),
        pytest.param("ldap://x", Tls(), False, id="plain"),
    ],
)
def test_protection(url: str, tls: Tls, expected: bool) -> None:  # noqa: FBT001 - a table of booleans
    """Secrets go over TLS or stay on the machine."""
    address = ServerAddress.parse(url)
    settings = ConnectionSettings((address,), Dn(()), "secret", tls)

    assert settings.is_protected(address) is expected
    assert "secret" not in repr(settings)
