"""What was done is undone by its inverse, unless somebody has been at it since."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.directory.dialects.vocabulary import KEPT_ATTRIBUTES
from app.directory.dn import Dn
from app.directory.errors import InsufficientAccess, InvalidCredentials, Unavailable
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Change, Entry, Modify, Operation, Search
from app.directory.plan import Plan
from app.directory.plan import plan as planned
from app.provisioning.configuration import Configuration, Configurations
from app.provisioning.events import Done
from app.provisioning.target import nothing
from app.provisioning.trail import Origin, event_of
from app.provisioning.undo import Undo
from app.scim.errors import Conflict, NotFound, ServerError, ServiceUnavailable
from app.scim.patch_operations import parse_patch
from app.scim.schema import Value
from app.store.audit import Audit
from app.store.database import Database
from tests.directory.test_kept import MANAGING
from tests.preparation.broken import running
from tests.preparation.conftest import connected
from tests.provisioning.conftest import (
    RESOURCE_TYPES,
    CountingDirectory,
    Ground,
    memory_ground,
    store,
    user,
)
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import add, group, members, people, remove
from tests.provisioning.test_subtree import TAKING, with_phones
from tests.provisioning.walks import asking


class _InForce(Configurations):
    """One domain, wired by the test."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def current(self) -> Configuration:
        domain = self._ground.domain()
        return Configuration(1, {domain.name: domain}, {})


def _plan(operation: Operation) -> Plan:
    return planned([operation])


class Trail:
    """Does things in a domain, records them, and undoes them."""

    def __init__(self, ground: Ground, database: Database) -> None:
        self.ground = ground
        self.audit = Audit(database, clock=lambda: datetime.now(UTC))
        self.undo = Undo(self.audit, _InForce(ground))

    def record(self, done: Done) -> None:
        """Record what was done."""
        self.audit.record(event_of(done, Origin("olga", "test")))

    def last(self, act: Callable[[], object]) -> int:
        """Do something, and return the number of its entry."""
        self.ground.recorded.clear()
        act()
        self.record(self.ground.recorded[-1])
        return self.audit.page(limit=1)[0].id

    def entry(self, dn: Dn) -> Entry | None:
        """Read all of an entry."""
        return next(iter(self.ground.directory.search(Search(dn, "base", attributes=("*", "+")))), None)

    def patch(self, resource_id: str, *operations: Value, kind: str = "User") -> int:
        """Change a resource."""
        parsed = parse_patch({"Operations": list(operations)}, RESOURCE_TYPES[kind])
        return self.last(lambda: self.ground.target(kind).patch(resource_id, parsed, wants=nothing))


class UndoContract:
    """The tests; subclasses give the fixture ``ground``."""

    @pytest.fixture
    def trail(self, ground: Ground) -> Trail:
        """Provide the trail of what is done in the domain."""
        return Trail(ground, store())

    def test_a_change(self, trail: Trail) -> None:
        """What was replaced is back, what was added is gone, and what others did elsewhere stays."""
        resource_id = id_of(trail.ground.target().create(user(title="Clerk")))
        dn = trail.ground.dn("jo")
        number = trail.patch(
            resource_id,
            {"op": "replace", "path": "title", "value": "Chief"},
            {"op": "add", "path": "displayName", "value": "Jo"},
        )
        others = (Change("replace", "preferredLanguage", (b"si",)),)
        trail.ground.directory.execute(Modify(dn, others))

        trail.undo.run(number, trail.record)

        entry = trail.entry(dn)
        assert entry is not None
        assert (entry.text("title"), entry.text("displayName")) == ("Clerk", None)
        assert entry.text("preferredLanguage") == "si"

    def test_what_somebody_has_changed_since(self, trail: Trail) -> None:
        """Nothing is sent where the state is not the one that was left."""
        resource_id = id_of(trail.ground.target().create(user(title="Clerk")))
        number = trail.patch(resource_id, {"op": "replace", "path": "title", "value": "Chief"})
        trail.patch(resource_id, {"op": "replace", "path": "title", "value": "Boss"})

        with pytest.raises(Conflict, match="Somebody has changed"):
            trail.undo.run(number, trail.record)

        entry = trail.entry(trail.ground.dn("jo"))
        assert entry is not None
        assert entry.text("title") == "Boss"

    @pytest.mark.parametrize("sent", [{}, {"password": "secret-1"}], ids=["plain", "with password"])
    def test_a_create(self, trail: Trail, sent: dict[str, str]) -> None:
        """Who was made is gone again."""
        number = trail.last(lambda: trail.ground.target().create(user(**sent)))

        trail.undo.run(number, trail.record)

        assert trail.entry(trail.ground.dn("jo")) is None

    def test_a_create_that_was_gone_on_with(self, trail: Trail) -> None:
        """Who was changed since is not deleted."""
        number = trail.last(lambda: trail.ground.target().create(user(title="Clerk", password="secret-1")))
        trail.ground.directory.execute(
            Modify(trail.ground.dn("jo"), (Change("replace", "title", (b"Chief",)),))
        )

        with pytest.raises(Conflict, match="Somebody has changed"):
            trail.undo.run(number, trail.record)

        assert trail.entry(trail.ground.dn("jo")) is not None

    def test_a_rename(self, trail: Trail) -> None:
        """The old name is back."""
        resource_id = id_of(trail.ground.target().create(user()))
        number = trail.patch(resource_id, {"op": "replace", "path": "userName", "value": "joan"})

        trail.undo.run(number, trail.record)

        assert trail.entry(trail.ground.dn("jo"))
        assert trail.ground.target().read(resource_id).attributes["userName"] == "jo"

    def test_members(self, trail: Trail) -> None:
        """Who joined has left, and the others are as they were."""
        jo, bo = people(trail.ground, "jo", "bo")
        found = group(trail.ground, "Staff", jo)
        number = trail.patch(id_of(found), add(bo), kind="Group")

        trail.undo.run(number, trail.record)

        members = trail.ground.target("Group").read(id_of(found)).attributes["members"]
        assert isinstance(members, list)
        assert [member["value"] for member in members if isinstance(member, dict)] == [jo]

    def test_several_members(self, trail: Trail) -> None:
        """Of several who joined and left, who was there before is so again, and who was no member before is none."""
        jo, bo, al, cy = people(trail.ground, "jo", "bo", "al", "cy")
        found = group(trail.ground, "Staff", jo, cy)
        number = trail.patch(id_of(found), add(jo, bo, al), remove(cy), kind="Group")
        assert members(trail.ground, found) == {jo, bo, al}

        trail.undo.run(number, trail.record)

        assert members(trail.ground, found) == {jo, cy}

    def test_several_members_of_whom_some_have_left(self, trail: Trail) -> None:
        """Nobody joins or leaves where it is not as it was left."""
        jo, bo = people(trail.ground, "jo", "bo")
        found = group(trail.ground, "Staff")
        number = trail.patch(id_of(found), add(jo, bo), kind="Group")
        trail.patch(id_of(found), remove(bo), kind="Group")

        with pytest.raises(Conflict, match="Somebody has changed"):
            trail.undo.run(number, trail.record)

        assert members(trail.ground, found) == {jo}

    def test_a_password(self, trail: Trail) -> None:
        """An old password is not known, so the new one stays."""
        resource_id = id_of(trail.ground.target().create(user(password="the first one")))
        number = trail.patch(resource_id, {"op": "replace", "path": "password", "value": "the second one"})

        with pytest.raises(Conflict, match="Nothing was kept"):
            trail.undo.run(number, trail.record)

        trail.ground.directory.authenticate(trail.ground.dn("jo"), "the second one")
        with pytest.raises(InvalidCredentials):
            trail.ground.directory.authenticate(trail.ground.dn("jo"), "the first one")

    def test_undoing_is_undone(self, trail: Trail) -> None:
        """An undo is an entry of the trail like every other."""
        resource_id = id_of(trail.ground.target().create(user(title="Clerk")))
        number = trail.patch(resource_id, {"op": "replace", "path": "title", "value": "Chief"})
        trail.undo.run(number, trail.record)
        undo = trail.audit.page(limit=1)[0]

        trail.undo.run(undo.id, trail.record)

        entry = trail.entry(trail.ground.dn("jo"))
        assert (undo.action, undo.resource_id) == ("undo", resource_id)
        assert entry is not None
        assert entry.text("title") == "Chief"


class TellingContract(UndoContract):
    """The tests, and those for directories that tell what they have deleted (RFC 4527)."""

    def test_a_delete(self, trail: Trail) -> None:
        """Who was deleted is there again, as another resource, without a password; the delete cost no round trip more."""
        target = trail.ground.target()
        created = target.create(
            user(title="Clerk", emails=[{"value": "jo@example.org"}], password="pass word")
        )
        trail.ground.directory.take()
        number = trail.last(lambda: target.delete(id_of(created)))
        assert trail.ground.directory.take() == list(trail.ground.product.deleting)
        [note] = trail.undo.plan(number).notes
        assert ("unless" in note) is (trail.ground.product.dialect.id_attribute == "entryUUID")

        undoing = trail.undo.run(number, trail.record)

        [found] = target.search(asking('userName eq "jo"')).resources
        assert found.attributes["title"] == "Clerk"
        assert found.attributes["emails"] == created.attributes["emails"]
        assert id_of(found) != id_of(created)
        assert undoing.notes == (
            f"The entry has another id, {id_of(found)}, and neither its password nor its memberships.",
        )
        assert trail.audit.page(limit=1)[0].resource_id == id_of(found)
        assert "pass word" not in undoing.plan.render()
        with pytest.raises(InvalidCredentials):
            trail.ground.directory.authenticate(trail.ground.dn("jo"), "pass word")

    def test_a_delete_of_a_name_that_is_taken(self, trail: Trail) -> None:
        """Who was deleted stays so where somebody else has got the name."""
        target = trail.ground.target()
        created = target.create(user(title="Clerk"))
        number = trail.last(lambda: target.delete(id_of(created)))
        target.create(user(title="Another"))

        with pytest.raises(Conflict, match="Somebody has changed"):
            trail.undo.run(number, trail.record)


def deleted(trail: Trail) -> tuple[str, int]:
    """Delete somebody; return the id, and the number in the trail."""
    target = trail.ground.target()
    resource_id = id_of(target.create(user(title="Clerk")))
    return resource_id, trail.last(lambda: target.delete(resource_id))


def relax(trail: Trail) -> None:
    """Let ids be set."""
    memory = trail.ground.directory.inner
    assert isinstance(memory, MemoryDirectory)
    memory.relaxes = True


class TestInMemory(TellingContract):
    """The contract in memory."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Provide a domain in memory."""
        return memory_ground()

    def test_a_delete_that_leaves_no_trace(self, trail: Trail) -> None:
        """Where the directory lets an id be set, who was deleted is the same resource again."""
        relax(trail)
        resource_id, number = deleted(trail)

        undoing = trail.undo.run(number, trail.record)

        assert trail.ground.target().read(resource_id).attributes["title"] == "Clerk"
        assert undoing.notes[0].startswith("The entry has its id again")
        assert trail.audit.page(limit=1)[0].resource_id == resource_id
        assert "control: 1.3.6.1.4.1.4203.666.5.12 true" in undoing.plan.render()

    def test_who_is_there_again_under_another_name(self, trail: Trail) -> None:
        """Nobody is made again whose id somebody has: there would be two of it."""
        relax(trail)
        resource_id, number = deleted(trail)
        trail.undo.run(number, trail.record)
        trail.patch(resource_id, {"op": "replace", "path": "userName", "value": "joan"})

        with pytest.raises(Conflict, match="is there again, as uid=joan"):
            trail.undo.run(number, trail.record)

    def test_a_directory_that_is_away(self, trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where nobody can look whether the id is free nothing is sent."""
        _, number = deleted(trail)
        search = trail.ground.directory.search

        def away(asked: Search) -> Iterator[Entry]:
            if asked.scope == "subtree":
                raise Unavailable("gone")
            return search(asked)

        monkeypatch.setattr(trail.ground.directory, "search", away)

        with pytest.raises(ServiceUnavailable):
            trail.undo.run(number, trail.record)

    def test_what_cannot_be_made_again(self, trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
        """A refusal is recorded, as of the resource that was."""
        resource_id, number = deleted(trail)

        def refuse(_operation: Operation, *, read_back: Sequence[str] = ()) -> None:
            del read_back
            raise InsufficientAccess("no")

        monkeypatch.setattr(trail.ground.directory, "execute", refuse)

        with pytest.raises(ServerError, match="does not allow"):
            trail.undo.run(number, trail.record)
        latest = trail.audit.page(limit=1)[0]

        assert (latest.action, latest.resource_id, latest.outcome) == ("undo", resource_id, "failed")

    def test_looking_changes_nothing(self, trail: Trail) -> None:
        """A plan is shown as LDIF, and only ``run`` sends it."""
        number = trail.last(lambda: trail.ground.target().create(user()))

        undoing = trail.undo.plan(number)

        assert "changetype: delete" in undoing.plan.render()
        assert trail.undo.can(undoing.entry)
        assert trail.entry(trail.ground.dn("jo"))

    def test_what_is_not_there(self, trail: Trail) -> None:
        """An entry of the trail that nobody has cannot be undone."""
        with pytest.raises(NotFound):
            trail.undo.plan(10**6)

    def test_what_failed(self, trail: Trail) -> None:
        """Nothing came of it, so there is nothing to undo."""
        operation = Add(trail.ground.dn("jo"), {})
        done = Done(
            action="create",
            domain="PRIMARY",
            resource_type="User",
            resource_id="x",
            plan=_plan(operation),
            error=Conflict("no"),
        )
        trail.record(done)

        with pytest.raises(Conflict, match="Nothing was kept"):
            trail.undo.plan(trail.audit.page(limit=1)[0].id)

    def test_a_domain_that_is_gone(self, trail: Trail) -> None:
        """Its entries stay in the trail, and cannot be undone."""
        operation = Add(trail.ground.dn("jo"), {})
        plan = _plan(operation)
        trail.record(Done(action="create", domain="GONE", resource_type="User", resource_id="x", plan=plan))

        with pytest.raises(Conflict, match="GONE cannot be used"):
            trail.undo.plan(trail.audit.page(limit=1)[0].id)


class TestOnOpenLdap(TellingContract):
    """The contract on OpenLDAP."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Provide a domain on OpenLDAP."""
        return ldap_ground


@pytest.mark.directory
def test_on_openldap_that_lets_ids_be_set(tmp_path: Path) -> None:
    """Who was deleted with what was below is there again: the same resource, with the same entries below."""
    with running(MANAGING, tmp_path) as slapd, closing(connected(slapd)) as directory:
        ground = Ground(CountingDirectory(directory), Dn.parse(slapd.base_dn), deletion=TAKING)
        trail, resource_id = Trail(ground, store()), with_phones(ground)
        below = Search(ground.dn("jo"), attributes=("*", *KEPT_ATTRIBUTES))
        before = {entry.dn: entry.attributes for entry in directory.search(below)}
        number = trail.last(lambda: ground.target().delete(resource_id))
        assert not list(directory.search(below))

        undoing = trail.undo.run(number, trail.record)

        assert {entry.dn: entry.attributes for entry in directory.search(below)} == before
        assert undoing.notes[0].startswith("The entry has its id again")
        assert id_of(ground.target().read(resource_id)) == resource_id


@pytest.mark.container
@pytest.mark.directory
class TestOnActiveDirectory(UndoContract):
    """The contract on Active Directory, but for deletes, which the directory itself takes back (``users restore``)."""

    @pytest.fixture
    def ground(self, ad_ground: Ground) -> Ground:
        """Provide a domain on Samba's controller."""
        return ad_ground

    def test_a_delete(self, trail: Trail) -> None:
        """Nothing is told of what was deleted, so nothing is kept."""
        target = trail.ground.target()
        created = target.create(user(title="Clerk"))
        number = trail.last(lambda: target.delete(id_of(created)))

        with pytest.raises(Conflict, match="Nothing was kept"):
            trail.undo.run(number, trail.record)
