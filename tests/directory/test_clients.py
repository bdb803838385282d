"""The fast client is used where it is installed and does what is asked for."""

import pytest

from app.directory.clients import has_native, open_directory
from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dn import Dn

FAR = ServerAddress("ldaps", "ldap.example.org", 636)


@pytest.mark.parametrize(
    ("server", "method", "may_be_native"),
    [
        pytest.param(FAR, "simple", True, id="ordinary"),
        pytest.param(FAR, "gssapi", False, id="keytab"),
        pytest.param(ServerAddress("ldaps", "localhost", 636), "simple", False, id="localhost"),
    ],
)
def test_choice(server: ServerAddress, method: str, *, may_be_native: bool) -> None:
    """What libldap cannot do is left to ldap3."""
    settings = ConnectionSettings((server,), Dn(()), "", bind_method=method)  # type: ignore[arg-type]  # one of the methods

    chosen = type(open_directory(settings)).__name__

    assert chosen == ("NativeDirectory" if may_be_native and has_native() else "LdapDirectory")
