"""A domain whose map differs works by editing documents alone: users named by cn, who log in with mail or uid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn, Rdn
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Search
from app.provisioning.domain import Domain
from app.provisioning.target import Query
from app.scim.codec import ResourceCodec
from app.scim.errors import InvalidValue, UniquenessConflict
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.resource import Resource
from app.scim.schema import Value
from app.testing.server import DirectoryServer
from tests.directory.conftest import settings_of
from tests.mapping.samples import read_map
from tests.provisioning.conftest import CountingDirectory, Ground
from tests.scim.samples import ROOT, USER

MAP = (ROOT / "config" / "maps" / "openldap-user-by-name.yaml").read_text()


@dataclass
class Place(Ground):
    """A domain with another map."""

    login: str = "mail"

    def domain(self) -> Domain:
        """Wire the domain with the map of this module."""
        schema_map = read_map(MAP.replace("userName: mail", f"userName: {self.login}"))
        return Domain("OTHER", self.directory, OpenLdap(), self.base, {"User": schema_map})

    def names(self) -> list[str]:
        """Name all entries."""
        found = self.directory.search(Search(self.people, "one", attributes=("1.1",)))
        return sorted(str(entry.dn.rdn) for entry in found)


@pytest.fixture(params=["mail", "uid"])
def place(request: pytest.FixtureRequest, empty_openldap: DirectoryServer) -> Iterator[Place]:
    """Give a domain whose users log in with one attribute and are named by another."""
    directory = LdapDirectory(settings_of(empty_openldap))
    yield Place(CountingDirectory(directory), Dn.parse(empty_openldap.base_dn), login=request.param)
    directory.close()


def john(**attributes: Value) -> Resource:
    """Read a user as a client sends it."""
    return ResourceCodec(USER).load(
        {"userName": "john@example.org", "name": {"givenName": "John", "familyName": "Doe"}, **attributes}
    )


def test_life(place: Place) -> None:
    """A user is made, found, renamed by another name, keeps the login, can log in, and is deleted."""
    made = place.target().create(john(password="Secret123!", active=True))
    resource_id = str(made.attributes["id"])
    assert place.names() == ["cn=John Doe"]
    place.directory.authenticate(place.people.below(Rdn.of("cn", "John Doe")), "Secret123!")

    found = place.target().search(Query(resolve(parse('userName eq "JOHN@example.org"'), USER)))
    assert [each.attributes["id"] for each in found.resources] == [resource_id]

    replaced = place.target().replace(resource_id, john(name={"formatted": "Doe, John +1"}, title="Dr."))
    assert place.names() == ["cn=Doe\\, John \\+1"]
    assert (replaced.attributes["userName"], replaced.attributes["title"]) == ("john@example.org", "Dr.")
    place.directory.authenticate(place.people.below(Rdn.of("cn", "Doe, John +1")), "Secret123!")

    moved = place.target().replace(
        resource_id, john(userName="jd@example.org", name={"formatted": "Doe, John +1"})
    )
    assert place.names() == ["cn=Doe\\, John \\+1"]
    assert moved.attributes["userName"] == "jd@example.org"

    place.target().delete(resource_id)
    assert place.names() == []


def test_names_that_are_taken(place: Place) -> None:
    """Neither the login nor the name of another user can be had."""
    place.target().create(john())

    with pytest.raises(UniquenessConflict):
        place.target().create(john(name={"formatted": "Somebody else"}))
    with pytest.raises(UniquenessConflict):
        place.target().create(john(userName="other@example.org"))
    assert place.names() == ["cn=John Doe"]


def test_bad_login(place: Place) -> None:
    """A login that the directory refuses is the client's mistake, named by its SCIM attribute."""
    login = "jö@example.org"

    try:
        place.target().create(john(userName=login))
    except InvalidValue as error:
        assert "userName" in str(error.detail)  # noqa: PT017 - uid takes what mail refuses
    else:
        assert place.names() == ["cn=John Doe"]
