"""Kerberos, as Samba's controller has it: who has the keys is let in, by ldap3 over TLS, and nobody is taken for another."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.directory.connection import ServerAddress, Tls
from app.directory.dn import Dn
from app.directory.errors import InsufficientAccess, InvalidCredentials, Unavailable
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Change, Modify, Search
from app.testing.samba import KERBEROS_PORT, SambaAdContainer
from tests.directory.conftest import settings_of

pytestmark = [pytest.mark.container, pytest.mark.directory]

CONFIGURATION = """[libdefaults]
default_realm = {realm}
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
[realms]
{realm} = {{
  kdc = {kdc}
}}
"""


@dataclass(frozen=True)
class Realm:
    """A domain that has a keytab for each of two accounts."""

    samba: SambaAdContainer
    landbridge: str
    administrator: str

    def open(self, keytab: str | None, **changed: object) -> LdapDirectory:
        """Bind by Kerberos, with no name and no password."""
        nobody = {"bind_dn": Dn(()), "bind_password": "", "bind_method": "gssapi", "keytab": keytab}
        return LdapDirectory(settings_of(self.samba, **{**nobody, **changed}))


@pytest.fixture(scope="module")
def keytabs(samba_ad: SambaAdContainer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder with keys and Kerberos's configuration; the controller's service is known by its address for a while."""
    folder = tmp_path_factory.mktemp("kerberos")
    for account in ("landbridge", "Administrator"):
        samba_ad.export_keys(account, folder / account)
    kdc = f"127.0.0.1:{samba_ad.container.get_exposed_port(KERBEROS_PORT)}"
    (folder / "krb5.conf").write_text(CONFIGURATION.format(realm=samba_ad.realm, kdc=kdc))
    change = f"dn: {samba_ad.controller_dn}\nchangetype: modify\n{{0}}: servicePrincipalName\n"
    name = "servicePrincipalName: ldap/127.0.0.1\n"
    samba_ad.modify(change.format("add") + name)
    yield folder
    samba_ad.modify(change.format("delete") + name)


@pytest.fixture
def realm(
    samba_ad: SambaAdContainer, keytabs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Realm:
    """Give the domain; the process itself has neither tickets nor keys."""
    monkeypatch.setenv("KRB5_CONFIG", str(keytabs / "krb5.conf"))
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / 'tickets'}")
    return Realm(samba_ad, str(keytabs / "landbridge"), str(keytabs / "Administrator"))


def title(name: str) -> Modify:
    """Change what only an administrator may."""
    return Modify(Dn.parse(name), (Change("replace", "description", (b"x",)),))


def test_each_keytab_is_somebody(realm: Realm) -> None:
    """Two domains with keytabs of their own bind in one process, each as who its keys are, with that one's rights."""
    unit = realm.samba.base_dn
    with (
        closing(realm.open(realm.landbridge)) as service,
        closing(realm.open(realm.administrator)) as administrator,
    ):
        with pytest.raises(InsufficientAccess):
            service.execute(title(unit))
        administrator.execute(title(unit))
        [found] = service.search(Search(Dn.parse(unit), "base", attributes=("description",)))
        administrator.execute(Modify(Dn.parse(unit), (Change("replace", "description", ()),)))

    assert found.text("description") == "x"


def test_start_tls(realm: Realm) -> None:
    """StartTLS protects a bind by Kerberos as well."""
    servers = (ServerAddress.parse(realm.samba.uri),)
    tls = Tls(start_tls=True, ca_file=str(realm.samba.ca_file))

    with closing(realm.open(realm.landbridge, servers=servers, tls=tls)) as service:
        found = list(service.search(Search(Dn.parse(realm.samba.base_dn), "one")))

    assert found


def test_credentials_of_the_process(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a keytab the process's own credentials are used."""
    monkeypatch.setenv("KRB5_CLIENT_KTNAME", f"FILE:{realm.landbridge}")

    with closing(realm.open(None)) as service:
        found = list(service.search(Search(Dn.parse(realm.samba.base_dn), "one")))

    assert found


def test_people_bind_by_password(realm: Realm) -> None:
    """Whose password is asked about binds with it, whatever we bind by."""
    with closing(realm.open(realm.landbridge)) as service:
        service.authenticate(Dn.parse(realm.samba.bind_dn), realm.samba.bind_password)
        with pytest.raises(InvalidCredentials):
            service.authenticate(Dn.parse(realm.samba.bind_dn), "wrong")


@pytest.mark.parametrize(
    ("host", "keytab", "reason"),
    [
        pytest.param("127.0.0.1", "missing", "No credentials", id="keytab missing"),
        pytest.param("127.0.0.1", None, "No", id="no tickets"),
        pytest.param("localhost", "landbridge", "not found in Kerberos database", id="other service"),
    ],
)
def test_why_nobody_is_let_in(
    realm: Realm, keytabs: Path, host: str, keytab: str | None, reason: str
) -> None:
    """What Kerberos lacks makes the server unavailable, with its words for the log."""
    port = int(realm.samba.ldaps_uri.rpartition(":")[2])
    keys = None if keytab is None else str(keytabs / keytab)
    with (
        closing(realm.open(keys, servers=(ServerAddress("ldaps", host, port),))) as service,
        pytest.raises(Unavailable, match="KerberosFailed") as caught,
    ):
        list(service.search(Search(Dn(()), "base")))

    assert reason in caught.value.diagnostic
