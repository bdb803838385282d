"""A client's users are found among those that are there, and get the client's names for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.model import Modify
from app.directory.plan import PlanFailed
from app.directory.port import Directory
from app.preparation.adoption.adoptions import Adoptions, Request
from app.preparation.adoption.export import InvalidExport
from app.preparation.adoption.plan import Adoption
from app.provisioning.domain import Domain
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.search import Paging
from app.scim.errors import NotFound
from app.store.allocations import Allocations
from app.store.external_ids import ExternalIds, Shelf
from app.store.snapshots import Snapshots
from app.testing.samba import SambaAdContainer
from app.testing.slapd import Slapd
from tests.preparation.conftest import connected
from tests.provisioning.conftest import memory_ground, shipped_map, store, user

MATCH = ("userName", "emails.value")


@dataclass
class House:
    """A domain with people in it, and what adopts them."""

    domain: Domain
    application: str

    @property
    def adoptions(self) -> Adoptions:
        """Return what adopts."""
        return Adoptions(ExternalIds(store()), lambda _name: self.domain)

    @property
    def request(self) -> Request:
        """Ask by name, and then by e-mail address."""
        return Request(self.application, MATCH)

    @property
    def shelf(self) -> Shelf:
        """Say where externalIds are that the directory has no place for."""
        return Shelf(self.application, "PRIMARY", "User")

    def plan(self, *users: dict[str, Any]) -> Adoption:
        """Hold users against the domain."""
        return self.adoptions.plan("PRIMARY", StringIO(json.dumps(users)), self.request)

    def names(self) -> dict[str, str]:
        """Return the externalIds beside the directory."""
        return dict(self.adoptions.external_ids.all(self.shelf))


def person(name: str, number: int, *emails: str) -> dict[str, Any]:
    """Write a user of an export."""
    return {"userName": name, "externalId": str(number), "emails": [{"value": each} for each in emails]}


@pytest.fixture
def house() -> House:
    """Give a directory in memory with four people."""
    ground = memory_ground()
    for name, email in (
        ("ann", "a@x.org"),
        ("bob", "shared@x.org"),
        ("cyd", "shared@x.org"),
        ("dan", "d@x.org"),
    ):
        ground.target().create(user(userName=name, emails=[{"value": email, "type": "work"}]))
    return House(ground.domain(), token_hex(8))


def test_who_is_who(house: House) -> None:
    """By name first, then by address; several, none, and two who are the same are told apart."""
    adoption = house.plan(
        person("ANN", 1),
        person("x", 2, "d@x.org"),
        person("y", 3, "shared@x.org"),
        person("z", 4, "nobody@x.org"),
        {"userName": "bob"},
        person("cyd", 6),
        person("CYD", 7),
    )

    assert adoption.counts == {"matched": 2, "ambiguous": 3, "unmatched": 1, "unnamed": 1}
    assert adoption.by == {"userName": 1, "emails.value": 1}
    assert [(each.external_id, each.name) for each in adoption.namings] == [
        ("1", "uid=ann,ou=People,dc=example,dc=org"),
        ("2", "uid=dan,ou=People,dc=example,dc=org"),
    ]
    assert adoption.examples["unmatched"] == ["user 4 (z)"]
    assert adoption.examples["ambiguous"] == [
        "user 3 (y): uid=bob,ou=People,dc=example,dc=org; uid=cyd,ou=People,dc=example,dc=org by emails.value",
        "user 6: uid=cyd,ou=People,dc=example,dc=org, as user 7",
        "user 7 (CYD): uid=cyd,ou=People,dc=example,dc=org by userName, as user 6",
    ]


def test_three_for_one(house: House) -> None:
    """Of three who are one entry nobody is adopted, nor are two that have one externalId."""
    adoption = house.plan(
        person("cyd", 6), person("CYD", 7), person("Cyd", 8), person("ann", 1), person("dan", 1)
    )

    assert (adoption.counts["ambiguous"], adoption.counts["matched"], adoption.namings) == (5, 0, ())


def test_beside_the_directory(house: House) -> None:
    """Where the map has no attribute for externalId it is kept for the application, once, and taken back."""
    adoption = house.plan(person("ann", 1), person("bob", 2))
    undo = house.adoptions.undoing(adoption)
    house.adoptions.apply(adoption, house.request)
    named = house.names()
    again = house.plan(person("ann", 1), person("bob", 3))
    ExternalIds(store()).put(house.shelf, adoption.namings[1].resource_id, "another")
    taken_back = house.adoptions.undo("PRIMARY", undo, house.request)

    assert "# uid=ann,ou=People,dc=example,dc=org: externalId 1, beside the directory" in adoption.render()
    assert set(named.values()) == {"1", "2"}
    assert again.counts == {"adopted": 1, "taken": 1}
    assert not again.namings
    assert (taken_back, set(house.names().values())) == ((1, 1), {"another"})


def test_refused(house: House) -> None:
    """What cannot be matched by, types that are not there, and what is no undo file is refused in a sentence."""
    with pytest.raises(InvalidExport, match="the map openldap-user has no rule that reads nickName"):
        house.adoptions.plan("PRIMARY", StringIO("[]"), replace(house.request, match=("nickName",)))
    with pytest.raises(NotFound):
        house.adoptions.plan("PRIMARY", StringIO("[]"), replace(house.request, resource_type="Robot"))
    with pytest.raises(InvalidExport, match="three columns"):
        house.adoptions.undo("PRIMARY", "id,adopted,before\nx\n", house.request)
    with pytest.raises(InvalidExport, match="outside of dc=example,dc=org"):
        house.adoptions.undo("PRIMARY", "dn: dc=org\nchangetype: delete\n", house.request)


def on(directory: Directory, base: str) -> House:
    """Give a domain whose map has an attribute for externalId."""
    maps = {"User": shipped_map("openldap-user-scim")}
    return House(Domain("PRIMARY", directory, OpenLdap(), Dn.parse(base), maps), "hr")


ENTRY = "dn: cn=%s,ou=People,dc=example,dc=org\nobjectClass: inetOrgPerson\ncn: %s\nsn: x\nuid: %s\nmail: %s@x.org\n\n"


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Slapd]:
    """Run an OpenLDAP that had its people before Landbridge came."""
    with Slapd(tmp_path / "slapd", durable=False) as server:
        server.modify(Path("ldap_schemas/openldap/scim.ldif").read_text(encoding="utf-8"))
        server.modify("".join(ENTRY % ((f"p{number}",) * 4) for number in range(250)))
        yield server


@pytest.mark.directory
def test_openldap(slapd: Slapd) -> None:
    """Entries that were there before get their externalId by a plan, which is taken back by its inverse."""
    directory = connected(slapd)
    house = on(directory, slapd.base_dn)
    export = [person(f"P{number}", number) for number in range(240)]
    before = slapd.export(search_filter="(objectClass=inetOrgPerson)")
    adoption = house.plan(*export)
    house.adoptions.apply(adoption, house.request)
    after = slapd.export(search_filter="(scimExternalId=*)")
    again = house.plan(*export, person("p241", 3))
    house.adoptions.undo("PRIMARY", house.adoptions.undoing(adoption), house.request)
    undone = slapd.export(search_filter="(objectClass=inetOrgPerson)")
    directory.close()

    assert adoption.counts == {"matched": 240}
    assert "dn: cn=p7,ou=People,dc=example,dc=org\nchangetype: modify\n" in adoption.render()
    assert "add: scimExternalId\nscimExternalId: 7\n" in adoption.render().replace("replace:", "add:")
    assert after.count("\nscimExternalId: ") == 240
    assert again.counts == {"adopted": 241}
    assert lasting(undone) == lasting(before)


@pytest.mark.directory
def test_a_failure_leaves_nothing(slapd: Slapd) -> None:
    """Where one entry has changed since it was looked at, nobody is named."""
    directory = connected(slapd)
    house = on(directory, slapd.base_dn)
    adoption = house.plan(person("p1", 1), person("p2", 2))
    slapd.modify("dn: cn=p2,ou=People,dc=example,dc=org\nchangetype: modify\nreplace: title\ntitle: x\n-\n\n")

    with pytest.raises(PlanFailed) as caught:
        house.adoptions.apply(adoption, house.request)
    left = slapd.export(search_filter="(scimExternalId=*)")
    directory.close()

    assert caught.value.undone
    assert left == ""


def lasting(ldif: str) -> list[str]:
    """Return LDIF without what the server counts."""
    moving = ("entryCSN", "modifyTimestamp", "modifiersName", "structuralObjectClass")
    return sorted(line for line in ldif.splitlines() if not line.startswith(moving))


@pytest.mark.container
@pytest.mark.directory
def test_active_directory(samba_ad: SambaAdContainer) -> None:
    """Without an attribute of its own, a user of Active Directory is adopted beside it, found by its native id."""
    directory = connected(samba_ad)
    maps = {"User": shipped_map("ad-user")}
    domain = Domain("PRIMARY", directory, ActiveDirectory(), Dn.parse(samba_ad.base_dn), maps)
    house = House(domain, token_hex(8))
    name = f"adopted{token_hex(4)}"
    ground = memory_ground()
    paging = Paging(Snapshots(store(), clock=ground.clock, random_hex=token_hex), b"key", "tests")
    behaviour = Behaviour(paging, Allocations(store(), clock=ground.clock))
    target = DomainTarget(domain, domain.maps["User"], lambda _done: None, behaviour=behaviour)
    created = target.create(user(userName=name)).attributes["id"]

    adoption = house.plan(person(name.upper(), 5), person("nobody-of-that-name", 6))
    house.adoptions.apply(adoption, house.request)
    target.delete(str(created))
    directory.close()

    assert adoption.counts == {"matched": 1, "unmatched": 1}
    assert house.names() == {created: "5"}


def test_operations_are_changes_of_one_attribute(house: House) -> None:
    """Adopting touches nothing but the externalId and the class that allows it."""
    house.domain = replace(house.domain, maps={"User": shipped_map("openldap-user-scim")})

    adoption = house.plan(person("ann", 1))

    (operation,) = adoption.plan.operations
    assert isinstance(operation, Modify)
    assert {change.attribute for change in operation.changes} == {"objectClass", "scimExternalId"}
