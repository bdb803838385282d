"""Who is renamed, moved or deleted is so wherever the domain names them, where the directory does not see to it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from app.directory.dn import Dn, Rdn
from app.directory.errors import DirectoryError, NoSuchEntry, Refused
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Delete, Entry, Modify, Operation
from app.directory.plan_text import dump_steps, load_steps
from app.mapping.model import SchemaMap
from app.provisioning.deletion import Deletion
from app.provisioning.domain import Domain
from app.provisioning.leftovers import restore
from app.provisioning.memberships import Memberships
from app.scim.errors import ScimError
from app.scim.path import AttributePath
from app.scim.resource import is_complex
from app.scim.schema import Value
from app.testing.slapd import TEMPLATES, Slapd
from tests.preparation.conftest import connected, map_of
from tests.provisioning.conftest import CountingDirectory, Ground, memory_ground, user
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import group, groups, members, patch, people, stored_members
from tests.scim.samples import ENTERPRISE

ROUTED = """
extends: BASE
entry: {parent: [{table: {Guest: ou=Guests}, of: "{userType}"}, ou=People], create_parents: true}
"""


@cache
def routed(base: str) -> SchemaMap:
    """Have guests go to another container than a shipped map puts them."""
    return map_of(ROUTED.replace("BASE", base))


MANAGER = AttributePath("manager", None, ENTERPRISE)


@dataclass
class Keeping(Ground):
    """A domain that keeps references by itself, and groups that are asked for their members."""

    keeps: bool = True
    users: SchemaMap = field(default_factory=lambda: routed("openldap-user"))

    def domain(self) -> Domain:
        """Wire the domain."""
        found = super().domain()
        maps = {**found.maps, "User": self.deletion.visible(self.users)}
        return replace(found, maps=maps, repairs_references=self.keeps)


def keeping(plain: Ground) -> Keeping:
    """Have a domain keep references by itself."""
    users = routed(plain.product.maps[0])
    return Keeping(
        plain.directory, plain.base, product=plain.product, memberships=Memberships("groups"), users=users
    )


def group_dn(ground: Ground, name: str) -> Dn:
    """Name the entry of a group."""
    return ground.base.below(Rdn.of("ou", "Groups")).below(Rdn.of("cn", name))


def manager_of(ground: Ground, resource_id: str) -> object:
    """Read who manages somebody."""
    found = ground.target().read(resource_id).get(MANAGER)
    return found["value"] if is_complex(found) else None


def managed(ground: Ground, name: str, manager: str) -> str:
    """Create somebody with a manager."""
    return id_of(ground.target().create(user(userName=name, **{ENTERPRISE: {"manager": {"value": manager}}})))


class Contract:
    """What holds in memory and on a server without overlays."""

    def test_rename(self, ground: Ground) -> None:
        """Groups and managers name somebody by the new name; the rename is one plan, which can be undone."""
        jo, bo = people(ground, "jo", "bo")
        al = managed(ground, "al", jo)
        staff = group(ground, "Staff", jo, bo)

        ground.target().replace(jo, user(userName="joanna"))

        assert members(ground, staff) == {jo, bo}
        assert manager_of(ground, al) == jo
        assert groups(ground, jo) == {"Staff"}
        plan = ground.recorded[-1].plan
        for step in load_steps(dump_steps(plan.steps))[::-1]:
            assert step.undo
            ground.directory.execute(step.undo)
        assert ground.target().read(jo).attributes["userName"] == "jo"
        assert members(ground, staff) == {jo, bo}
        assert manager_of(ground, al) == jo

    def test_spelling(self, ground: Ground) -> None:
        """A name that is the same in another case is left where it stands."""
        [jo] = people(ground, "jo")
        staff = group(ground, "Staff", jo)

        ground.target().replace(jo, user(userName="Jo"))

        assert members(ground, staff) == {jo}
        assert ground.target().read(jo).attributes["userName"] == "Jo"

    def test_move(self, ground: Ground) -> None:
        """Who is moved stays in the groups, and is their own manager still, if they were."""
        [jo] = people(ground, "jo")
        staff = group(ground, "Staff", jo)
        own: dict[str, Value] = {ENTERPRISE: {"manager": {"value": jo}}}
        ground.target().replace(jo, user(**own))

        ground.target().replace(jo, user(userType="Guest", **own))

        assert stored_members(ground, group_dn(ground, "Staff")) >= {
            f"uid=jo,ou=guests,{ground.base}".lower().encode()
        }
        assert members(ground, staff) == {jo}
        assert manager_of(ground, jo) == jo
        ground.target().delete(jo)
        ground.directory.execute(Delete(ground.base.below(Rdn.of("ou", "Guests"))))

    def test_group_within_groups(self, ground: Ground) -> None:
        """A group that is renamed stays in those around it."""
        inner = group(ground, "Inner")
        outer = group(ground, "Outer", id_of(inner))

        patch(ground, inner, {"op": "replace", "path": "displayName", "value": "Core"})

        assert members(ground, outer) == {id_of(inner)}

    def test_delete(self, ground: Ground) -> None:
        """Who is deleted is named by nobody any more; the others stay."""
        jo, bo = people(ground, "jo", "bo")
        al = managed(ground, "al", jo)
        group(ground, "Staff", jo, bo)

        ground.target().delete(jo)
        people(ground, "jo")

        assert stored_members(ground, group_dn(ground, "Staff")) - {b""} == {
            str(ground.dn("bo")).lower().encode()
        }
        assert manager_of(ground, al) is None
        assert groups(ground, bo) == {"Staff"}

    def test_delete_of_the_last_member(self, ground: Ground) -> None:
        """A group of others, who need no placeholder, gets one as its last member is deleted, and only then."""
        jo, bo = people(ground, "jo", "bo")
        for name, those in (("Old", ("jo",)), ("Both", ("jo", "bo"))):
            values = tuple(str(ground.dn(each)).encode() for each in those)
            attributes = {"objectClass": (b"groupOfNames",), "cn": (name.encode(),), "member": values}
            ground.directory.execute(Add(group_dn(ground, name), attributes))

        ground.target().delete(jo)

        [rule] = ground.domain().maps["Group"].references
        assert stored_members(ground, group_dn(ground, "Old")) == (
            {b""} if rule.placeholder is not None else set()
        )
        assert stored_members(ground, group_dn(ground, "Both")) == {str(ground.dn("bo")).lower().encode()}
        assert groups(ground, bo) == {"Both"}

    def test_deletion_that_leaves_an_account(self, ground: Ground) -> None:
        """An account that is retired is named by its new name, which SCIM does not see, until it is restored."""
        ground.deletion = Deletion("disable")
        jo, bo = people(ground, "jo", "bo")
        staff = group(ground, "Staff", jo, bo)

        ground.target().delete(jo)
        [other] = people(ground, "jo")

        assert members(ground, staff) == {bo}
        assert any(b"~deleted~" in value for value in stored_members(ground, group_dn(ground, "Staff")))
        domain = ground.domain()
        ground.target().replace(other, user(userName="other"))
        restore(domain, domain.maps["User"], jo, record=ground.recorded.append)
        assert members(ground, staff) == {jo, bo}

    def test_costs(self, ground: Ground) -> None:
        """What is not renamed costs nothing more; what is costs a search for each attribute, and a modify for each holder."""
        [jo] = people(ground, "jo")
        group(ground, "Staff", jo)
        ground.target().read(jo)
        ground.directory.take()

        ground.target().patch(jo, [], wants=lambda _path: False)
        ground.target().replace(jo, user(title="Chief"), wants=lambda _path: False)
        assert ground.directory.take().count("search") == 2
        ground.target().replace(jo, user(userName="joanna", title="Chief"), wants=lambda _path: False)
        # The entry, the name that is to be free, the members, the managers.
        assert ground.directory.take() == [*["search"] * 4, "Rename", "Modify", "Modify"]


class TestInMemory(Contract):
    """In memory."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Give a domain in memory."""
        return keeping(memory_ground())

    def test_left_to_the_directory(self, ground: Keeping) -> None:
        """Nothing is done where the directory sees to it, or is said to."""
        ground.keeps = False
        [jo] = people(ground, "jo")
        group(ground, "Staff", jo)

        ground.target().replace(jo, user(userName="joanna"))

        assert str(ground.dn("jo")).lower().encode() in stored_members(ground, group_dn(ground, "Staff"))

    def test_failure_half_way(self) -> None:
        """Where a group cannot be changed nothing is: the rename is taken back."""
        ground, directory = stubborn_ground()
        [jo] = people(ground, "jo")
        staff = group(ground, "Staff", jo)
        directory.stubborn = group_dn(ground, "Staff"), Refused("no")

        with pytest.raises(ScimError):
            ground.target().replace(jo, user(userName="joanna"))
        with pytest.raises(ScimError):
            ground.target().delete(jo)

        assert ground.target().read(jo).attributes["userName"] == "jo"
        assert members(ground, staff) == {jo}

    def test_group_that_vanishes(self) -> None:
        """A group that is deleted just before it is changed is no reason to fail."""
        ground, directory = stubborn_ground()
        [jo] = people(ground, "jo")
        group(ground, "Staff", jo)
        directory.stubborn, directory.deletes = (group_dn(ground, "Staff"), NoSuchEntry("gone")), True

        ground.target().replace(jo, user(userName="joanna"))

        assert ground.target().read(jo).attributes["userName"] == "joanna"


class Stubborn(MemoryDirectory):
    """A directory that does not let one entry be changed."""

    stubborn: tuple[Dn, DirectoryError] | None = None
    deletes: bool = False

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Refuse it."""
        if isinstance(operation, Modify) and self.stubborn and operation.dn == self.stubborn[0]:
            if self.deletes:
                super().execute(Delete(operation.dn))
            raise self.stubborn[1]
        return super().execute(operation, read_back=read_back)


def stubborn_ground() -> tuple[Ground, Stubborn]:
    """Give a domain that can be made to refuse changes."""
    plain = memory_ground()
    directory = Stubborn(plain.base)
    for name in ("People", "Groups"):
        directory.execute(Add(plain.base.below(Rdn.of("ou", name)), {"ou": (name.encode(),)}))
    return keeping(replace(plain, directory=CountingDirectory(directory))), directory


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run OpenLDAP without overlays that keep references."""
    templates = tmp_path_factory.mktemp("templates")
    for path in TEMPLATES.glob("*.ldif"):
        shutil.copy(path, templates / path.name)
    config = templates / "config.ldif"
    text = config.read_text() + "\n\n"
    for name in ("memberof", "refint"):
        text = re.sub(rf"dn: olcOverlay={name},.*?\n\n", "", text, flags=re.DOTALL)
    config.write_text(text)
    with Slapd(tmp_path_factory.mktemp("slapd"), durable=False, templates=templates) as server:
        yield server


@pytest.mark.directory
class TestOnOpenLdap(Contract):
    """On a server without refint and memberof."""

    @pytest.fixture
    def ground(self, bare: Slapd) -> Iterator[Ground]:
        """Give an empty domain."""
        bare.clear()
        directory = connected(bare)
        yield keeping(Ground(CountingDirectory(directory), Dn.parse(bare.base_dn)))
        directory.close()


@pytest.mark.directory
class TestBesideOverlays(Contract):
    """On a server that keeps references by itself all the same: nothing is spoilt."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give an empty domain."""
        return keeping(ldap_ground)
