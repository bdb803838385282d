"""What is broken is found: a row for each code, on real servers that are broken in just that way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.directory.connection import ServerAddress, Tls
from app.directory.dialects.openldap import OpenLdap
from app.directory.dialects.openldap_ways import OpenLdapWays
from app.directory.model import Entry
from app.directory.password_hashes import as_it_is
from tests.preparation.broken import (
    OTHER_NAMES,
    Break,
    examined,
    replacing,
    running,
    without_line,
    without_overlay,
)

PEOPLE = "ou=People,dc=example,dc=org"


def person(name: str, *, uid: str | None = None) -> str:
    """Write a person's entry."""
    second = f"uid: {uid}\n" if uid else ""
    return f"dn: cn={name},{PEOPLE}\nobjectClass: inetOrgPerson\ncn: {name}\nsn: {name}\n{second}\n"


def hidden(attribute: str) -> Callable[[str], str]:
    """Let nobody see an attribute of the root, as if the server had none of what it lists."""
    rule = 'olcAccess: to dn.base="" by * read'
    return replacing(rule, f'olcAccess: to dn.base="" attrs={attribute} by * none\n{rule}')


class Renamed(OpenLdap):
    """OpenLDAP, where somebody takes a name that may change for an id."""

    id_attribute = "uid"

    def id_of(self, entry: Entry) -> str:
        """Take any id."""
        del entry
        return "00000000-0000-0000-0000-000000000000"


SERVICE = "${LDAP_BIND_DN}"
MONITOR = """\
dn: olcDatabase={2}monitor,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {2}monitor
olcAccess: to * by dn.exact="cn=admin,cn=config" read by * none

"""
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
    pytest.param(
        "no-tls",
        Break(
            config=without_line("olcTLS"),
            reach=lambda s, slapd: replace(
                s, servers=(ServerAddress.parse(slapd.uri),), tls=replace(s.tls, start_tls=True)
            ),
            as_administrator=False,
        ),
        id="server-without-a-certificate",
    ),
    pytest.param(
        "tls-unusable-file",
        Break(reach=lambda s, _: replace(s, tls=Tls(ca_file="/nowhere/ca.crt"))),
        id="no-such-file",
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
    pytest.param(
        "size-limit-ahead",
        Break(
            config=lambda text: without_line(LIMITS)(text).replace(
                "olcDbMaxSize", "olcSizeLimit: 5000\nolcDbMaxSize"
            )
        ),
        id="limit-that-will-be-met",
    ),
    pytest.param("changes-not-told", Break(config=without_overlay("syncprov")), id="no-syncprov"),
    pytest.param("no-sorting", Break(config=without_overlay("sssvlv")), id="no-sssvlv"),
    pytest.param("no-memberof", Break(config=without_overlay("memberof")), id="no-memberof"),
    pytest.param("no-refint", Break(config=without_overlay("refint")), id="no-refint"),
    pytest.param("no-ppolicy", Break(config=without_overlay("ppolicy")), id="no-ppolicy"),
    pytest.param(
        "no-policy", Break(base=replacing("pwdLockout: TRUE", "pwdLockout: FALSE")), id="no-lockout"
    ),
    pytest.param("no-policy", Break(config=without_line("olcPPolicyDefault")), id="no-default-policy"),
    pytest.param(
        "passwords-not-hashed",
        Break(dialect=OpenLdapWays(hash_password=as_it_is)),
        id="passwords-stored-as-they-come",
    ),
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
    pytest.param(
        "no-id",
        Break(
            config=replacing(
                "olcAccess: to * by",
                f'olcAccess: to dn.base="cn=bob,{PEOPLE}" attrs=entryUUID by dn.exact="{SERVICE}" none\n'
                "olcAccess: to * by",
            ),
            entries=person("ann", uid="ann") + person("bob", uid="bob"),
        ),
        id="id-of-one-hidden",
    ),
    pytest.param("no-entries", Break(), id="empty"),
    pytest.param(
        "entries-without-name", Break(entries=person("ann") + person("bob", uid="bob")), id="no-uid"
    ),
    pytest.param("same-name", Break(entries=person("ann", uid="x") + person("bob", uid="X")), id="same-uid"),
    pytest.param("no-paged-results", Break(config=hidden("supportedControl")), id="controls-hidden"),
    pytest.param("no-assertion", Break(config=hidden("supportedControl")), id="no-assertions"),
    pytest.param("no-password-modify", Break(config=hidden("supportedExtension")), id="extensions-hidden"),
    pytest.param(
        "time-limit",
        Break(
            config=lambda text: without_line(LIMITS)(text).replace(
                "olcDbMaxSize", "olcTimeLimit: 10\nolcDbMaxSize"
            )
        ),
        id="ten-seconds",
    ),
    pytest.param(
        "page-limit",
        Break(config=replacing("size.prtotal=unlimited", "size.pr=100 size.prtotal=unlimited")),
        id="small-pages",
    ),
    pytest.param("no-accesslog", Break(), id="no-accesslog"),
    pytest.param(
        "no-ppolicy",
        Break(
            config=lambda text: without_line("olcModuleLoad: ppolicy")(
                without_overlay("ppolicy")(text).replace("userPassword,pwdHistory", "userPassword")
            ),
            base=lambda text: (
                text.split("dn: ou=Policies")[0]
                + "dn: ${LDAP_BIND_DN}"
                + text.split("dn: ${LDAP_BIND_DN}")[1]
            ),
            as_administrator=False,
        ),
        id="no-ppolicy-by-the-schema",
    ),
    pytest.param("id-can-change", Break(dialect=Renamed()), id="id-of-an-ordinary-attribute"),
    pytest.param("entries-visible", Break(entries=person("ann", uid="ann")), id="somebody"),
    pytest.param(
        "entries-that-fail",
        Break(
            maps=(),
            own_map="extends: openldap-user\nattributes: {title: {attribute: title, required: true}}",
            entries=person("ann", uid="ann"),
        ),
        id="without-what-the-map-demands",
    ),
    pytest.param(
        "no-write-right",
        Break(
            config=replacing(
                "olcAccess: to * by",
                f'olcAccess: to attrs=mail,mobile,manager,member by dn.exact="{SERVICE}" read\nolcAccess: to * by',
            ),
            tries_writing=True,
        ),
        id="may-not-write-an-attribute",
    ),
    pytest.param(
        "clock-differs",
        Break(tries_writing=True, now=datetime.now(UTC) + timedelta(hours=1)),
        id="an-hour-behind",
    ),
    pytest.param(
        "clock-differs",
        Break(
            config=lambda text: text.replace("dn: olcOverlay=memberof", f"{MONITOR}dn: olcOverlay=memberof"),
            now=datetime.now(UTC) + timedelta(hours=1),
        ),
        id="an-hour-behind-as-the-monitor-tells",
    ),
    pytest.param("map-no-index", Break(config=without_line("olcDbIndex: uid")), id="no-index"),
    pytest.param(
        "map-schema-not-readable",
        Break(
            config=replacing('to dn.base="cn=Subschema" by users read', 'to dn.base="cn=Subschema" by * none')
        ),
        id="schema-hidden",
    ),
    pytest.param("map-unknown-class", Break(maps=("openldap-user-scim",)), id="no-schema"),
]


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
        left = slapd.export(search_filter="(|(uid=landbridge-probe*)(ou=landbridge-probe*))")

    assert [each.seen for each in found if each.severity == "error"] == []
    assert left == ""


@pytest.mark.directory
def test_passwords_that_the_server_hashes(tmp_path: Path) -> None:
    """Passwords may come in entries where the server hashes them."""
    broken = Break(
        config=replacing("${HASH_CLEARTEXT}", "TRUE"), dialect=OpenLdapWays(hash_password=as_it_is)
    )
    with running(broken, tmp_path) as slapd:
        found = examined(broken, slapd)

    assert "passwords-not-hashed" not in {each.code.name for each in found}


@pytest.mark.directory
def test_a_password_that_may_not_be_set(tmp_path: Path) -> None:
    """Passwords have rights of their own, which are tried as well; the scratch unit and the canary are gone afterwards."""
    broken = Break(
        config=replacing(f'by dn.exact="{SERVICE}" =w by anonymous', "by anonymous"), tries_writing=True
    )
    with running(broken, tmp_path) as slapd:
        found = examined(broken, slapd)
        left = slapd.export(search_filter="(|(uid=landbridge-probe*)(ou=landbridge-probe*))")

    seen = [each.seen for each in found if each.code.name == "no-write-right"]
    assert [each.split(" of uid=")[0] for each in seen] == ["The service account may not write userPassword"]
    assert left == ""


@pytest.mark.directory
def test_the_attributes_that_may_not_be_written(tmp_path: Path) -> None:
    """Each is named, and no other one."""
    [row] = [row for row in ROWS if row.id == "may-not-write-an-attribute"]
    broken = row.values[1]
    assert isinstance(broken, Break)
    with running(broken, tmp_path) as slapd:
        found = examined(broken, slapd)
        left = slapd.export(search_filter="(|(uid=landbridge-probe*)(ou=landbridge-probe*))")

    seen = [each.seen for each in found if each.code.name == "no-write-right"]
    assert [each.split(",ou=")[0].rpartition(" of ")[0] for each in seen] == [
        "The service account may not write mail, manager, mobile",
        "The service account may not write member",
    ]
    assert left == ""
