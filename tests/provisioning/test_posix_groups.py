"""Groups that hold their members by login name (RFC 2307): no names (DNs), no memberOf, and nobody is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from app.directory.dn import Dn
from app.directory.model import Add, Change, Modify, Search
from app.provisioning.deletion import Action, Deletion
from app.provisioning.domain import Domain
from app.provisioning.entries import Entries
from app.provisioning.leftovers import restore
from app.provisioning.members import page_of_members
from app.provisioning.target import Query
from app.scim.codec import ResourceCodec
from app.scim.errors import InvalidValue
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.path import AttributePath
from app.scim.resource import Resource, values_of
from app.scim.schema import Value
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, Product, memory_ground, shipped_map, user
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import GROUP, add, group, groups, members, patch, people, remove

POSIX = Product(maps=("openldap-user-posix", "openldap-group-posix"), group=b"posixGroup")


def of_posix(plain: Ground) -> Ground:
    """Have a domain keep accounts and groups of Unix."""
    return replace(plain, product=POSIX)


def found(ground: Ground, resource_type: str, text: str) -> list[str]:
    """Return the ids that a filter finds."""
    condition = resolve(parse(text), RESOURCE_TYPES[resource_type])
    return [id_of(each) for each in ground.target(resource_type).search(Query(filter=condition)).resources]


def held(ground: Ground, name: str) -> set[bytes]:
    """Return the login names that a group's entry holds."""
    entries = ground.directory.search(Search(ground.base, "subtree", attributes=("cn", "memberUid")))
    return next({*entry.values("memberUid")} for entry in entries if entry.text("cn") == name)


def members_of_type(ground: Ground, resource: Resource) -> list[Value]:
    """Read a group's members with all that is shown of them."""
    return list(values_of(ground.target("Group").read(id_of(resource)).get(AttributePath("members"))))


class Contract:
    """What holds in memory and on a real server."""

    def test_create(self, ground: Ground) -> None:
        """A group is created with its members and a number of its own, and shows who they are."""
        jo, bo = people(ground, "jo", "bo")
        first, second = group(ground, "Staff", jo, bo), group(ground, "Others")

        assert held(ground, "Staff") == {b"jo", b"bo"}
        assert held(ground, "Others") == set()
        assert members(ground, first) == {jo, bo}
        assert {"value": jo, "type": "User", "display": "jo"} in members_of_type(ground, first)
        assert members(ground, second) == set()

    def test_join_and_leave(self, ground: Ground) -> None:
        """Any number join and leave in two round trips, and the group's members are not read."""
        jo, bo, al = people(ground, "jo", "bo", "al")
        created = group(ground, "Staff", jo)
        ground.directory.take()

        patch(ground, created, add(bo, al), remove(jo))

        assert ground.directory.take() == ["search", "Modify"]
        assert members(ground, created) == {bo, al}

    def test_many(self, ground: Ground) -> None:
        """Two round trips are enough for many in a group of any size; two more tell who joined before."""
        ids = people(ground, *(f"u{number}" for number in range(100)))
        created = group(ground, "Staff", *ids[:60])
        ground.directory.take()

        patch(ground, created, add(*ids[60:90]))
        assert ground.directory.take() == ["search", "Modify"]
        patch(ground, created, add(*ids[40:]))

        assert ground.directory.take() == ["search", "Modify", "search", "Modify"]
        assert members(ground, created) == {*ids}

    def test_replace(self, ground: Ground) -> None:
        """Members are replaced; who is no user whom SCIM can see stays."""
        jo, bo = people(ground, "jo", "bo")
        created = group(ground, "Staff", jo)
        name = f"cn=Staff,ou=Groups,{ground.base}"
        ground.directory.execute(
            Modify(type(ground.base).parse(name), (Change("add", "memberUid", (b"root", b"JO")),))
        )

        body: Value = {"displayName": "Staff", "members": [{"value": bo}]}
        ground.target("Group").replace(id_of(created), ResourceCodec(GROUP).load(body, purpose="replace"))

        assert held(ground, "Staff") == {b"bo", b"root", b"JO"}
        assert members(ground, created) == {bo}
        page = page_of_members(
            Entries(ground.domain(), ground.domain().maps["Group"]), id_of(created), start=1, count=5
        )
        assert {(each.name, each.referent is None) for each in page.members} == {
            ("bo", False),
            ("root", True),
            ("JO", True),
        }

    def test_nested(self, ground: Ground) -> None:
        """A group within a group is refused in words, however it should join; so is nobody."""
        created, inner = group(ground, "Staff"), group(ground, "Inner")

        with pytest.raises(InvalidValue, match="is a Group, and only a User can be here"):
            patch(ground, created, add(id_of(inner)))
        with pytest.raises(InvalidValue, match="is a Group, and only a User can be here"):
            group(ground, "Outer", id_of(inner))
        with pytest.raises(InvalidValue, match="there is no User with the id"):
            patch(ground, created, add("00000000-0000-0000-0000-000000000000"))
        assert held(ground, "Staff") == set()

    def test_groups_of_users(self, ground: Ground) -> None:
        """Users show their groups, one by one and in lists, where two searches do for a page."""
        jo, bo, _ = people(ground, "jo", "bo", "al")
        group(ground, "Staff", jo, bo)
        group(ground, "Crew", jo)
        ground.seen.forget(jo)
        ground.directory.take()

        assert groups(ground, jo) == {"Staff", "Crew"}
        assert ground.directory.take() == ["search", "search"]
        listed = {
            each.attributes["userName"]: {
                e["display"] for e in values_of(each.get(AttributePath("groups"))) if isinstance(e, dict)
            }
            for each in ground.target().search(Query()).resources
        }
        assert ground.directory.take() == ["search", "search"]
        assert listed == {"jo": {"Staff", "Crew"}, "bo": {"Staff"}, "al": set()}

    def test_filters(self, ground: Ground) -> None:
        """Groups are found by their members, and users by their groups."""
        jo, bo = people(ground, "jo", "bo")
        staff, crew = group(ground, "Staff", jo, bo), group(ground, "Crew", jo)
        nobody = "00000000-0000-0000-0000-000000000000"

        assert found(ground, "Group", f'members.value eq "{bo}"') == [id_of(staff)]
        assert found(ground, "Group", f'members[value eq "{nobody}"]') == []
        assert found(ground, "Group", 'members.display eq "BO"') == [id_of(staff)]
        assert {*found(ground, "User", f'groups.value eq "{id_of(staff)}"')} == {jo, bo}
        assert found(ground, "User", f'groups eq "{id_of(crew)}" and userName pr') == [jo]
        assert found(ground, "User", f'not (groups.value eq "{id_of(crew)}")') == [bo]
        assert found(ground, "User", 'groups.display eq "crew"') == [jo]
        assert {*found(ground, "User", "groups pr")} == {jo, bo}
        assert found(ground, "User", f'groups.value eq "{nobody}"') == []

    def test_rename(self, ground: Ground) -> None:
        """Who is renamed stays in the groups, also where only the case changes; and it can be undone as one plan."""
        jo, _ = people(ground, "jo", "bo")
        staff = group(ground, "Staff", jo)

        renamed = ground.target().replace(jo, user(userName="joanna"))
        assert held(ground, "Staff") == {b"joanna"}
        assert renamed.attributes["userName"] == "joanna"
        ground.target().replace(jo, user(userName="Joanna"))

        assert held(ground, "Staff") == {b"Joanna"}
        assert members(ground, staff) == {jo}
        done = ground.recorded[-1]
        assert "memberUid: Joanna" in done.plan.render()
        for step in done.plan.inverse.operations:
            ground.directory.execute(step)
        assert held(ground, "Staff") == {b"joanna"}

    def test_delete(self, ground: Ground) -> None:
        """Who is deleted leaves the groups; another one of that name is in none."""
        jo, bo = people(ground, "jo", "bo")
        group(ground, "Staff", jo, bo)

        ground.target().delete(jo)
        [again] = people(ground, "jo")

        assert held(ground, "Staff") == {b"bo"}
        assert groups(ground, again) == set()

    @pytest.mark.parametrize("action", ["disable", "move"])
    def test_retire(self, ground: Ground, action: Action) -> None:
        """Who is retired takes the place in the groups along, which another one of that name does not get; and brings it back."""
        container = Dn((*Dn.parse("ou=Groups").rdns, *ground.base.rdns)) if action == "move" else None
        ground.deletion = Deletion(action, container)
        jo, bo = people(ground, "jo", "bo")
        staff = group(ground, "Staff", jo, bo)

        ground.target().delete(jo)
        [again] = people(ground, "jo")

        assert {name.partition(b"~")[0] for name in held(ground, "Staff")} == {b"jo", b"bo"}
        assert b"jo" not in held(ground, "Staff")
        assert members(ground, staff) == {bo}
        assert groups(ground, again) == set()
        ground.target().replace(again, user(userName="joe"))
        domain = ground.domain()
        restore(domain, domain.maps["User"], jo, record=ground.recorded.append, to=ground.people)
        assert held(ground, "Staff") == {b"jo", b"bo"}
        assert members(ground, staff) == {jo, bo}


@dataclass
class ByName(Ground):
    """A domain whose accounts are named by their full names."""

    def domain(self) -> Domain:
        """Wire the domain."""
        domain = super().domain()
        users = shipped_map("openldap-user-posix")
        named = self.deletion.visible(replace(users, entry=replace(users.entry, rdn="cn")))
        return replace(domain, maps={**domain.maps, "User": named})


class TestInMemory(Contract):
    """In memory."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Give a domain in memory."""
        return of_posix(memory_ground())

    def test_retired_with_the_login_name(self) -> None:
        """Whose login name stays when they are retired has left the groups: another one may get that name."""
        plain = of_posix(memory_ground())
        ground = ByName(plain.directory, plain.base, product=POSIX, deletion=Deletion("disable"))
        jo = id_of(ground.target().create(user(name={"formatted": "Jo Doe"})))
        group(ground, "Staff", jo)

        ground.target().delete(jo)
        again = id_of(ground.target().create(user(name={"formatted": "Jo Doe"})))

        assert held(ground, "Staff") == set()
        assert groups(ground, again) == set()

    def test_too_many_to_name(self, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
        """Users of a group that is too large to be written out are found all the same."""
        monkeypatch.setattr("app.provisioning.identity.MAX_NAMES", 1)
        jo, bo, _ = people(ground, "jo", "bo", "al")
        staff = group(ground, "Staff", jo, bo)

        assert {*found(ground, "User", f'groups.value eq "{id_of(staff)}"')} == {jo, bo}

    def test_someone_without_a_login_name(self, ground: Ground) -> None:
        """Who lacks what members are held by cannot join, and has left."""
        schema_map = ground.domain().maps["User"]
        name = ground.people.below(type(ground.people.rdn).of("cn", "x"))
        ground.directory.execute(Add(name, {"objectClass": (b"inetOrgPerson",), "cn": (b"x",)}))
        [other] = [id_of(each) for each in ground.target().search(Query()).resources]
        created = group(ground, "Staff")

        with pytest.raises(InvalidValue, match="has no uid, which is what the directory has here"):
            patch(ground, created, add(other))
        patch(ground, created, remove(other))
        assert groups(ground, other) == set()
        ground.target().delete(other)
        assert schema_map.references[0].types


@pytest.mark.directory
class TestOnOpenLdap(Contract):
    """On a real server."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give a domain on OpenLDAP."""
        return of_posix(ldap_ground)
