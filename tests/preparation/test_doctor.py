"""What is broken is found: a row for each code, on real servers that are broken in just that way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.directory.connection import ServerAddress, Tls
from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.preparation.doctor import examine
from app.preparation.doctor_codes import DOCTOR_CODES
from app.preparation.patient import Patient
from app.provisioning.domain import Domain
from app.testing.samba import SambaAdContainer
from tests.preparation.broken import (
    OTHER_NAMES,
    Break,
    examined,
    replacing,
    running,
    without_line,
    without_overlay,
)
from tests.preparation.conftest import settings_of as samba_settings
from tests.provisioning.conftest import shipped_map

PEOPLE = "ou=People,dc=example,dc=org"


def person(name: str, *, uid: str | None = None) -> str:
    """Write a person's entry."""
    second = f"uid: {uid}\n" if uid else ""
    return f"dn: cn={name},{PEOPLE}\nobjectClass: inetOrgPerson\ncn: {name}\nsn: {name}\n{second}\n"


SERVICE = "${LDAP_BIND_DN}"
LIMITS = f'olcLimits: dn.exact="{SERVICE}"'
ROWS = [
    pytest.param(
        "server-unreachable",
        Break(reach=lambda s, _: replace(s, servers=(ServerAddress.parse("ldaps://127.0.0.1:9"),))),
        id="nobody-listens",
    ),
    pytest.param(
        "no-tls",
        Break(
            reach=lambda s, _: replace(
                s, servers=(ServerAddress.parse("ldap://192.0.2.1"),), connect_seconds=0.2
            )
        ),
        id="no-tls",
    ),
    pytest.param("tls-untrusted", Break(reach=lambda s, _: replace(s, tls=Tls())), id="unknown-authority"),
    pytest.param(
        "tls-untrusted", Break(reach=lambda s, _: replace(s, tls=Tls(verify=False))), id="not-verified"
    ),
    pytest.param("tls-wrong-name", Break(names=OTHER_NAMES), id="wrong-name"),
    pytest.param("tls-expired", Break(issued=datetime(2020, 1, 1, tzinfo=UTC)), id="expired"),
    pytest.param("tls-expires-soon", Break(now=datetime.now(UTC) + timedelta(days=800)), id="expires-soon"),
    pytest.param(
        "bind-refused",
        Break(
            base=lambda text: text.split("dn: ${LDAP_BIND_DN}")[0],
            config=replacing("by self read by * none", "by anonymous read by * none"),
        ),
        id="anonymous-only",
    ),
    pytest.param("no-base", Break(base_dn="dc=nowhere,dc=example,dc=org"), id="no-base"),
    pytest.param(
        "no-container",
        Break(
            base=lambda text: text.replace("dn: ou=People", "dn: ou=Staff").replace("ou: People", "ou: Staff")
        ),
        id="no-container",
    ),
    pytest.param(
        "no-write-right",
        Break(
            config=replacing(f'dn.exact="{SERVICE}" write', f'dn.exact="{SERVICE}" read'), tries_writing=True
        ),
        id="may-only-read",
    ),
    pytest.param("rights-not-tried", Break(), id="not-tried"),
    pytest.param("size-limit", Break(config=without_line(LIMITS)), id="limit-of-500-in-the-configuration"),
    pytest.param(
        "size-limit",
        Break(
            config=lambda text: without_line(LIMITS)(text).replace(
                "olcDbMaxSize", "olcSizeLimit: 5\nolcDbMaxSize"
            ),
            entries="".join(person(f"p{number}", uid=f"p{number}") for number in range(7)),
            as_administrator=False,
        ),
        id="limit-that-is-met",
    ),
    pytest.param("no-sorting", Break(config=without_overlay("sssvlv")), id="no-sssvlv"),
    pytest.param("no-memberof", Break(config=without_overlay("memberof")), id="no-memberof"),
    pytest.param("no-refint", Break(config=without_overlay("refint")), id="no-refint"),
    pytest.param("no-ppolicy", Break(config=without_overlay("ppolicy")), id="no-ppolicy"),
    pytest.param(
        "no-policy", Break(base=replacing("pwdLockout: TRUE", "pwdLockout: FALSE")), id="no-lockout"
    ),
    pytest.param("no-policy", Break(config=without_line("olcPPolicyDefault")), id="no-default-policy"),
    pytest.param("no-unique", Break(), id="no-unique"),
    pytest.param("configuration-not-readable", Break(as_administrator=False), id="no-administrator"),
    pytest.param(
        "no-id",
        Break(
            config=replacing(
                "olcAccess: to * by",
                f'olcAccess: to attrs=entryUUID by dn.exact="{SERVICE}" none\nolcAccess: to * by',
            ),
            entries=person("ann", uid="ann"),
        ),
        id="id-hidden",
    ),
    pytest.param("no-entries", Break(), id="empty"),
    pytest.param(
        "entries-without-name", Break(entries=person("ann") + person("bob", uid="bob")), id="no-uid"
    ),
    pytest.param("same-name", Break(entries=person("ann", uid="x") + person("bob", uid="X")), id="same-uid"),
    pytest.param("map-no-index", Break(config=without_line("olcDbIndex: uid")), id="no-index"),
    pytest.param("map-unknown-class", Break(maps=("openldap-user-scim",)), id="no-schema"),
]
ELSEWHERE = {"no-paged-results", "no-assertion", "no-password-modify"}
"""Every OpenLDAP offers these."""
ON_ACTIVE_DIRECTORY = {"clock-differs", "no-recycle-bin", "old-functional-level"}


@pytest.mark.directory
@pytest.mark.parametrize(("code", "broken"), ROWS)
def test_each_code(code: str, broken: Break, tmp_path: Path) -> None:
    """A directory that is broken in one way gives its finding."""
    with running(broken, tmp_path) as slapd:
        found = examined(broken, slapd)

    assert code in {each.code.name for each in found}


@pytest.mark.directory
def test_a_sound_directory(tmp_path: Path) -> None:
    """The demo's directory, with somebody in it, has nothing that keeps it from being provisioned."""
    broken = Break(entries=person("ann", uid="ann"), tries_writing=True)
    with running(broken, tmp_path) as slapd:
        found = examined(broken, slapd)
        left = slapd.export(search_filter="(uid=landbridge-probe*)")

    assert [each.seen for each in found if each.severity == "error"] == []
    assert left == ""


@pytest.mark.container
def test_active_directory(samba_ad: SambaAdContainer) -> None:
    """Samba's domain is sound, but for a recycle bin; a clock that is off is found."""
    settings = samba_settings(samba_ad)
    directory = LdapDirectory(settings)
    maps = {name: shipped_map(f"ad-{name.lower()}") for name in ("User", "Group")}
    domain = Domain("AD", directory, ActiveDirectory(), Dn.parse(samba_ad.base_dn), maps)

    found = examine(Patient(domain, settings, datetime.now(UTC)))
    later = examine(Patient(domain, settings, datetime.now(UTC) + timedelta(hours=1)))
    directory.close()

    assert [each.seen for each in found if each.severity == "error"] == []
    assert "clock-differs" not in {each.code.name for each in found}
    assert {"clock-differs", "no-recycle-bin"} <= {each.code.name for each in later}


def test_every_code_has_a_row() -> None:
    """No code of the doctor's own is without a test, but for what no server of ours lacks."""
    own = {row.values[0] for row in ROWS if not str(row.values[0]).startswith("map-")}

    assert own | ELSEWHERE | ON_ACTIVE_DIRECTORY == set(DOCTOR_CODES)
