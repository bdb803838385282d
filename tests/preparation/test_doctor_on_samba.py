"""What is wrong with a domain controller is found: a row for each code, on Samba."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Search
from app.preparation.doctor import examine
from app.preparation.doctor_codes import DOCTOR_CODES
from app.preparation.patient import Patient
from app.provisioning.domain import Domain
from app.testing.samba import SambaAdContainer
from app.testing.slapd import Slapd
from tests.preparation.broken import Aged
from tests.preparation.conftest import connected
from tests.preparation.conftest import settings_of as samba_settings
from tests.preparation.test_doctor import ROWS
from tests.preparation.test_tls_probe import TLS_ROWS
from tests.provisioning.conftest import shipped_map


@dataclass(frozen=True)
class Controller:
    """A domain of Active Directory, as the service account and as its administrator see it."""

    samba: SambaAdContainer
    patient: Patient

    def codes(self, **changed: object) -> set[str]:
        """Have the doctor look, at the domain as it is or with something else said of it."""
        return {each.code.name for each in examine(replace(self.patient, **changed))}  # type: ignore[arg-type]  # any of its fields

    def settings(self, **changed: object) -> ConnectionSettings:
        """Say how it is reached, but for something."""
        return replace(self.patient.settings, **changed)  # type: ignore[arg-type]  # any of its fields

    @contextmanager
    def changed(self, name: str, attribute: str, value: str) -> Iterator[None]:
        """Have an attribute of the domain be something else for a while."""
        before = connected(self.samba, as_administrator=True)
        search = Search(Dn.parse(name), "base", attributes=(attribute,), size_limit=1)
        old = next(iter(before.search(search))).text(attribute)
        before.close()
        self._set(name, attribute, value)
        try:
            yield
        finally:
            self._set(name, attribute, old)

    def _set(self, name: str, attribute: str, value: str | None) -> None:
        line = f"{attribute}: {value}\n" if value is not None else ""
        self.samba.modify(f"dn: {name}\nchangetype: modify\nreplace: {attribute}\n{line}-\n\n")


@pytest.fixture(scope="module")
def controller(samba_ad: SambaAdContainer) -> Iterator[Controller]:
    """Give Samba's domain."""
    settings = samba_settings(samba_ad)
    directory = LdapDirectory(settings)
    maps = {name: shipped_map(f"ad-{name.lower()}") for name in ("User", "Group")}
    domain = Domain("AD", directory, ActiveDirectory(), Dn.parse(samba_ad.base_dn), maps)
    yield Controller(samba_ad, Patient(domain, settings, datetime.now(UTC), plain_port=9))
    directory.close()


def an_hour_later(controller: Controller) -> set[str]:
    """Look with a clock that is ahead."""
    return controller.codes(now=datetime.now(UTC) + timedelta(hours=1))


def by_gssapi(controller: Controller) -> set[str]:
    """Look at a domain that is bound to by GSSAPI."""
    return controller.codes(settings=controller.settings(bind_method="gssapi"))


def by_large_pages(controller: Controller) -> set[str]:
    """Look at a domain that is asked for more at once than it gives."""
    return controller.codes(settings=controller.settings(page_size=5000))


def by_patience(controller: Controller) -> set[str]:
    """Look at a domain whose searches are waited for longer than it lets them take (MaxQueryDuration)."""
    return controller.codes(settings=controller.settings(search_seconds=600))


def with_a_policy_of_its_own(controller: Controller) -> set[str]:
    """Look at a controller whose query policy keeps next to nothing of a list that is begun (MaxResultSetSize)."""
    policy = {"ldapadminlimits": (b"MaxResultSetSize=3", b"MaxTempTableSize=0")}
    directory = Aged(controller.patient.domain.directory, policy, of="cn=default query policy,")
    name = f"CN=somebody,OU=People,{controller.samba.base_dn}"
    controller.samba.modify(f"dn: {name}\nchangetype: add\nobjectClass: user\nsAMAccountName: somebody\n\n")
    try:
        return controller.codes(domain=replace(controller.patient.domain, directory=directory))
    finally:
        controller.samba.modify(f"dn: {name}\nchangetype: delete\n\n")


def beside_a_careless_server(controller: Controller) -> set[str]:
    """Look where the port without TLS takes passwords: a slapd's does."""
    with TemporaryDirectory() as directory, Slapd(Path(directory) / "slapd", durable=False) as slapd:
        return controller.codes(plain_port=ServerAddress.parse(slapd.uri).port)


def with_a_quota(controller: Controller) -> set[str]:
    """Look, as somebody who may read it, at a domain in which nobody may own more than seven entries."""
    reading = connected(controller.samba, as_administrator=True)
    try:
        with controller.changed(f"CN=NTDS Quotas,{controller.samba.domain_dn}", "msDS-DefaultQuota", "7"):
            return controller.codes(domain=replace(controller.patient.domain, directory=reading))
    finally:
        reading.close()


def with_a_suffix(controller: Controller) -> set[str]:
    """Look at a domain with a user whose suffix nobody answers for."""
    name = f"CN=stranger,OU=People,{controller.samba.base_dn}"
    entry = "objectClass: user\nsAMAccountName: stranger\nuserPrincipalName: stranger@elsewhere.test\n"
    controller.samba.modify(f"dn: {name}\nchangetype: add\n{entry}\n")
    domain = controller.patient.domain
    found = domain.maps["User"]
    rules = tuple(
        replace(rule, attribute="userPrincipalName") if rule.attribute == "sAMAccountName" else rule
        for rule in found.rules
    )
    maps = {**domain.maps, "User": replace(found, rules=rules)}
    try:
        return controller.codes(domain=replace(domain, maps=maps))
    finally:
        controller.samba.modify(f"dn: {name}\nchangetype: delete\n\n")


def at_an_old_level(controller: Controller) -> set[str]:
    """Look at what a domain of 2003 says of itself."""
    directory = controller.patient.domain.directory
    old = Aged(directory, {"domainfunctionality": (b"2",)})
    return controller.codes(domain=replace(controller.patient.domain, directory=old))


def as_it_is(controller: Controller) -> set[str]:
    """Look at the domain as it is."""
    return controller.codes()


AD_ROWS = [
    pytest.param("clock-differs", an_hour_later, id="clock-differs"),
    pytest.param("no-recycle-bin", as_it_is, id="no-recycle-bin"),
    pytest.param("machine-account-quota", as_it_is, id="machine-account-quota"),
    pytest.param("object-quota", with_a_quota, id="object-quota"),
    pytest.param("unknown-upn-suffix", with_a_suffix, id="unknown-upn-suffix"),
    pytest.param("channel-binding", by_gssapi, id="channel-binding"),
    pytest.param("page-limit", by_large_pages, id="page-limit"),
    pytest.param("time-limit", by_patience, id="time-limit"),
    pytest.param("memory-limit", with_a_policy_of_its_own, id="memory-limit"),
    pytest.param("plain-binds-taken", beside_a_careless_server, id="plain-binds-taken"),
    pytest.param("map-length", as_it_is, id="map-length"),
    pytest.param("old-functional-level", at_an_old_level, id="old-functional-level"),
]


@pytest.mark.container
@pytest.mark.directory
@pytest.mark.parametrize(("code", "look"), AD_ROWS)
def test_each_code_of_active_directory(
    code: str, look: Callable[[Controller], set[str]], controller: Controller
) -> None:
    """A controller of which one thing is wrong gives its finding."""
    assert code in look(controller)


@pytest.mark.container
@pytest.mark.directory
def test_a_sound_controller(controller: Controller, samba_ad: SambaAdContainer) -> None:
    """Samba's domain is sound, the port without TLS takes no password, and a canary leaves nothing behind."""
    port = ServerAddress.parse(samba_ad.uri).port
    found = examine(replace(controller.patient, plain_port=port, tries_writing=True))
    left = samba_ad.export(search_filter="(|(sAMAccountName=landbridge-probe*)(ou=landbridge-probe*))")

    assert [each.seen for each in found if each.severity == "error"] == []
    assert {each.code.name for each in found} <= {
        "no-recycle-bin",
        "machine-account-quota",
        "entries-visible",
        "no-entries",
        *(each.code.name for each in found if each.code.name.startswith("map-")),
    }
    assert left == ""


def test_every_code_has_a_row() -> None:
    """No code of the doctor's own is without a test on a server."""
    own = {row.values[0] for row in (*ROWS, *TLS_ROWS) if not str(row.values[0]).startswith("map-")}

    of_controllers = {row.values[0] for row in AD_ROWS if not str(row.values[0]).startswith("map-")}
    assert own | of_controllers == set(DOCTOR_CODES)
