"""Primary groups on Active Directory: counted in both directions, and out of reach for changes of members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.directory.dn import Dn
from app.directory.model import Search
from app.provisioning.target import Query
from app.scim.codec import ResourceCodec
from app.scim.errors import Conflict, MutabilityError
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.path import AttributePath
from app.scim.resource import Resource, values_of
from app.scim.schema import Value
from app.testing.samba import SambaAdContainer
from tests.provisioning.conftest import RESOURCE_TYPES, Ground
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import GROUP, add, group, members, patch, people, remove

pytestmark = [pytest.mark.container, pytest.mark.directory]


@dataclass(frozen=True)
class Staffed:
    """Two members of a group that is the primary one of the first, and a group around it."""

    ground: Ground
    jo: str
    bo: str
    staff: Resource
    everyone: Resource

    def groups(self) -> set[tuple[object, object]]:
        """Return the groups of the first user, and how it belongs to them."""
        found = values_of(self.ground.target().read(self.jo).get(AttributePath("groups")))
        return {(each["display"], each["type"]) for each in found if isinstance(each, dict)}

    def found(self, resource_type: str, condition: str) -> list[str]:
        """Return the ids of what a filter finds."""
        query = Query(filter=resolve(parse(condition), RESOURCE_TYPES[resource_type]))
        return sorted(id_of(each) for each in self.ground.target(resource_type).search(query).resources)


def entry_at(ground: Ground, resource_id: str, *attributes: str) -> tuple[Dn, bytes]:
    """Read the first value of an attribute of a resource's entry."""
    address = ground.product.dialect.address_of(resource_id)
    [entry] = ground.directory.search(Search(ground.base, "base", attributes=attributes, address=address))
    return entry.dn, next((entry.first(name) or b"" for name in attributes), b"")


@pytest.fixture
def staffed(ad_ground: Ground, samba_ad: SambaAdContainer) -> Iterator[Staffed]:
    """Make somebody's group the primary one, until the test is over."""
    jo, bo = people(ad_ground, "jo", "bo")
    staff = group(ad_ground, "Staff", jo, bo)
    everyone = group(ad_ground, "Everyone", id_of(staff))
    _, identifier = entry_at(ad_ground, id_of(staff), "objectSid")
    number = int.from_bytes(identifier[-4:], "little")
    having = f"dn: {ad_ground.dn('jo')}\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: "
    samba_ad.modify(f"{having}{number}\n")
    for each in (jo, bo, id_of(staff), id_of(everyone)):
        ad_ground.seen.forget(each)
    ad_ground.directory.take()
    yield Staffed(ad_ground, jo, bo, staff, everyone)
    samba_ad.modify(f"{having}513\n")


def test_groups_of_a_member(staffed: Staffed) -> None:
    """The primary group is a user's own, and those around it are, too; it costs one search with the other groups'."""
    assert staffed.groups() == {("Staff", "direct"), ("Everyone", "indirect")}

    assert staffed.ground.directory.take() == ["search"] * 3
    assert staffed.groups() == {("Staff", "direct"), ("Everyone", "indirect")}
    assert staffed.ground.directory.take() == ["search"] * 2
    staffed.ground.target().read(staffed.jo, wants=lambda path: path.attribute != "groups")
    assert staffed.ground.directory.take() == ["search"]


def test_members_of_the_group(staffed: Staffed) -> None:
    """Who has it as the primary group is a member, found with the names of the others, also in lists."""
    assert members(staffed.ground, staffed.staff) == {staffed.jo, staffed.bo}

    assert staffed.ground.directory.take() == ["search"] * 2
    assert members(staffed.ground, staffed.staff) == {staffed.jo, staffed.bo}
    assert staffed.ground.directory.take() == ["search"]
    listed = {
        str(each.attributes["displayName"]): {
            e["value"] for e in values_of(each.get(AttributePath("members"))) if isinstance(e, dict)
        }
        for each in staffed.ground.target("Group").search(Query()).resources
    }
    assert listed == {"Staff": {staffed.jo, staffed.bo}, "Everyone": {id_of(staffed.staff)}}
    staffed.ground.directory.take()
    staffed.ground.target("Group").read(id_of(staffed.staff), wants=lambda path: path.attribute != "members")
    assert staffed.ground.directory.take() == ["search"]


def test_filters(staffed: Staffed) -> None:
    """Filters by groups and by members count them, by id and by name, and negated."""
    staff, everyone, both = id_of(staffed.staff), id_of(staffed.everyone), sorted([staffed.jo, staffed.bo])

    for condition in (
        f'value eq "{staff}"',
        f'value eq "{everyone}"',
        'display eq "staff"',
        'display sw "E"',
    ):
        assert staffed.found("User", f"groups[{condition}]") == both
    assert staffed.found("User", f'not (groups.value eq "{staff}")') == []
    assert staffed.found("User", "groups pr") == both
    assert staffed.found("Group", f'members.value eq "{staffed.jo}"') == [staff]
    assert staffed.found("Group", 'members.display eq "jo"') == [staff]
    assert staffed.found("Group", "members pr") == sorted([staff, everyone])
    assert staffed.found("Group", f'not (members.value eq "{staffed.jo}")') == [everyone]


@pytest.mark.parametrize(
    "operations",
    [
        pytest.param(["remove jo"], id="by value"),
        pytest.param(["remove jo", "remove bo"], id="with another"),
        pytest.param([{"op": "remove", "path": 'members[display eq "jo"]'}], id="by a condition"),
        pytest.param([{"op": "remove", "path": "members"}], id="all"),
        pytest.param([{"op": "replace", "path": "members", "value": []}], id="replaced by nobody"),
    ],
)
def test_leaving(staffed: Staffed, operations: list[Value]) -> None:
    """Who has the group as the primary one cannot leave: it is said why, and nobody leaves."""
    sent = [
        remove(getattr(staffed, each.removeprefix("remove "))) if isinstance(each, str) else each
        for each in operations
    ]

    with pytest.raises(MutabilityError, match=r"^members: the group is the primary group of jo, "):
        patch(staffed.ground, staffed.staff, *sent)

    assert members(staffed.ground, staffed.staff) == {staffed.jo, staffed.bo}


def test_joining_again(staffed: Staffed) -> None:
    """Who is a member by primary group may join again: nothing is sent for it."""
    patch(staffed.ground, staffed.staff, add(staffed.jo))

    assert staffed.ground.directory.take() == ["search"]
    patch(staffed.ground, staffed.staff, add(staffed.jo), remove(staffed.bo))
    assert members(staffed.ground, staffed.staff) == {staffed.jo}


def test_replacing(staffed: Staffed) -> None:
    """A PUT of what was read changes what it says, and one that leaves a member by primary group out is refused."""

    def put(name: str, *ids: str) -> None:
        body: Value = {"displayName": name, "members": [{"value": each} for each in ids]}
        staffed.ground.target("Group").replace(id_of(staffed.staff), ResourceCodec(GROUP).load(body))

    put("Personnel", staffed.jo)
    assert members(staffed.ground, staffed.staff) == {staffed.jo}
    with pytest.raises(MutabilityError):
        put("Nobody", staffed.bo)
    put("Staff", staffed.jo, staffed.bo)
    assert members(staffed.ground, staffed.staff) == {staffed.jo, staffed.bo}


def test_deleting_the_group(staffed: Staffed) -> None:
    """A primary group stays as long as it is one, and it is said why."""
    with pytest.raises(Conflict, match="primary group of an account"):
        staffed.ground.target("Group").delete(id_of(staffed.staff))

    assert staffed.groups() == {("Staff", "direct"), ("Everyone", "indirect")}
