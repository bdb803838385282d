"""slapd as Debian's package configures it, and a Landbridge that has it for a domain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from app.__main__ import main
from app.bootstrap import build
from app.services import Services
from app.settings import Settings
from app.store.loading import load, parse
from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd

PACKAGED = Path("/usr/share/slapd/slapd.init.ldif")
MAPS = Path(__file__).parents[2] / "config" / "maps"
BASE = """\
dn: ${LDAP_BASE}
objectClass: top
objectClass: dcObject
objectClass: organization
o: ${LDAP_DC}
dc: ${LDAP_DC}
"""
_TLS = """\
olcTLSCACertificateFile: tls/ca.crt
olcTLSCertificateFile: tls/server.crt
olcTLSCertificateKeyFile: tls/server.key
"""
DOMAIN = """
kind: Domain
name: PRIMARY
product: %s
servers: ["%s"]
base: "%s"
bind: {dn: "%s", password: {env: PASSWORD}}
tls: {ca_file: "%s"}
maps: {User: %s, Group: %s}
"""


def packaged() -> str:
    """Return what dpkg makes of the package's template, with a certificate and with a password for cn=config.

    Both are what an administrator gives it before anything else: without the one no password may be sent, and without
    the other only root on the same machine may configure it.
    """
    text = PACKAGED.read_text(encoding="utf-8")
    lines = [
        line for line in text.splitlines(keepends=True) if not line.startswith(("olcPidFile", "olcArgsFile"))
    ]
    text = "".join(lines).replace("/var/lib/ldap", "database")
    text = text.replace("@SUFFIX@", "${LDAP_BASE}").replace("@PASSWORD@", "${CONFIG_PASSWORD_HASH}")
    text = text.replace("cn: config\n", f"cn: config\n{_TLS}", 1)
    administrator = "olcRootDN: cn=admin,cn=config\n"
    return text.replace(administrator, f"{administrator}olcRootPW: ${{CONFIG_PASSWORD_HASH}}\n", 1)


@contextmanager
def debian_slapd(directory: Path) -> Iterator[Slapd]:
    """Run a slapd as Debian configures it; its data's administrator has the password of the configuration's."""
    templates = directory / "templates"
    templates.mkdir(parents=True)
    (templates / "config.ldif").write_text(packaged())
    (templates / "base.ldif").write_text(BASE)
    with Slapd(directory / "slapd", base_dn="dc=nodomain", durable=False, templates=templates) as server:
        yield server


@dataclass(frozen=True)
class Preparing:
    """The command line of a Landbridge whose domain is a directory."""

    services: Services
    administrators: tuple[str, ...]

    def prepare(self, *arguments: str) -> Result:
        """Run the command as the directory's administrators."""
        given = ["PRIMARY", *self.administrators, *arguments]
        return CliRunner().invoke(main.commands["prepare"], given, obj=self.services)

    def as_nobody(self, *arguments: str) -> Result:
        """Run the command as the service account alone."""
        return CliRunner().invoke(main.commands["prepare"], ["PRIMARY", *arguments], obj=self.services)

    def doctor(self) -> Result:
        """Have the doctor look, and write."""
        return CliRunner().invoke(
            main.commands["doctor"], ["PRIMARY", "--write-probe", "-o", "json"], obj=self.services
        )


@contextmanager
def preparing(
    server: DirectoryServer, directory: Path, *, product: str = "openldap", data_dn: str = "", more: str = ""
) -> Iterator[Preparing]:
    """Wire a service, with the maps that the suites use."""
    services = build(Settings(data_dir=directory / "data"), environ={"PASSWORD": server.bind_password})
    maps = ("openldap-user", "openldap-group") if product == "openldap" else ("ad-user", "ad-group")
    domain = DOMAIN % (product, server.ldaps_uri, server.base_dn, server.bind_dn, server.ca_file, *maps)
    documents = [*load([MAPS]).documents, *parse(domain + more, file="domain.yaml").documents]
    services.documents.apply(documents, author="test")
    password = directory / "password"
    password.write_text(server.config_password)
    who = ("--admin-dn", server.config_dn, "--admin-password-file", str(password))
    data = ("--data-admin-dn", data_dn, "--data-admin-password-file", str(password)) if data_dn else ()
    yield Preparing(services, (*who, *data))
    services.database.dispose()
