"""Names and places of accounts in Active Directory: principal names are nobody else's, and who is moved stays who it was."""

from __future__ import annotations

import pytest

from app.directory.model import Search
from app.scim.errors import UniquenessConflict
from app.testing.samba import SambaAdContainer
from tests.provisioning.conftest import AD, Ground, user
from tests.provisioning.own_maps import own_map, own_target
from tests.provisioning.test_domain_target import id_of, names, patch
from tests.provisioning.test_groups import group, members

pytestmark = [pytest.mark.container, pytest.mark.directory]
MAP = own_map("""
kind: SchemaMap
name: placed
resource_type: User
entry:
  object_classes: [top, person, organizationalPerson, user]
  scope: (&(objectCategory=person)(objectClass=user))
  rdn: cn
  parent: ["OU={userType},OU=People", OU=People]
  attributes:
    cn: "{userName}"
    userPrincipalName: "{displayName}@ad.example.org"
attributes:
  userName: sAMAccountName
  displayName: displayName
  userType: employeeType
  groups: {reference: memberOf, types: [Group], direction: to_scim}
  active: {account: enabled}
""")


def test_principal_names_are_unique(ad_ground: Ground) -> None:
    """Of two users who would get the same principal name the second one is refused by it, also when it is changed."""
    target = own_target(ad_ground, MAP)
    target.create(user(displayName="jo"))

    with pytest.raises(
        UniquenessConflict, match=r"^displayName: another account has that user principal name"
    ):
        target.create(user(userName="joe", displayName="JO"))
    bo = target.create(user(userName="bo", displayName="bo"))
    with pytest.raises(UniquenessConflict, match=r"^displayName: "):
        patch(target, bo, {"op": "replace", "path": "displayName", "value": "jo"})

    assert set(names(target)) == {"bo", "jo"}


def test_moved_with_its_groups(ad_ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Who moves to another unit, and is renamed at once, has the same id and groups."""
    for unit in ("Staff", "Guests"):
        samba_ad.modify(f"dn: OU={unit},{samba_ad.people_dn}\nobjectClass: organizationalUnit\n")
    target = own_target(ad_ground, MAP)
    jo = target.create(user(displayName="jo", userType="Staff"))
    crew = group(ad_ground, "Crew", id_of(jo))

    moved = target.replace(id_of(jo), user(userName="joe", displayName="jo", userType="Guests"))

    [entry] = ad_ground.directory.search(Search(ad_ground.people, filter=AD.dialect.has_id(id_of(jo))))
    assert str(entry.dn).lower().startswith("cn=joe,ou=guests,ou=people,")
    assert id_of(moved) == id_of(jo)
    assert members(ad_ground, crew) == {id_of(jo)}
    assert target.read(id_of(jo)).attributes["groups"] == [
        {"value": id_of(crew), "display": "Crew", "type": "direct"}
    ]
