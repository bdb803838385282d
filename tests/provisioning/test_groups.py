"""Groups: members join and leave at a cost that does not depend on the group's size, and nobody is lost."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn, Rdn
from app.directory.errors import AssertionFailed, ValueExists
from app.directory.filters import Filter
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Search
from app.provisioning.target import Query, nothing
from app.scim.client_profile import ClientProfile
from app.scim.codec import ResourceCodec
from app.scim.errors import Conflict, InvalidValue, NotFound, PreconditionFailed
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.patch_operations import parse_patch
from app.scim.path import AttributePath
from app.scim.resource import Resource, values_of
from app.scim.schema import Value
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, Product, memory_ground, user
from tests.provisioning.test_domain_target import id_of, version_of

GROUP = RESOURCE_TYPES["Group"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MEMBERS = AttributePath("members")


def people(ground: Ground, *names: str) -> list[str]:
    """Create users and return their ids."""
    return [id_of(ground.target().create(user(userName=name))) for name in names]


def group(ground: Ground, name: str, *members: str) -> Resource:
    """Create a group."""
    body: Value = {"displayName": name, "members": [{"value": member} for member in members]}
    return ground.target("Group").create(ResourceCodec(GROUP).load(body))


def patch(ground: Ground, found: Resource, *operations: Value, version: str | None = None) -> Resource:
    """Send a PATCH whose answer is of no interest."""
    parsed = parse_patch({"Operations": list(operations)}, GROUP)
    return ground.target("Group").patch(id_of(found), parsed, version=version, wants=nothing)


def members(ground: Ground, found: Resource) -> set[object]:
    """Read a group's members."""
    read = ground.target("Group").read(id_of(found))
    return {element["value"] for element in values_of(read.get(MEMBERS)) if isinstance(element, dict)}


def add(*ids: str) -> Value:
    """Describe members who join."""
    return {"op": "add", "path": "members", "value": [{"value": found} for found in ids]}


def remove(*ids: str) -> Value:
    """Describe members who leave."""
    return {"op": "remove", "path": "members", "value": [{"value": found} for found in ids]}


def groups(ground: Ground, resource_id: str) -> set[object]:
    """Name the groups that a user shows."""
    read = ground.target().read(resource_id)
    found = values_of(read.get(AttributePath("groups")))
    return {element["display"] for element in found if isinstance(element, dict)}


def manager(ground: Ground, resource_id: str) -> object:
    """Return the id of the manager whom a user shows."""
    found = ground.target().read(resource_id).get(AttributePath("manager", schema=ENTERPRISE))
    return found["value"] if isinstance(found, dict) else None


def stored_members(ground: Ground, name: Dn) -> set[bytes]:
    """Return what a group's entry holds, seen by SCIM or not."""
    [entry] = ground.directory.search(Search(name, "base", attributes=("member",)))
    return {value.lower() for value in entry.values("member")}


def follow_another_process(ground: Ground) -> None:
    """Have another process change groups that somebody is in, and look at each change."""
    [jo] = people(ground, "jo")
    staff, crew = group(ground, "Staff", jo), group(ground, "Crew", jo)
    assert [groups(ground, jo) for _ in range(3)] == [{"Staff", "Crew"}] * 3
    other = ground.elsewhere()

    patch(other, staff, {"op": "replace", "path": "displayName", "value": "Personnel"})
    assert [groups(ground, jo) for _ in range(3)] == [{"Personnel", "Crew"}] * 3
    patch(other, staff, remove(jo))
    assert [groups(ground, jo) for _ in range(3)] == [{"Crew"}] * 3
    other.target("Group").delete(id_of(crew))
    assert [groups(ground, jo) for _ in range(3)] == [set()] * 3
    patch(other, staff, add(jo))
    assert [groups(ground, jo) for _ in range(3)] == [{"Personnel"}] * 3


class Contract:
    """What holds on every directory."""

    def test_create(self, ground: Ground) -> None:
        """A group is created with its members in two round trips: one to look them up, one to add."""
        jo, bo = people(ground, "jo", "bo")
        ground.directory.take()

        created = group(ground, "Staff", jo, bo)

        assert ground.directory.take() == list(ground.product.creating_group)
        assert ground.recorded[-1].resource_id == id_of(created)
        assert {
            (e["value"], e["type"], e["display"])
            for e in values_of(created.get(MEMBERS))
            if isinstance(e, dict)
        } == {
            (jo, "User", "jo"),
            (bo, "User", "bo"),
        }
        assert ground.target("Group").read(id_of(created)) == created

    def test_empty(self, ground: Ground) -> None:
        """A group may be empty, from the start and after the last member left; the placeholder is never seen."""
        [jo] = people(ground, "jo")
        created = group(ground, "Staff")
        assert "members" not in created.attributes

        patch(ground, created, add(jo))
        assert members(ground, created) == {jo}
        patch(ground, created, {"op": "remove", "path": f'members[value eq "{jo}"]'})
        assert members(ground, created) == set()

    def test_join_and_leave(self, ground: Ground) -> None:
        """Any number join and leave in two round trips, and the group's members are not read."""
        jo, bo, al = people(ground, "jo", "bo", "al")
        created = group(ground, "Staff", jo)
        ground.directory.take()

        patch(ground, created, add(bo, al), remove(jo))

        assert ground.directory.take() == list(ground.product.changing)
        assert members(ground, created) == {bo, al}

    def test_join_twice(self, ground: Ground) -> None:
        """Who is a member may join again, together with others; alone, that changes nothing, version included."""
        jo, bo = people(ground, "jo", "bo")
        created = group(ground, "Staff", jo)

        unchanged = patch(ground, created, add(jo))
        patch(ground, created, add(jo, bo))

        assert version_of(unchanged) == version_of(created)
        assert members(ground, created) == {jo, bo}

    def test_leave_twice(self, ground: Ground) -> None:
        """Who is no member, or no longer exists, may leave; the others who leave with them do."""
        jo, bo, al = people(ground, "jo", "bo", "al")
        created = group(ground, "Staff", jo, al)
        ground.target().delete(al)

        unchanged = patch(ground, created, remove(bo))
        patch(ground, created, remove(bo, jo, al, "00000000-0000-0000-0000-000000000000"))

        assert "meta" in unchanged.attributes
        assert members(ground, created) == set()

    def test_what_undoes_several(self, ground: Ground) -> None:
        """Of several who join and leave, what is kept to undo it is about those alone for whom something changed."""
        jo, bo, al, cy = people(ground, "jo", "bo", "al", "cy")
        created = group(ground, "Staff", jo, cy)

        patch(ground, created, add(jo, bo, al), remove(cy))
        for operation in ground.recorded[-1].plan.inverse.operations:
            ground.directory.execute(operation)

        assert members(ground, created) == {jo, cy}

    def test_nobody_joins(self, ground: Ground) -> None:
        """Who does not exist cannot join, and then nobody does."""
        [jo] = people(ground, "jo")
        created = group(ground, "Staff")

        with pytest.raises(InvalidValue, match="00000000"):
            patch(ground, created, add(jo, "00000000-0000-0000-0000-000000000000"))
        with pytest.raises(InvalidValue):
            group(ground, "Others", "nobody")
        assert members(ground, created) == set()

    def test_unknown_members_are_left_out(self, ground: Ground) -> None:
        """Where the client wants it so, who does not exist is passed over, however it should join; the others join."""
        jo, bo = people(ground, "jo", "bo")
        nobody = "00000000-0000-0000-0000-000000000000"
        ground.client = ClientProfile(ignores_unknown_members=True)

        created = group(ground, "Staff", nobody)
        assert members(ground, created) == set()
        patch(ground, created, add(jo, nobody, "nobody"))
        assert members(ground, created) == {jo}
        patch(ground, created, add(nobody), {"op": "add", "path": "displayName", "value": "Crew"})
        assert members(ground, created) == {jo}
        patch(
            ground, created, {"op": "replace", "path": "members", "value": [{"value": bo}, {"value": nobody}]}
        )
        assert members(ground, created) == {bo}
        body: Value = {"displayName": "Crew", "members": [{"value": nobody}]}
        ground.target("Group").replace(id_of(created), ResourceCodec(GROUP).load(body, purpose="replace"))
        assert members(ground, created) == set()

    def test_replace_members(self, ground: Ground) -> None:
        """Members are replaced by a PATCH or a PUT; an empty list leaves none."""
        jo, bo = people(ground, "jo", "bo")
        created = group(ground, "Staff", jo)

        patch(ground, created, {"op": "replace", "path": "members", "value": [{"value": bo}]})
        assert members(ground, created) == {bo}
        body: Value = {"displayName": "Staff", "members": [{"value": jo}]}
        ground.target("Group").replace(id_of(created), ResourceCodec(GROUP).load(body, purpose="replace"))
        assert members(ground, created) == {jo}
        patch(ground, created, {"op": "replace", "path": "members", "value": []})
        assert members(ground, created) == set()

    def test_rename_keeps_members(self, ground: Ground) -> None:
        """A renamed group keeps members and id; joining in the same request works."""
        jo, bo = people(ground, "jo", "bo")
        created = group(ground, "Staff", jo)

        patch(ground, created, {"op": "replace", "path": "displayName", "value": "Crew"}, add(bo))

        assert ground.target("Group").read(id_of(created)).attributes["displayName"] == "Crew"
        assert members(ground, created) == {jo, bo}

    def test_version(self, ground: Ground) -> None:
        """Membership changes for a version that is gone are refused; for the present one they are made."""
        jo, bo = people(ground, "jo", "bo")
        created = group(ground, "Staff")
        present = patch(ground, created, add(jo), version=version_of(created))

        with pytest.raises(PreconditionFailed):
            patch(ground, created, add(bo), version=version_of(created))
        assert version_of(patch(ground, created, add(jo), version=version_of(present))) == version_of(present)

    def test_group_that_others_made(self, ground: Ground) -> None:
        """A group without our placeholder survives its last member's leaving."""
        [jo] = people(ground, "jo")
        name = ground.base.below(Rdn.of("ou", "Groups")).below(Rdn.of("cn", "Old"))
        member = (str(ground.dn("jo")).encode(),)
        ground.directory.execute(
            Add(name, {"objectClass": (ground.product.group,), "cn": (b"Old",), "member": member})
        )
        [found] = ground.target("Group").search(Query()).resources

        patch(ground, found, remove(jo))

        assert members(ground, found) == set()

    def test_dangling_members(self, ground: Ground) -> None:
        """A name that SCIM cannot see is not shown, and stays whoever joins, leaves, or is replaced."""
        jo, bo = people(ground, "jo", "bo")
        created = group(ground, "Staff", jo)
        name = ground.base.below(Rdn.of("ou", "Groups")).below(Rdn.of("cn", "Staff"))
        gone = b"uid=gone,ou=Elsewhere,dc=example,dc=org"
        ground.directory.execute(Modify(name, (Change("add", "member", (gone,)),)))

        patch(ground, created, add(bo), {"op": "replace", "path": "displayName", "value": "STAFF"})
        patch(ground, created, remove(jo))
        assert members(ground, created) == {bo}
        assert gone.lower() in stored_members(ground, name)

        patch(ground, created, {"op": "replace", "path": "members", "value": [{"value": jo}]})
        assert members(ground, created) == {jo}
        body: Value = {"displayName": "Staff", "members": [{"value": bo}]}
        ground.target("Group").replace(id_of(created), ResourceCodec(GROUP).load(body, purpose="replace"))
        assert members(ground, created) == {bo}
        patch(ground, created, {"op": "remove", "path": "members"})
        assert members(ground, created) == set()
        assert gone.lower() in stored_members(ground, name)

    def test_replace_of_all_costs(self, ground: Ground) -> None:
        """A PUT looks up those who are taken away, and nobody who stays."""
        jo, bo, al = people(ground, "jo", "bo", "al")
        created = group(ground, "Staff", jo, bo)
        codec = ResourceCodec(GROUP)
        ground.directory.take()

        for ids, expected in (
            ((jo, bo, al), ground.product.changing),
            ((jo, al), ("search", *ground.product.changing)),
        ):
            body: Value = {"displayName": "Staff", "members": [{"value": each} for each in ids]}
            replaced = codec.load(body, purpose="replace")
            ground.target("Group").replace(id_of(created), replaced, wants=nothing)
            assert ground.directory.take() == list(expected)
        assert members(ground, created) == {jo, al}

    @pytest.mark.parametrize(
        ("condition", "staying"),
        [
            ('type eq "User"', {"Inner"}),
            ('type eq "Group"', {"jo", "bo"}),
            ('display sw "j"', {"bo", "Inner"}),
            ('value ne "{jo}"', {"jo"}),
            ('value eq "{jo}" and type eq "Group"', {"jo", "bo", "Inner"}),
            ('value eq "{jo}" or type eq "Group"', {"bo"}),
        ],
    )
    def test_leave_by_condition(self, ground: Ground, condition: str, staying: set[str]) -> None:
        """Members leave by whatever a condition says of them, and whom SCIM cannot see stays."""
        jo, bo = people(ground, "jo", "bo")
        inner = id_of(group(ground, "Inner"))
        created = group(ground, "Staff", jo, bo, inner)
        known = {"jo": jo, "bo": bo, "Inner": inner}

        patch(ground, created, {"op": "remove", "path": f"members[{condition.format(jo=jo)}]"})

        assert members(ground, created) == {known[name] for name in staying}

    def test_nested(self, ground: Ground) -> None:
        """A group may be a member of a group."""
        inner = group(ground, "Inner")
        outer = group(ground, "Outer", id_of(inner))

        [element] = values_of(outer.get(MEMBERS))

        assert element == {"value": id_of(inner), "type": "Group", "display": "Inner"}

    def test_filter_by_member(self, ground: Ground) -> None:
        """Groups are found by a member's id, without reading anybody's members."""
        jo, bo = people(ground, "jo", "bo")
        staff = group(ground, "Staff", jo)
        group(ground, "Others", bo)
        ground.directory.take()

        for text in (
            f'members.value eq "{jo}"',
            f'members[value eq "{jo}"]',
            f'members eq "{jo}" and displayName pr',
        ):
            page = ground.target("Group").search(Query(filter=resolve(parse(text), GROUP)), wants=nothing)
            assert [id_of(found) for found in page.resources] == [id_of(staff)]
        condition = resolve(parse('members.value eq "nobody"'), GROUP)
        assert ground.target("Group").search(Query(filter=condition)).total == 0

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('members.display eq "JO"', {"Staff"}),
            ('members[display sw "b"]', {"Others"}),
            ('members.display co "o"', {"Staff", "Others"}),
            ('not (members.display eq "jo")', {"Others", "Empty"}),
            ('members.display eq "nobody"', set()),
        ],
    )
    def test_filter_by_display(self, ground: Ground, text: str, expected: set[str]) -> None:
        """Groups are found by what a member shows, and nobody's members are read for it."""
        jo, bo = people(ground, "jo", "bo")
        for name, ids in (("Staff", [jo]), ("Others", [bo]), ("Empty", [])):
            group(ground, name, *ids)
        ground.directory.take()

        page = ground.target("Group").search(Query(filter=resolve(parse(text), GROUP)), wants=nothing)

        assert len(page.resources) == len(expected)
        assert {
            ground.target("Group").read(id_of(found)).attributes["displayName"] for found in page.resources
        } == expected

    def test_unwanted_members_are_not_fetched(self, ground: Ground) -> None:
        """Where members are not wanted they are neither fetched nor looked up."""
        [jo] = people(ground, "jo")
        created = group(ground, "Staff", jo)
        ground.directory.take()

        read = ground.target("Group").read(id_of(created), wants=lambda path: path != MEMBERS)

        assert ground.directory.take() == ["search"]
        assert "members" not in read.attributes

    def test_manager(self, ground: Ground) -> None:
        """A manager is a reference too: by id in SCIM, by name in the directory."""
        [boss] = people(ground, "boss")
        created = ground.target().create(user(**{ENTERPRISE: {"manager": {"value": boss}}}))

        patched = ground.target().patch(
            id_of(created),
            parse_patch({"Operations": [{"op": "add", "path": "title", "value": "Chief"}]}, created.type),
        )

        assert (
            patched.attributes[ENTERPRISE]
            == created.attributes[ENTERPRISE]
            == {"manager": {"value": boss, "displayName": "boss"}}
        )

    def test_delete(self, ground: Ground) -> None:
        """A deleted group is gone, its members are not."""
        [jo] = people(ground, "jo")
        created = group(ground, "Staff", jo)

        ground.target("Group").delete(id_of(created))

        with pytest.raises(NotFound):
            ground.target("Group").read(id_of(created))
        assert id_of(ground.target().read(jo)) == jo


class TestInMemory(Contract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Give a domain in memory."""
        return memory_ground()

    def test_who_comes_later(self, ground: Ground) -> None:
        """Who is referred to before there is such an entry is shown as soon as there is one."""
        [jo] = people(ground, "jo")
        changes = (Change("add", "manager", (str(ground.dn("bo")).encode(),)),)
        ground.directory.execute(Modify(ground.dn("jo"), changes))
        before = [manager(ground, jo) for _ in range(3)]
        [bo] = people(ground, "bo")

        assert before == [None] * 3
        assert [manager(ground, jo) for _ in range(3)] == [bo] * 3


class TestOnLdap(Contract):
    """The contract on real directories, and what the memberof overlay adds."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give a domain on a real directory."""
        return ldap_ground

    def test_groups_of_a_user(self, ground: Ground) -> None:
        """A user shows the groups it is in, those that contain these, and each once in a circle."""
        [jo] = people(ground, "jo")
        inner = group(ground, "Inner", jo)
        outer = group(ground, "Outer", id_of(inner))
        patch(ground, inner, add(id_of(outer)))

        read = ground.target().read(jo)

        shown = {
            (e["display"], e["type"]) for e in values_of(read.attributes["groups"]) if isinstance(e, dict)
        }
        assert shown == {("Inner", "direct"), ("Outer", "indirect")}

    def test_the_directory_s_own_bookkeeping(self, ground: Ground) -> None:
        """What the directory keeps by itself on both sides of a membership follows each change that is made here."""
        jo, bo = people(ground, "jo", "bo")
        staff = group(ground, "Staff", jo, bo)
        operations = parse_patch(
            {"Operations": [{"op": "replace", "path": "userName", "value": "joe"}]}, RESOURCE_TYPES["User"]
        )

        patch(ground, staff, {"op": "replace", "path": "displayName", "value": "Crew"})
        ground.target().patch(jo, operations)
        assert groups(ground, jo) == groups(ground, bo) == {"Crew"}
        assert members(ground, staff) == {jo, bo}

        patch(ground, staff, remove(jo))
        ground.target().delete(bo)
        name = ground.base.below(Rdn.of("ou", "Groups")).below(Rdn.of("cn", "Crew"))
        assert groups(ground, jo) == set()
        assert stored_members(ground, name) == {b""}
        patch(ground, staff, add(jo))
        ground.target("Group").delete(id_of(staff))
        assert groups(ground, jo) == set()

    def test_costs_of_a_user_in_groups(self, ground: Ground) -> None:
        """Whom a user was seen with is asked about together with it: a read costs one round trip, a change two."""
        [jo] = people(ground, "jo")
        inner = group(ground, "Inner", jo)
        group(ground, "Outer", id_of(inner))
        first = ground.target().read(jo)
        operations = parse_patch(
            {"Operations": [{"op": "add", "path": "title", "value": "Chief"}]}, RESOURCE_TYPES["User"]
        )
        ground.directory.take()

        assert ground.target().read(jo) == first
        assert ground.directory.take() == ["search"]
        patched = ground.target().patch(jo, operations)
        assert ground.directory.take() == ["search", "Modify"]
        assert patched.attributes["groups"] == first.attributes["groups"]

    def test_groups_are_never_shown_from_memory(self, ground: Ground) -> None:
        """Groups that were joined, left, renamed or deleted since the last look are shown as they are now."""
        [jo] = people(ground, "jo")
        left, gone, named = (group(ground, name, jo) for name in ("Left", "Gone", "Named"))
        ground.target().read(jo)

        patch(ground, left, remove(jo))
        ground.target("Group").delete(id_of(gone))
        patch(ground, named, {"op": "replace", "path": "displayName", "value": "Renamed"})
        group(ground, "Gone", jo)
        group(ground, "Joined", jo)

        assert groups(ground, jo) == {"Renamed", "Gone", "Joined"}
        assert id_of(gone) not in str(ground.target().read(jo).attributes["groups"])

    def test_what_another_process_changes(self, ground: Ground) -> None:
        """Who is read again and again is shown as it is now: in groups that are called otherwise, left, or gone."""
        follow_another_process(ground)

    def test_filter_users_by_group(self, ground: Ground) -> None:
        """Users are found by a group, and by a group around it."""
        [jo, _] = people(ground, "jo", "bo")
        inner = group(ground, "Inner", jo)
        outer = group(ground, "Outer", id_of(inner))

        texts = [f'groups.value eq "{id_of(found)}"' for found in (inner, outer)]
        for text in (*texts, 'groups.display eq "outer"', 'groups[display co "nn"]'):
            condition = resolve(parse(text), RESOURCE_TYPES["User"])
            page = ground.target().search(Query(filter=condition))
            assert [id_of(resource) for resource in page.resources] == [jo]

    def test_deleted_member_leaves(self, ground: Ground) -> None:
        """A deleted user is a member no longer."""
        jo, bo = people(ground, "jo", "bo")
        staff = group(ground, "Staff", jo, bo)

        ground.directory.execute(Delete(ground.dn("jo")))

        assert members(ground, staff) == {bo}


def test_directory_that_insists() -> None:
    """A directory that says of a stranger that he is a member is not asked for ever."""
    ground = memory_ground()
    [jo] = people(ground, "jo")
    created = group(ground, "Staff")

    def insist(operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        del operation, read_back
        raise ValueExists("x", reason="is a member already")

    ground.directory.inner.execute = insist  # type: ignore[method-assign]

    with pytest.raises(Conflict, match=r"^members: .*is a member already"):
        patch(ground, created, add(jo))


class Careless(OpenLdap):
    """A product without assertions that takes no notice of who is a member already, if it is asked to."""

    asserts = False

    def guarded(
        self, operations: Sequence[Operation], before: Entry, condition: Filter
    ) -> Sequence[Operation]:
        del before, condition
        return operations


@pytest.mark.parametrize(
    ("few", "cost", "is_undone"),
    [
        pytest.param(20, ["search", "Modify", "search", "search", "search", "Modify"], True, id="few"),
        pytest.param(1, ["search", "Modify", "Modify"], False, id="many"),
    ],
)
def test_some_twice_without_assertions(
    monkeypatch: pytest.MonkeyPatch, few: int, cost: list[str], *, is_undone: bool
) -> None:
    """Few are asked about one by one, so that the others' joining can be undone; many join whoever was there before."""
    monkeypatch.setattr("app.provisioning.domain_target.FEW", few)
    ground = replace(memory_ground(), product=Product(dialect=Careless()))
    jo, bo, al = people(ground, "jo", "bo", "al")
    created = group(ground, "Staff", jo)
    ground.directory.take()

    patch(ground, created, add(jo, bo, al))

    assert ground.directory.take() == cost
    assert members(ground, created) == {jo, bo, al}
    for operation in ground.recorded[-1].plan.inverse.operations:
        ground.directory.execute(operation)
    assert members(ground, created) == ({jo} if is_undone else {jo, bo, al})


def test_directory_that_wavers() -> None:
    """Where reading never tells what an assertion failed of, that ends."""
    ground = memory_ground()
    jo, bo = people(ground, "jo", "bo")
    created = group(ground, "Staff")

    def waver(operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        del operation, read_back
        raise AssertionFailed("x")

    ground.directory.inner.execute = waver  # type: ignore[method-assign]

    with pytest.raises(Conflict, match="by others all the time"):
        patch(ground, created, add(jo, bo))
