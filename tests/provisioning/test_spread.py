"""A userName is had once in all of a domain, also where somebody else has made entries beside those of the map's container."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from app.directory.dialects.ds389 import Ds389
from app.directory.dialects.openldap_ways import OpenLdapWays
from app.directory.dn import Dn, Rdn
from app.directory.errors import Unavailable
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Delete, Entry, Search
from app.provisioning.domain import Domain
from app.provisioning.spread import Spread
from app.scim.errors import UniquenessConflict
from tests.provisioning.conftest import Ground, memory_ground, shipped_map, user
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_uniqueness import ROUTED

MAP = shipped_map("openldap-user")
BASE = Dn.parse("dc=example,dc=org")


@dataclass
class Looking(Ground):
    """A domain that looks where its entries are."""

    now: float = 0.0
    spread: Spread = field(init=False)

    def __post_init__(self) -> None:
        """Begin without having looked."""
        self.spread = Spread(lambda: self.now)

    def domain(self) -> Domain:
        """Wire the domain."""
        return replace(super().domain(), spread=self.spread)


def looking(plain: Ground) -> Looking:
    """Have a domain look."""
    return Looking(plain.directory, plain.base)


def put_below(ground: Ground, name: str) -> tuple[Dn, Dn]:
    """Make somebody in a container of their own, below that of all others."""
    container = ground.people.below(Rdn.of("ou", "Sub"))
    person = container.below(Rdn.of("uid", name))
    ground.directory.execute(Add(container, {"objectClass": (b"organizationalUnit",), "ou": (b"Sub",)}))
    value = (name.encode(),)
    attributes = {"objectClass": (b"inetOrgPerson",), "uid": value, "cn": value, "sn": value}
    ground.directory.execute(Add(person, attributes))
    return person, container


class Contract:
    """What holds in memory and on a real server."""

    def test_taken_elsewhere(self, ground: Looking) -> None:
        """The name of somebody further down is taken, by a create, a rename, and in another case; others are free."""
        person, container = put_below(ground, "jo")
        bo = id_of(ground.target().create(user(userName="bo")))

        for name in ("jo", "JO"):
            with pytest.raises(UniquenessConflict):
                ground.target().create(user(userName=name))
            with pytest.raises(UniquenessConflict):
                ground.target().replace(bo, user(userName=name))

        ground.directory.execute(Delete(person))
        ground.directory.execute(Delete(container))
        ground.target().create(user(userName="jo"))

    def test_costs(self, ground: Looking) -> None:
        """As long as all are in their place a create is one round trip, but for a look now and then."""
        ground.target().create(user(userName="bo"))
        assert ground.directory.take() == ["search", "Add"]

        ground.target().create(user(userName="al"))
        assert ground.directory.take() == ["Add"]
        ground.now += 300
        ground.target().create(user(userName="cy"))
        assert ground.directory.take() == ["search", "Add"]


class TestInMemory(Contract):
    """In memory."""

    @pytest.fixture
    def ground(self) -> Looking:
        """Give a domain in memory."""
        return looking(memory_ground())


@pytest.mark.directory
class TestOnOpenLdap(Contract):
    """On a real server."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Looking:
        """Give a domain on OpenLDAP."""
        return looking(ldap_ground)


class Away(MemoryDirectory):
    """A directory that does not answer."""

    def search(self, search: Search) -> Iterator[Entry]:
        """Do not answer."""
        raise Unavailable(str(search.base))


def test_not_known() -> None:
    """Where nobody can tell there may be others: by the product, by the map, or for the moment."""
    memory, dialect = memory_ground().directory, memory_ground().product.dialect
    moving = OpenLdapWays(container=BASE)

    for directory, product, schema_map in (
        (memory, Ds389(), MAP),
        (memory, moving, MAP),
        (memory, dialect, ROUTED),
        (Away(BASE), dialect, MAP),
    ):
        assert Spread(lambda: 0.0).is_wide(directory, product, BASE, schema_map)
    assert not Spread(lambda: 0.0).is_wide(memory, dialect, BASE, MAP)
