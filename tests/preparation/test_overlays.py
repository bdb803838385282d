"""Overlays that are loaded, and look after something else than what the maps write, are found and told."""

from __future__ import annotations

import pytest

from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.memory import MemoryDirectory
from app.directory.model import Entry
from app.preparation.openldap_config import ServerConfig
from app.preparation.overlays import memberof_settings, shared, unrepaired, unwatched
from app.provisioning.domain import Domain
from tests.preparation.conftest import map_of
from tests.provisioning.conftest import shipped_map

BASE = Dn.parse("dc=example,dc=org")
DATABASE = Dn.parse("olcDatabase={1}mdb,cn=config")
UNIQUE_GROUPS = """\
extends: openldap-group
entry: {object_classes: [groupOfUniqueNames]}
attributes: {members: {reference: uniqueMember, types: [User, Group], placeholder: ""}}
"""


def domain(*, groups: str = "") -> Domain:
    """Make a domain with the shipped maps, or with another one of groups."""
    group = map_of(groups) if groups else shipped_map("openldap-group")
    maps = {"User": shipped_map("openldap-user"), "Group": group}
    return Domain("PRIMARY", MemoryDirectory(BASE), OpenLdap(), BASE, maps)


def loaded(name: str, **settings: str) -> ServerConfig:
    """Configure a database with one overlay."""
    values = {key: [text.encode() for text in value.split("|")] for key, value in settings.items()}
    overlay = Entry.of(DATABASE, {"olcOverlay": [f"{{0}}{name}".encode()], **values})
    return ServerConfig(Entry(DATABASE, {}), (overlay,), ())


def test_other_groups() -> None:
    """Memberof keeps what it is told to: members of groupOfNames, unless the configuration says otherwise."""
    other = domain(groups=UNIQUE_GROUPS)
    told = loaded("memberof", olcMemberOfGroupOC="groupOfUniqueNames", olcMemberOfMemberAD="uniqueMember")

    assert unwatched(loaded("memberof"), domain()) == ""
    assert unwatched(loaded("memberof"), other) == (
        "memberof looks at member of groupOfNames, and SCIM writes uniqueMember of groupOfUniqueNames"
    )
    assert unwatched(told, other) == ""
    assert unwatched(loaded("refint"), other) == ""
    assert memberof_settings(domain()) == {}
    assert memberof_settings(other) == {
        "olcMemberOfGroupOC": (b"groupOfUniqueNames",),
        "olcMemberOfMemberAD": (b"uniqueMember",),
    }


@pytest.mark.parametrize(
    ("config", "missing"),
    [
        (loaded("refint", olcRefintAttribute="member|manager"), ()),
        (loaded("refint", olcRefintAttribute="MANAGER member"), ()),
        (loaded("refint", olcRefintAttribute="member"), ("manager",)),
        (loaded("unique"), ()),
    ],
)
def test_references_that_stay(config: ServerConfig, missing: tuple[str, ...]) -> None:
    """Refint looks after the attributes that it is told."""
    assert unrepaired(config, domain()) == missing


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (loaded("unique", olcUniqueURI=f"ldap:///{BASE}?uid,cn?sub"), []),
        (loaded("unique", olcUniqueURI="ldap:///?uid?sub ldap:///?cn?sub?(objectClass=*)"), []),
        (loaded("unique", olcUniqueAttribute="uid cn"), []),
        (loaded("unique", olcUniqueURI="ldap:///ou=Other,dc=example,dc=org?uid?sub"), ["uid", "cn"]),
        (loaded("unique", olcUniqueURI="ldap:///?mail?sub|ldap:///?cn?sub"), ["uid"]),
        (loaded("refint"), []),
    ],
)
def test_names_that_may_be_shared(config: ServerConfig, names: list[str]) -> None:
    """Unique looks after attributes below a base."""
    assert [name for name, _ in shared(config, domain())] == names
