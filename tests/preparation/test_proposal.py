"""A proposed map loads, and passes the check against the directory that it was made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.mapping.documents import build_map
from app.preparation.finding import has_errors
from app.preparation.live import Live, read_live
from app.preparation.map_check import check_map
from app.preparation.proposal import propose
from app.provisioning.domain import Domain
from app.store.loading import parse
from app.testing.samba import SambaAdContainer
from tests.preparation.broken import Break, running
from tests.preparation.conftest import connected
from tests.provisioning.conftest import RESOURCE_TYPES

ENTRIES = """\
dn: ou=Staff,dc=example,dc=org
objectClass: organizationalUnit
ou: Staff

dn: cn=Ann,ou=Staff,dc=example,dc=org
objectClass: inetOrgPerson
cn: Ann
sn: A
mail: ann@example.org

dn: cn=Bob,ou=Staff,dc=example,dc=org
objectClass: inetOrgPerson
cn: Bob
sn: B
mail: bob@example.org

dn: cn=all,ou=Groups,dc=example,dc=org
objectClass: groupOfUniqueNames
cn: all
uniqueMember: cn=Ann,ou=Staff,dc=example,dc=org
"""


UNIX = """\
dn: uid=ann,ou=People,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: posixAccount
uid: ann
cn: Ann
sn: A
uidNumber: 5001
gidNumber: 500
homeDirectory: /home/ann

dn: cn=staff,ou=Groups,dc=example,dc=org
objectClass: posixGroup
cn: staff
gidNumber: 70000
memberUid: ann
"""


def errors_of(text: str, live: Live) -> list[str]:
    """Load a proposed map and check it."""
    (document,) = parse(text, file="proposed.yaml").documents
    found = check_map(build_map(document, RESOURCE_TYPES), live)
    return [each.seen for each in found if has_errors([each])]


@pytest.mark.directory
@pytest.mark.parametrize("entries", [pytest.param(ENTRIES, id="sample"), pytest.param("", id="empty")])
def test_openldap(entries: str, tmp_path: Path) -> None:
    """What most entries are, are named by and have decides; a new directory gets what is usual."""
    with running(Break(entries=entries), tmp_path) as slapd:
        directory = connected(slapd)
        domain = Domain("PRIMARY", directory, OpenLdap(), Dn.parse(slapd.base_dn), {})
        live = read_live(directory, domain.dialect, domain.base)
        users, groups = (propose(domain, live, kind, name="ours") for kind in ("User", "Group"))
        directory.close()

    assert errors_of(users, live) == []
    assert errors_of(groups, live) == []
    if entries:
        assert (
            "  userName: mail  # 2 of 2 entries have it" in users or "  userName: {attribute: mail" in users
        )
        assert "  rdn: cn  # what most are named by\n" in users
        assert '  parent: "ou=Staff"' in users
        assert 'members: {reference: uniqueMember, types: [User, Group], placeholder: ""}' in groups
    else:
        assert "  userName: uid  # 0 of 0 entries have it" in users


@pytest.mark.directory
def test_unix(tmp_path: Path) -> None:
    """Groups that name their members by login names are proposed so, and accounts with numbers beside those in use."""
    with running(Break(entries=UNIX), tmp_path) as slapd:
        directory = connected(slapd)
        domain = Domain("PRIMARY", directory, OpenLdap(), Dn.parse(slapd.base_dn), {})
        live = read_live(directory, domain.dialect, domain.base)
        users, groups = (propose(domain, live, kind, name="ours") for kind in ("User", "Group"))
        directory.close()

    assert errors_of(users, live) == []
    assert errors_of(groups, live) == []
    assert "object_classes: [inetOrgPerson, posixAccount]" in users
    assert "uidNumber: {generate: {from: 5001, to: 59999}}, gidNumber: 500" in users
    assert "  scope: (objectClass=posixGroup)" in groups
    assert "  attributes: {gidNumber: {generate: {from: 70000, to: 119999}}}" in groups
    assert "  members: {reference: memberUid, by: uid, types: [User]}" in groups


@pytest.mark.container
def test_active_directory(samba_ad: SambaAdContainer, samba_live: Live) -> None:
    """Users are named by their accounts, and computers are none."""
    directory = connected(samba_ad)
    domain = Domain("AD", directory, ActiveDirectory(), Dn.parse(samba_ad.base_dn), {})
    users, groups = (propose(domain, samba_live, kind, name="ours") for kind in ("User", "Group"))
    directory.close()

    assert errors_of(users, samba_live) == []
    assert errors_of(groups, samba_live) == []
    assert "  userName: sAMAccountName" in users
