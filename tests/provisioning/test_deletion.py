"""What a DELETE leaves behind is gone for SCIM, and can be had back by an administrator."""

import pytest

from app.directory.dn import Dn, Rdn
from app.directory.errors import DirectoryError
from app.directory.model import Add, Search
from app.provisioning.deletion import MARK, Deletion, DeletionSchema
from app.provisioning.leftovers import leftovers, restore
from app.provisioning.target import Query
from app.scim.errors import InvalidValue, NotFound, PreconditionFailed
from tests.provisioning.conftest import Ground, memory_ground, user
from tests.provisioning.test_domain_target import id_of, names, patch, version_of
from tests.provisioning.test_groups import group, members, people


def retiring(ground: Ground, action: str) -> Ground:
    """Have a domain keep accounts that are deleted, where they are or elsewhere."""
    leavers = ground.people.below(Rdn.of("ou", "Leavers"))
    if action == "move":
        ground.directory.execute(Add(leavers, {"objectClass": (b"organizationalUnit",), "ou": (b"Leavers",)}))
        ground.deletion = Deletion("move", leavers)
    else:
        ground.deletion = Deletion("disable")
    return ground


def kept(ground: Ground) -> list[Dn]:
    """Name the entries that stayed behind."""
    found = ground.directory.search(Search(ground.people, attributes=("1.1",)))
    return [entry.dn for entry in found if MARK in entry.dn.rdn.avas[0].value]


class Contract:
    """What holds on every directory."""

    @pytest.mark.parametrize("action", ["disable", "move"])
    def test_final(self, ground: Ground, action: str) -> None:
        """Who is deleted is not found by id, name or list, in no group, and the name is free; the entry is there."""
        created = retiring(ground, action).target().create(user(title="Clerk", password="secret"))
        staff = group(ground, "Staff", id_of(created))

        ground.target().delete(id_of(created))

        for act in (ground.target().read, ground.target().delete):
            with pytest.raises(NotFound):
                act(id_of(created))
        with pytest.raises(NotFound):
            patch(ground.target(), created, {"op": "add", "path": "title", "value": "Chief"})
        assert names(ground.target()) == []
        assert ground.target().search(Query(count=0)).total == 0
        assert members(ground, staff) == set()
        assert id_of(ground.target().create(user())) != id_of(created)
        [dn] = kept(ground)
        assert dn.parent == (ground.deletion.container or ground.people)
        assert ground.recorded[-2].action == "delete"
        with pytest.raises(DirectoryError):
            ground.directory.authenticate(ground.dn("jo"), "secret")

    @pytest.mark.parametrize("action", ["disable", "move"])
    def test_restore(self, ground: Ground, action: str) -> None:
        """An account that stayed behind comes back under its id, inactive, with what it was."""
        created = retiring(ground, action).target().create(user(title="Clerk", password="secret"))
        ground.target().delete(id_of(created))
        domain, record = ground.domain(), ground.recorded.append
        schema_map = domain.maps["User"]

        [found] = leftovers(domain, schema_map)
        restored = restore(domain, schema_map, id_of(created), record=record, to=ground.people)

        assert (found.id, found.name, restored.plan.dn) == (id_of(created), "jo", ground.dn("jo"))
        read = ground.target().read(id_of(created))
        assert (read.attributes["userName"], read.attributes["title"]) == ("jo", "Clerk")
        assert read.attributes["active"] is False
        assert kept(ground) == []
        assert (ground.recorded[-1].action, ground.recorded[-1].resource_id) == ("restore", id_of(created))
        with pytest.raises(NotFound):
            restore(domain, schema_map, id_of(created), record=record)

    def test_twice(self, ground: Ground) -> None:
        """The same name can be deleted again and again; groups go for good."""
        for _ in range(2):
            created = retiring(ground, "disable").target().create(user())
            ground.target().delete(id_of(created))
        staff = group(ground, "Staff")

        ground.target("Group").delete(id_of(staff))

        assert len(kept(ground)) == 2
        assert list(ground.target("Group").search(Query()).resources) == []

    def test_version(self, ground: Ground) -> None:
        """A DELETE for a version that is gone is refused, and nothing is retired."""
        created = retiring(ground, "disable").target().create(user())
        patch(ground.target(), created, {"op": "add", "path": "title", "value": "Chief"})

        with pytest.raises(PreconditionFailed):
            ground.target().delete(id_of(created), version=version_of(created))
        assert (names(ground.target()), kept(ground)) == (["jo"], [])


class TestInMemory(Contract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Give a domain in memory."""
        return memory_ground()

    def test_outside(self, ground: Ground) -> None:
        """Nobody is brought back to where SCIM would not see them."""
        [jo] = people(retiring(ground, "disable"), "jo")
        ground.target().delete(jo)
        domain = ground.domain()

        with pytest.raises(InvalidValue, match="dc=elsewhere"):
            restore(domain, domain.maps["User"], jo, record=print, to=Dn.parse("dc=elsewhere"))


class TestOnLdap(Contract):
    """The contract on real directories."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give a domain on a real directory."""
        return ldap_ground


@pytest.mark.parametrize(
    ("deletion", "expected"),
    [
        pytest.param(None, Deletion(), id="left out"),
        pytest.param({"action": "disable"}, Deletion("disable"), id="disable"),
        pytest.param(
            {"action": "move", "container": "ou=Leavers"},
            Deletion("move", Dn.parse("ou=Leavers,dc=example,dc=org")),
            id="move",
        ),
        pytest.param({"below": "delete"}, Deletion(takes_below=True), id="with what is below"),
        pytest.param({"offers_restoring": True}, Deletion(offers_restoring=True), id="offering"),
    ],
)
def test_read(deletion: dict[str, str | bool] | None, expected: Deletion) -> None:
    """The container stands below the domain's base."""
    body = {} if deletion is None else {"deletion": deletion}

    assert Deletion.read(body, Dn.parse("dc=example,dc=org")) == expected


@pytest.mark.parametrize(
    "deletion",
    [
        {"action": "move"},
        {"action": "disable", "container": "ou=Leavers"},
        {"action": "move", "container": "nowhere"},
        {"action": "burn"},
        {"below": "perhaps"},
        {"offers_restoring": "perhaps"},
    ],
)
def test_unfit(deletion: dict[str, str]) -> None:
    """A container goes with moving, and is a name."""
    assert DeletionSchema().validate(deletion)
