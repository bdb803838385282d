"""Groups of every kind on Active Directory, and members that SCIM does not see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.directory.dn import Dn
from app.directory.errors import ConstraintViolation
from app.directory.model import Change, Modify, Search
from app.mapping.sources import Source
from app.mapping.template import Template
from app.provisioning.target import Query
from app.scim.codec import ResourceCodec
from app.scim.resource import Resource
from app.testing.samba import SambaAdContainer
from tests.provisioning.conftest import AD, Ground
from tests.provisioning.own_maps import own_target
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import add, group, members, patch, people, remove

pytestmark = [pytest.mark.container, pytest.mark.directory]
SECURITY = -0x80000000
GLOBAL, LOCAL, UNIVERSAL = 2, 4, 8


def made(ground: Ground, server: SambaAdContainer, kind: int, *lines: str) -> Resource:
    """Have an administrator make a group of a kind, and find it."""
    more = "".join(f"{line}\n" for line in lines)
    server.modify(
        f"dn: CN=Crew,{server.groups_dn}\nobjectClass: group\nsAMAccountName: Crew\ngroupType: {kind}\n{more}"
    )
    [found] = ground.target("Group").search(Query()).resources
    return found


@pytest.mark.parametrize("scope", [GLOBAL, LOCAL, UNIVERSAL])
@pytest.mark.parametrize("security", [SECURITY, 0], ids=["security", "distribution"])
def test_every_kind(ad_ground: Ground, samba_ad: SambaAdContainer, scope: int, security: int) -> None:
    """A group of any scope, for rights or for mail, is there with its members, who join and leave; its kind stays."""
    [jo] = people(ad_ground, "jo")
    crew = made(ad_ground, samba_ad, security + scope)

    patch(ad_ground, crew, add(jo))
    assert members(ad_ground, crew) == {jo}
    patch(ad_ground, crew, remove(jo))
    assert members(ad_ground, crew) == set()

    name = Dn.parse(f"CN=Crew,{samba_ad.groups_dn}")
    [entry] = ad_ground.directory.search(Search(name, "base", attributes=("groupType",)))
    assert entry.text("groupType") == str(security + scope)


def test_leave_again(ad_ground: Ground) -> None:
    """Who was a member once, and never, may leave, alone or with others; Samba remembers who was."""
    jo, bo, al, cy = people(ad_ground, "jo", "bo", "al", "cy")
    crew = group(ad_ground, "Crew", jo, bo, al)
    patch(ad_ground, crew, remove(jo))

    patch(ad_ground, crew, remove(jo))
    patch(ad_ground, crew, remove(cy, jo, bo))

    assert members(ad_ground, crew) == {al}
    patch(ad_ground, crew, add(jo), remove(bo))
    assert members(ad_ground, crew) == {al, jo}


def test_kind_cannot_change(ad_ground: Ground, samba_ad: SambaAdContainer) -> None:
    """A global group does not become a domain local one at once, and that is told from a directory that fails."""
    made(ad_ground, samba_ad, SECURITY + GLOBAL)
    name = Dn.parse(f"CN=Crew,{samba_ad.groups_dn}")
    local = Change("replace", "groupType", (str(SECURITY + LOCAL).encode(),))

    with pytest.raises(ConstraintViolation) as caught:
        ad_ground.directory.execute(Modify(name, (local,)))

    assert caught.value.reason.startswith("a group cannot be of that kind, or cannot become it")


@pytest.mark.parametrize("scope", [GLOBAL, LOCAL, UNIVERSAL])
@pytest.mark.parametrize("security", [SECURITY, 0], ids=["security", "distribution"])
def test_new_groups_of_every_kind(ad_ground: Ground, scope: int, security: int) -> None:
    """A map says which kind of group is made."""
    schema_map = ad_ground.domain().maps["Group"]
    kind = str(security + scope)
    attributes = tuple(
        replace(each, sources=(Source(Template(kind, (kind,))),)) if each.attribute == "groupType" else each
        for each in schema_map.entry.attributes
    )
    entry_rules = replace(schema_map.entry, attributes=attributes)

    created = own_target(ad_ground, replace(schema_map, entry=entry_rules)).create(
        ResourceCodec(schema_map.resource_type).load({"displayName": "Crew"})
    )

    found = ad_ground.directory.search(
        Search(ad_ground.base, filter=AD.dialect.has_id(id_of(created)), attributes=("groupType",))
    )
    assert [entry.text("groupType") for entry in found] == [kind]


def test_foreign_members(ad_ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Somebody of another domain is not shown, stays when others come and go, and is in nobody's way."""
    [jo] = people(ad_ground, "jo")
    foreign = f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{samba_ad.domain_dn}"
    crew = made(ad_ground, samba_ad, SECURITY + LOCAL, f"member: {foreign}")

    patch(ad_ground, crew, add(jo))
    assert members(ad_ground, crew) == {jo}
    patch(ad_ground, crew, {"op": "replace", "path": "members", "value": []})
    assert members(ad_ground, crew) == set()

    name = Dn.parse(f"CN=Crew,{samba_ad.groups_dn}")
    [entry] = ad_ground.directory.search(Search(name, "base", attributes=("member",)))
    assert [Dn.parse(value.decode()).rdn.avas[0].value for value in entry.values("member")] == ["S-1-5-11"]
