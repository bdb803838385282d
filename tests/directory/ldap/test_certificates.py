"""A slapd that demands a certificate of its clients, knows who we are by it, and speaks TLS 1.2 and no more."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.directory.connection import ConnectionSettings, Tls
from app.directory.dn import Dn
from app.directory.errors import DirectoryError, Unavailable
from app.directory.model import Search
from app.directory.servers.directory import ServerDirectory
from app.testing import tls
from app.testing.slapd import Slapd
from tests.directory.conftest import settings_of
from tests.preparation.broken import Break, replacing, running

pytestmark = pytest.mark.directory
Connect = Callable[[ConnectionSettings], ServerDirectory]
DEMANDS = """olcTLSProtocolMin: 3.3
olcTLSVerifyClient: demand
%solcAuthzRegexp: {0}"cn=landbridge client" "cn=landbridge,dc=example,dc=org"
"""
OLD_BY_GNUTLS = "olcTLSCipherSuite: NORMAL:-VERS-ALL:+VERS-TLS1.2\n"
OLD_BY_OPENSSL = """openssl_conf = all
[all]
ssl_conf = tls
[tls]
system_default = old
[old]
MaxProtocol = TLSv1.2
"""


def has_gnutls() -> bool:
    """Tell whether slapd is linked with GnuTLS, as Debian's is up to 12, or with OpenSSL."""
    linked = subprocess.run(["ldd", "/usr/sbin/slapd"], capture_output=True, check=True, text=True)
    return "gnutls" in linked.stdout


@dataclass(frozen=True)
class Strict:
    """The server, and where the certificates are that it takes, and others."""

    slapd: Slapd
    known: Path
    strange: Path

    def tls(self, certificates: Path | None, **more: object) -> Tls:
        """Say how we are known."""
        own = {} if certificates is None else _own(certificates)
        return Tls(ca_file=str(self.slapd.ca_file), **own, **more)  # type: ignore[arg-type]  # tests pass anything


def _own(certificates: Path) -> dict[str, str]:
    return {"certificate": str(certificates / "client.crt"), "key": str(certificates / "client.key")}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strict]:
    """Run it."""
    directory = tmp_path_factory.mktemp("strict")
    for name in ("known", "strange"):
        tls.issue_client(directory / name, "landbridge client")
    config = replacing("olcTLSProtocolMin: 3.3\n", DEMANDS % (OLD_BY_GNUTLS if has_gnutls() else ""))
    openssl = directory / "openssl.cnf"
    openssl.write_text(OLD_BY_OPENSSL)
    with (
        pytest.MonkeyPatch.context() as patch,
        running(Break(config=config), directory / "server") as slapd,
    ):
        patch.setenv("OPENSSL_CONF", str(openssl))
        slapd.stop()
        with (slapd.directory / "tls" / "ca.crt").open("ab") as trusted:
            trusted.write((directory / "known" / "client-ca.crt").read_bytes())
        slapd.start()
        yield Strict(slapd, directory / "known", directory / "strange")


def containers(connect: Connect, settings: ConnectionSettings) -> set[str]:
    """Connect, and name what the service account alone may see."""
    directory = connect(settings)
    try:
        found = directory.search(Search(Dn.parse("dc=example,dc=org"), "one", attributes=("ou",)))
        return {entry.text("ou") or "" for entry in found}
    finally:
        directory.close()


def test_external(strict: Strict, client: Connect) -> None:
    """The certificate alone says who we are (SASL EXTERNAL): no name and no password is sent."""
    settings = settings_of(
        strict.slapd,
        tls=strict.tls(strict.known),
        bind_method="external",
        bind_dn=Dn(()),
        bind_password="",
    )

    assert containers(client, settings) >= {"People", "Groups"}


def test_beside_a_password(strict: Strict, client: Connect) -> None:
    """A certificate that the server demands goes with a simple bind, too."""
    settings = settings_of(strict.slapd, tls=strict.tls(strict.known))

    assert containers(client, settings) >= {"People", "Groups"}


@pytest.mark.parametrize("which", ["none", "strange"])
def test_refused(strict: Strict, client: Connect, which: str) -> None:
    """Without a certificate, or with another authority's of the same name, the server does not talk to us."""
    certificates = strict.strange if which == "strange" else None

    with pytest.raises(DirectoryError) as refused:
        containers(client, settings_of(strict.slapd, tls=strict.tls(certificates)))

    assert isinstance(refused.value, Unavailable)


def test_minimum_version(strict: Strict, client: Connect) -> None:
    """A server that cannot speak the version that is demanded is not talked to."""
    new = settings_of(strict.slapd, tls=strict.tls(strict.known, minimum_version="1.3"))

    with pytest.raises(Unavailable):
        containers(client, new)


def test_start_tls(strict: Strict, client: Connect) -> None:
    """The same holds of StartTLS: the certificate is shown, and the version is checked."""
    plain = settings_of(strict.slapd).servers[0]
    server = plain.parse(strict.slapd.uri)
    settings = settings_of(strict.slapd, servers=(server,), tls=strict.tls(strict.known, start_tls=True))
    new = settings_of(
        strict.slapd,
        servers=(server,),
        tls=strict.tls(strict.known, start_tls=True, minimum_version="1.3"),
    )

    assert containers(client, settings) >= {"People", "Groups"}
    with pytest.raises(Unavailable):
        containers(client, new)
