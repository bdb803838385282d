"""What stands below an entry keeps it, or goes with it where the domain's document says so."""

from __future__ import annotations

import pytest

from app.directory.dn import Dn, Rdn
from app.directory.errors import InsufficientAccess
from app.directory.model import TREE_DELETE, Add, Delete, Entry, Operation, Search
from app.directory.plan import Plan
from app.directory.port import Capabilities
from app.provisioning.deletion import Deletion
from app.provisioning.domain import Domain
from app.provisioning.entries import Entries
from app.provisioning.planning import Planned
from app.provisioning.protection import Protection
from app.provisioning.subtree import plan_subtree
from app.provisioning.weight import weigh
from app.scim.errors import Conflict, ServerError
from app.testing.samba import SambaAdContainer
from tests.provisioning.conftest import Ground, memory_ground, user
from tests.provisioning.test_domain_target import id_of

TAKING = Deletion(takes_below=True)


def phone(parent: Dn) -> Add:
    """Put something below an entry."""
    return Add(
        parent.below(Rdn.of("cn", "phone")), {"objectClass": (b"applicationProcess",), "cn": (b"phone",)}
    )


def with_phones(ground: Ground) -> str:
    """Make a user with an entry below, and one below that; return the id."""
    resource_id = id_of(ground.target().create(user()))
    for parent in (ground.dn("jo"), phone(ground.dn("jo")).dn):
        ground.directory.execute(phone(parent))
    ground.recorded.clear()
    ground.directory.take()
    return resource_id


def names(ground: Ground) -> list[Dn]:
    """Name all people and what is below them."""
    found = ground.directory.search(Search(ground.people, attributes=("1.1",)))
    return [entry.dn for entry in found if entry.dn != ground.people]


class Contract:
    """What holds without the control, as on OpenLDAP."""

    def test_by_default(self, ground: Ground) -> None:
        """An entry with others below it stays, and it is said why."""
        resource_id = with_phones(ground)

        with pytest.raises(Conflict, match="has entries below it"):
            ground.target().delete(resource_id)

        assert len(names(ground)) == 3

    @pytest.mark.parametrize("is_seen", [True, False])
    def test_leaf_by_leaf(self, ground: Ground, *, is_seen: bool) -> None:
        """Where the domain says so all goes, the deepest first, at the cost of a look and an operation each."""
        ground.deletion = TAKING
        resource_id = with_phones(ground)
        if not is_seen:
            ground.seen.forget(resource_id)

        ground.target().delete(resource_id)

        assert names(ground) == []
        [done] = [each for each in ground.recorded if each.error is None]
        inner = phone(phone(ground.dn("jo")).dn).dn
        assert [each.dn for each in done.plan.operations] == [inner, inner.parent, ground.dn("jo")]
        assert done.resource_id == resource_id

    def test_a_leaf(self, ground: Ground) -> None:
        """Who has nothing below costs no more than before."""
        ground.deletion = TAKING
        resource_id = id_of(ground.target().create(user()))
        ground.directory.take()

        ground.target().delete(resource_id)

        assert ground.directory.take() == ["Delete"]

    def test_too_many(self, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of very many nobody is deleted."""
        monkeypatch.setattr("app.provisioning.subtree.MOST", 1)
        ground.deletion = TAKING
        resource_id = with_phones(ground)

        with pytest.raises(Conflict, match="more than 1 entries below"):
            ground.target().delete(resource_id)

        assert len(names(ground)) == 3


class TestInMemory(Contract):
    """The contract in memory."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Provide a domain in memory."""
        return memory_ground()

    def test_failure_in_the_middle(self, ground: Ground) -> None:
        """Where the last one may not be deleted the others are there again."""
        ground.deletion = TAKING
        resource_id = with_phones(ground)
        original = ground.directory.inner.execute

        def refuse(operation: Operation, *, read_back: tuple[str, ...] = ()) -> Entry | None:
            if isinstance(operation, Delete) and len(names(ground)) == 1:
                raise InsufficientAccess("x")
            return original(operation, read_back=read_back)

        ground.directory.inner.execute = refuse  # type: ignore[method-assign, assignment]

        with pytest.raises(ServerError, match="does not allow"):
            ground.target().delete(resource_id)

        assert len(names(ground)) == 3


@pytest.mark.directory
class TestOnOpenLdap(Contract):
    """The contract on OpenLDAP."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Provide a domain on OpenLDAP."""
        return ldap_ground


@pytest.mark.parametrize(
    ("protection", "is_one"),
    [
        pytest.param(Protection(), True, id="nothing"),
        pytest.param(Protection(below=(Dn.parse("ou=Service,dc=x"),)), False, id="something"),
    ],
)
def test_one_operation(monkeypatch: pytest.MonkeyPatch, protection: Protection, *, is_one: bool) -> None:
    """The control is used where it is offered and nothing is protected, for then each entry is looked at."""
    ground = memory_ground()
    with_phones(ground)
    offered = Capabilities(controls=frozenset({TREE_DELETE}))
    monkeypatch.setattr(ground.directory.inner, "capabilities", lambda: offered)
    domain = ground.domain()
    guarded = Domain(
        domain.name, domain.directory, domain.dialect, domain.base, domain.maps, protection=protection
    )
    search = Search(ground.dn("jo"), "base", attributes=("*", "+"))
    [entry] = ground.directory.search(search)

    planned = plan_subtree(Entries(guarded, domain.maps["User"]), entry)

    assert len(planned.plan.operations) == (1 if is_one else 3)
    last = planned.plan.operations[-1]
    assert isinstance(last, Delete)
    assert (last.dn, last.with_below, planned.below) == (entry.dn, is_one, 2)


def test_weight() -> None:
    """All that goes is weighed."""
    assert weigh("delete", Planned(Plan(), Dn(()), below=2), ()) == {"deletes": 3}


@pytest.mark.container
@pytest.mark.directory
def test_on_active_directory(ad_ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Where the root DSE offers the control, one operation deletes all; by default nothing is deleted."""
    resource_id = id_of(ad_ground.target().create(user()))
    name = f"CN=phone,{ad_ground.dn('jo')}"
    samba_ad.modify(
        f"dn: {name}\nobjectClass: nTFRSSubscriptions\n\ndn: CN=inner,{name}\nobjectClass: nTFRSSubscriptions\n"
    )
    with pytest.raises(Conflict, match="has entries below it"):
        ad_ground.target().delete(resource_id)
    assert len(names(ad_ground)) == 3
    ad_ground.deletion = TAKING
    ad_ground.directory.take()

    ad_ground.target().delete(resource_id)

    assert ad_ground.directory.take() == ["search", "Delete", "search", "Delete"]
    assert names(ad_ground) == []
    assert f"control: {TREE_DELETE} true" in ad_ground.recorded[-1].plan.render()
