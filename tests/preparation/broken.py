"""Directories that are broken on purpose, each in one way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dialects.base import Dialect
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Entry, Operation, Search, Values
from app.directory.port import Capabilities, Directory
from app.preparation.doctor import examine
from app.preparation.finding import Finding
from app.preparation.patient import Patient
from app.provisioning.domain import Domain
from app.testing import tls
from app.testing.slapd import TEMPLATES, Slapd
from tests.preparation.conftest import map_of, settings_of
from tests.provisioning.conftest import shipped_map

Edit = Callable[[str], str]
OTHER_NAMES = (x509.DNSName("ldap.example.net"),)


def same(text: str) -> str:
    """Change nothing."""
    return text


def without_overlay(name: str) -> Edit:
    """Leave an overlay out of the configuration."""
    return lambda text: re.sub(rf"dn: olcOverlay={name},.*?\n\n", "", text + "\n\n", flags=re.DOTALL)


def without_line(beginning: str) -> Edit:
    """Leave lines out of a file."""
    return lambda text: "".join(
        line for line in text.splitlines(keepends=True) if not line.startswith(beginning)
    )


def replacing(old: str, new: str) -> Edit:
    """Put something else in a file."""
    return lambda text: text.replace(old, new)


@dataclass(frozen=True)
class Break:
    """What is broken: the configuration, the first entries, what is added later, the certificate, or how it is reached."""

    config: Edit = same
    base: Edit = same
    entries: str = ""
    issued: datetime | None = None
    names: tuple[x509.GeneralName, ...] = ()
    reach: Callable[[ConnectionSettings, Slapd], ConnectionSettings] = lambda settings, _slapd: settings
    maps: tuple[str, ...] = ("openldap-user", "openldap-group")
    own_map: str = ""
    dialect: Dialect = field(default_factory=OpenLdap)
    as_administrator: bool = True
    tries_writing: bool = False
    base_dn: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@contextmanager
def running(broken: Break, directory: Path) -> Iterator[Slapd]:
    """Run a slapd that is broken."""
    templates = directory / "templates"
    templates.mkdir(parents=True)
    for name, edit in (("config.ldif", broken.config), ("base.ldif", broken.base)):
        (templates / name).write_text(edit((TEMPLATES / name).read_text()))
    with Slapd(directory / "slapd", durable=False, templates=templates) as slapd:
        if broken.entries:
            slapd.modify(broken.entries)
        if broken.issued or broken.names:
            slapd.stop()
            tls.issue(slapd.directory / "tls", now=broken.issued, names=broken.names or tls.LOOPBACK)
            slapd.start()
        yield slapd


def examined(broken: Break, slapd: Slapd) -> list[Finding]:
    """Have the doctor look at a slapd."""
    settings = broken.reach(settings_of(slapd), slapd)
    directory = LdapDirectory(settings)
    plain = replace(settings_of(slapd, as_administrator=True), servers=(ServerAddress.parse(slapd.uri),))
    administration = LdapDirectory(plain) if broken.as_administrator else None
    maps = [shipped_map(name) for name in broken.maps]
    if broken.own_map:
        maps.append(map_of(broken.own_map))
    domain = Domain(
        "PRIMARY",
        directory,
        broken.dialect,
        Dn.parse(broken.base_dn or slapd.base_dn),
        {each.resource_type.name: each for each in maps},
    )
    try:
        return examine(Patient(domain, settings, broken.now, administration, broken.tries_writing))
    finally:
        directory.close()
        if administration:
            administration.close()


@dataclass(frozen=True)
class Aged:
    """A directory one entry of which, its root for example, says something else of itself."""

    inner: Directory
    said: Mapping[str, Values]
    of: str = ""

    def search(self, search: Search) -> Iterator[Entry]:
        """Pass on, and put something else in the root."""
        for entry in self.inner.search(search):
            name = str(entry.dn).lower()
            is_meant = name.startswith(self.of) if self.of else not name
            yield Entry(entry.dn, {**entry.attributes, **self.said}) if is_meant else entry

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Pass on."""
        return self.inner.execute(operation, read_back=read_back)

    def authenticate(self, dn: Dn, password: str) -> None:
        """Pass on."""
        self.inner.authenticate(dn, password)

    def capabilities(self) -> Capabilities:
        """Pass on."""
        return self.inner.capabilities()
