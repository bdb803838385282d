"""Groups of every kind on Active Directory, and members that SCIM does not see."""

from __future__ import annotations

import pytest

from app.directory.dn import Dn
from app.directory.model import Search
from app.provisioning.target import Query
from app.scim.resource import Resource
from app.testing.samba import SambaAdContainer
from tests.provisioning.conftest import Ground
from tests.provisioning.test_groups import add, members, patch, people, remove

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
