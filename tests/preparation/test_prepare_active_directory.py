"""Active Directory is prepared as far as LDAP goes; for the rest its administrator is told what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex

import pytest

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.directory.ldif_text import parse_ldif
from app.directory.schema import Schema
from app.preparation.doctor import admitted
from app.preparation.live import Live
from app.preparation.patient import Admitted, Patient
from app.preparation.prepare_active_directory import FOR_EVER, SAMBA_SETTING, active_directory_work
from app.preparation.work import carry_out, undoing
from app.provisioning.domain import Domain
from app.testing.samba import SambaAdContainer
from tests.preparation.broken import Aged
from tests.preparation.conftest import connected, settings_of
from tests.provisioning.conftest import shipped_map

pytestmark = [pytest.mark.container, pytest.mark.directory]


@pytest.fixture
def administrator(samba_ad: SambaAdContainer) -> Iterator[LdapDirectory]:
    """Connect as the domain's administrator."""
    directory = connected(samba_ad, as_administrator=True)
    yield directory
    directory.close()


@pytest.fixture
def found(samba_ad: SambaAdContainer, administrator: LdapDirectory) -> Iterator[Admitted]:
    """Give a domain whose base is not there yet."""
    service = connected(samba_ad)
    maps = {name: shipped_map(f"ad-{name.lower()}") for name in ("User", "Group")}
    base = Dn.parse(f"OU=Fresh{token_hex(4)},{samba_ad.domain_dn}")
    domain = Domain("AD", service, ActiveDirectory(), base, maps)
    yield admitted(Patient(domain, settings_of(samba_ad), datetime.now(UTC)), administrator)
    service.close()


def test_containers(found: Admitted, administrator: LdapDirectory) -> None:
    """Containers are made, then rights are given in them, and all is taken back; dsacls' words are told besides."""
    work = active_directory_work(found, administrator, extends_schema=False)
    carry_out(work, administrator)
    rights = active_directory_work(found, administrator, extends_schema=False)
    carry_out(rights, administrator)
    second = active_directory_work(found, administrator, extends_schema=False)
    carry_out(undoing(parse_ldif(rights.render_undo())), administrator)
    carry_out(undoing(parse_ldif(work.render_undo())), administrator)
    third = active_directory_work(found, administrator, extends_schema=False)

    base = found.domain.base
    assert [str(each.dn) for each in work.plan.operations] == [
        str(base),
        f"OU=People,{base}",
        f"OU=Groups,{base}",
    ]
    assert [task.why.split(" in ")[0] for task in rights.tasks] == ["the service account's rights"] * 2
    assert not second
    assert len(third.tasks) == 3
    assert f'dsacls "OU=People,{base}" /I:S /G "DOMAIN\\account:CA;Reset Password;user"' in work.advice[0]


@pytest.fixture
def lacking(found: Admitted) -> Admitted:
    """Give a domain that needs a schema which is not there."""
    wanting = replace(found.domain, maps={"User": shipped_map("ad-user-scim")})
    patient = replace(found.patient, domain=wanting)
    return replace(found, patient=patient, live=Live(Schema(), found.domain.dialect))


def test_schema(lacking: Admitted, administrator: LdapDirectory) -> None:
    """The schema is extended only where that is asked for, and that it stays is said loudly."""
    hinted = active_directory_work(lacking, administrator, extends_schema=False)
    asked = active_directory_work(lacking, administrator, extends_schema=True)

    assert any("--extend-schema" in each and FOR_EVER in each for each in hinted.advice)
    assert not any("CN=Schema" in str(each.dn) for each in hinted.plan.operations)
    assert asked.advice[:2] == (FOR_EVER, SAMBA_SETTING)
    assert all(task.is_final for task in asked.tasks if "CN=Schema" in str(task.step.operation.dn))
    assert "CN=Scim-User,CN=Schema,CN=Configuration,DC=ad,DC=example,DC=org" in asked.render()


def test_who_may_not_change_the_schema(lacking: Admitted, samba_ad: SambaAdContainer) -> None:
    """Nothing is planned for the schema by who may not change it, or where it has no master, and both are said."""
    with (
        closing(connected(samba_ad)) as service,
        closing(connected(samba_ad, as_administrator=True)) as other,
    ):
        elsewhere = Aged(other, {"dsservicename": (b"CN=NTDS Settings,CN=DC2",)})
        works = [active_directory_work(lacking, each, extends_schema=True) for each in (service, elsewhere)]

    for work, told in zip(
        works, ("one of the group Schema Admins", "on its master alone, which is "), strict=True
    ):
        assert work.advice[0] == FOR_EVER
        assert told in work.advice[1]
        assert not any("CN=Schema" in str(each.dn) for each in work.plan.operations)
