"""A slapd that demands a certificate of its clients, knows who we are by it, and speaks an old TLS and no other."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.directory.connection import Tls
from app.testing import tls
from app.testing.slapd import Slapd
from tests.preparation.broken import Break, replacing, running

DEMANDS = """olcTLSVerifyClient: demand
olcAuthzRegexp: {0}"cn=landbridge client" "cn=landbridge,dc=example,dc=org"
"""
OLD_BY_GNUTLS = "olcTLSCipherSuite: NORMAL:-VERS-ALL:+VERS-TLS%s\n"
OLD_BY_OPENSSL = """openssl_conf = all
[all]
ssl_conf = tls
[tls]
system_default = old
[old]
MinProtocol = TLSv%s
MaxProtocol = TLSv%s
CipherString = DEFAULT:@SECLEVEL=0
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


@contextmanager
def strict_slapd(directory: Path, *, version: str = "1.2") -> Iterator[Strict]:
    """Run it."""
    for name in ("known", "strange"):
        tls.issue_client(directory / name, "landbridge client")
    changed = DEMANDS + (OLD_BY_GNUTLS % version if has_gnutls() else "")
    openssl = directory / "openssl.cnf"
    openssl.write_text(OLD_BY_OPENSSL % (version, version))
    with (
        pytest.MonkeyPatch.context() as patch,
        running(Break(config=replacing("olcTLSProtocolMin: 3.3\n", changed)), directory / "server") as slapd,
    ):
        patch.setenv("OPENSSL_CONF", str(openssl))
        slapd.stop()
        with (slapd.directory / "tls" / "ca.crt").open("ab") as trusted:
            trusted.write((directory / "known" / "client-ca.crt").read_bytes())
        slapd.start()
        yield Strict(slapd, directory / "known", directory / "strange")
