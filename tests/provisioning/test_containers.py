"""Entries go into containers by what they are, move between them, and are still who they were."""

from __future__ import annotations

import pytest

from app.directory.dn import Dn
from app.directory.model import Search
from app.provisioning.domain_target import DomainTarget
from app.scim.codec import ResourceCodec
from app.scim.errors import InvalidValue, ServerError, UniquenessConflict
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, memory_ground, user
from tests.provisioning.own_maps import own_map, own_target

TEXT = """
kind: SchemaMap
name: routed
resource_type: User
entry:
  object_classes: [inetOrgPerson]
  scope: (objectClass=inetOrgPerson)
  rdn: uid
  parent: ["ou={userType},ou=Places,ou=People", ou=People]
  create_parents: CREATES
attributes:
  userName: uid
  name.familyName: {attribute: sn, default: x}
  name.formatted: {attribute: cn, default: x}
  userType: employeeType
  groups: {reference: memberOf, types: [Group], direction: to_scim}
"""
CREATING, REFUSING = (own_map(TEXT.replace("CREATES", each)) for each in ("true", "false"))


def place(ground: Ground, name: str) -> str:
    """Return where an entry is, without the base; fail where it is not."""
    found = ground.directory.search(Search(ground.base, "subtree", attributes=("uid",)))
    [dn] = [entry.dn for entry in found if str(entry.dn).startswith(f"uid={name},")]
    return str(Dn(dn.rdns[1 : -len(ground.base.rdns)])).lower()


def change(target: DomainTarget, created: Resource, **attributes: str) -> Resource:
    """Replace a user."""
    return target.replace(str(created.attributes["id"]), user(**attributes))


class Contract:
    """What holds in every directory."""

    def test_containers_are_made(self, ground: Ground) -> None:
        """Containers that are not there are made, each is recorded, and the next entry needs none."""
        target = own_target(ground, CREATING)

        target.create(user(userType="Staff"))
        target.create(user(userName="jane", userType="staff"))

        assert [place(ground, name) for name in ("jo", "jane")] == ["ou=staff,ou=places,ou=people"] * 2
        assert [done.action for done in ground.recorded] == [
            "create_container",
            "create_container",
            "create",
            "create",
        ]

    def test_costs(self, ground: Ground) -> None:
        """Where the container is there, routing costs the look for another entry of the same name."""
        target = own_target(ground, CREATING)
        target.create(user(userType="Staff"))
        ground.directory.take()

        target.create(user(userName="jane", userType="Staff"))

        assert ground.directory.take() == ["search", "Add"]

    def test_move_and_references(self, ground: Ground) -> None:
        """An entry moves with what its place is made of; its id and its groups stay."""
        target, groups = own_target(ground, CREATING), ground.target("Group")
        created = target.create(user(userType="Staff"))
        members: list[Value] = [{"value": created.attributes["id"]}]
        group = groups.create(
            ResourceCodec(RESOURCE_TYPES["Group"]).load({"displayName": "g", "members": members})
        )

        moved = change(target, created, userType="Guests")

        assert place(ground, "jo") == "ou=guests,ou=places,ou=people"
        assert moved.attributes["id"] == created.attributes["id"]
        if ground.directory.capabilities().vendor != "memory":
            assert moved.get(AttributePath("groups", "value")) == [group.attributes["id"]]

    def test_refused(self, ground: Ground) -> None:
        """Where containers are not made, nothing is created or moved into one that is not there."""
        target = own_target(ground, REFUSING)
        created = target.create(user())

        with pytest.raises(InvalidValue, match="userType: the directory has no container for such resources"):
            change(target, created, userType="Staff")
        with pytest.raises(InvalidValue):
            target.create(user(userName="jane", userType="Staff"))

        assert place(ground, "jo") == "ou=people"

    def test_unique_across_containers(self, ground: Ground) -> None:
        """A userName is nobody else's, in whichever container."""
        target = own_target(ground, CREATING)
        target.create(user(userType="Staff"))

        with pytest.raises(UniquenessConflict):
            target.create(user(userType="Guests"))


class TestInMemory(Contract):
    """The contract in memory."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Give a domain in memory."""
        return memory_ground()


class TestOnLdap(Contract):
    """The contract on real directories."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give a domain on a real directory."""
        return ldap_ground


def test_no_container_at_all() -> None:
    """A container that is missing whatever the resource says is no fault of the client."""
    missing = own_map(
        TEXT.replace('["ou={userType},ou=Places,ou=People", ou=People]', "ou=X").replace("CREATES", "false")
    )

    with pytest.raises(ServerError):
        own_target(memory_ground(), missing).create(user())
