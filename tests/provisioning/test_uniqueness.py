"""No two users get one name, however many ask at once and wherever their entries go."""

from __future__ import annotations

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from app.directory.dn import Rdn
from app.directory.filters import Present
from app.directory.model import Delete, Search
from app.provisioning.domain_target import DomainTarget
from app.provisioning.uniqueness import LONGEST
from app.scim.errors import ScimError, UniquenessConflict
from app.store.allocations import Allocations, Pool
from app.store.database import Database
from tests.provisioning.conftest import Ground, memory_ground, user
from tests.provisioning.own_maps import own_map, own_target
from tests.provisioning.test_domain_target import id_of

ROUTED = own_map("""
kind: SchemaMap
name: routed
resource_type: User
entry:
  object_classes: [inetOrgPerson]
  scope: (objectClass=inetOrgPerson)
  rdn: uid
  parent: [{table: {A: ou=A, B: ou=B, C: ou=C, D: ou=D}, of: "{userType}"}, ou=People]
  create_parents: true
attributes:
  userName: uid
  name.familyName: {attribute: sn, default: x}
  name.formatted: {attribute: cn, default: x}
  userType: {attribute: employeeType, direction: to_directory}
""")
KINDS = ("A", "B", "C", "D")


def target(ground: Ground, database: Database) -> DomainTarget:
    """Return a target that puts users into different containers."""
    return own_target(ground, ROUTED, database=database)


def names(ground: Ground) -> Counter[str]:
    """Count the names that users have."""
    found = ground.directory.search(Search(ground.base, "subtree", Present("uid"), ("uid",)))
    return Counter(str(entry.text("uid")).lower() for entry in found)


def at_once(ground: Ground, database: Database, count: int) -> list[str]:
    """Have four create, and then rename, users at the same time; return how they fared."""
    together = Barrier(len(KINDS))
    # Made one after the other: a store cannot be migrated by several threads at once.
    targets = {kind: target(ground, database) for kind in KINDS}

    def create(kind: str) -> list[str]:
        made, fared = targets[kind], list[str]()
        for number in range(count):
            together.wait(60)
            try:
                made.create(user(userName=f"jo{number}" if kind != "D" else f"JO{number}", userType=kind))
            except UniquenessConflict:
                fared.append("refused")
            else:
                fared.append("made")
            renamed = made.create(user(userName=f"{kind}{number}", userType=kind))
            together.wait(60)
            try:
                made.replace(id_of(renamed), user(userName=f"bo{number}", userType=kind))
            except UniquenessConflict:
                fared.append("refused")
            else:
                fared.append("renamed")
        return fared

    with ThreadPoolExecutor(len(KINDS)) as pool:
        return [each for fared in pool.map(create, KINDS) for each in fared]


def test_in_memory(database: Database) -> None:
    """Of four who ask for one name at the same time one gets it at most, in whatever case they write it."""
    ground = memory_ground()

    fared = Counter(at_once(ground, database, 5))

    assert set(names(ground).values()) == {1}
    assert fared["made"] <= 5
    assert fared["renamed"] <= 5
    assert fared["refused"] == 40 - fared["made"] - fared["renamed"]


@pytest.mark.directory
def test_on_openldap(ldap_ground: Ground, database: Database) -> None:
    """So it is on a real server, whose overlays do not see to it."""
    fared = Counter(at_once(ldap_ground, database, 4))
    found = names(ldap_ground)
    for entry in list(ldap_ground.directory.search(Search(ldap_ground.base, "subtree", Present("uid")))):
        ldap_ground.directory.execute(Delete(entry.dn))
    for kind in KINDS:
        ldap_ground.directory.execute(Delete(ldap_ground.base.below(Rdn.of("ou", kind))))

    assert set(found.values()) == {1}
    assert fared["made"] <= 4
    assert fared["refused"] == 32 - fared["made"] - fared["renamed"]


def test_free_again(database: Database) -> None:
    """A name is free again at once when a request has failed, when its user is deleted, or renamed."""
    ground = memory_ground()
    made = target(ground, database)
    with pytest.raises(ScimError):
        made.create(user(userName="jo", name={"familyName": "\ud800"}))

    first = made.create(user(userName="jo", userType="A"))
    with pytest.raises(UniquenessConflict):
        made.create(user(userName="jo", userType="B"))
    made.replace(id_of(first), user(userName="bo", userType="A"))
    second = made.create(user(userName="jo", userType="B"))
    made.delete(id_of(second))
    made.create(user(userName="jo", userType="C"))

    assert names(ground) == Counter({"bo": 1, "jo": 1})


def test_store_that_fails_at_the_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was made is told so, though the store cannot be told that the name is free to be asked for again."""

    def fails(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    ground = memory_ground()
    monkeypatch.setattr(Allocations, "release", fails)

    created = target(ground, database).create(user(userName="jo", userType="A"))

    assert created.attributes["userName"] == "jo"
    assert names(ground) == {"jo": 1}


def test_request_that_was_broken_off(database: Database) -> None:
    """What a process had claimed when it died is free for others after a while."""
    ground = memory_ground()
    promises = Allocations(database, clock=ground.clock)
    promises.reserve(Pool("PRIMARY", "unique userName"), "jo", kept_for=LONGEST)
    made = target(ground, database)

    with pytest.raises(UniquenessConflict):
        made.create(user(userName="jo"))
    ground.clock.now += LONGEST + timedelta(seconds=1)
    made.create(user(userName="jo"))

    assert names(ground) == Counter({"jo": 1})
