"""What becomes of each SCIM attribute is found out by sending it there and back."""

import pytest

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.openldap import OpenLdap
from app.preparation.coverage import Covered, coverage
from tests.preparation.conftest import map_of
from tests.provisioning.conftest import shipped_map

MINIMAL = """resource_type: User
entry: {object_classes: [inetOrgPerson], scope: (objectClass=person), rdn: uid}
attributes:
  userName: uid
"""


def covered(text: str) -> dict[str, Covered]:
    """Say what becomes of each place by a map."""
    return {each.place: each for each in coverage(map_of(MINIMAL + text), OpenLdap())}


@pytest.mark.parametrize(
    ("rules", "place", "expected"),
    [
        pytest.param("", "userName", ("kept", ("uid",)), id="kept"),
        pytest.param("", "title", ("lost", ()), id="lost"),
        pytest.param("", "externalId", ("beside", ()), id="beside"),
        pytest.param(
            "  externalId: employeeNumber", "externalId", ("kept", ("employeeNumber",)), id="stored"
        ),
        pytest.param(
            "  title: {attribute: title, transform: upper}", "title", ("changed", ("title",)), id="changed"
        ),
        pytest.param(
            "  title: {attribute: title, transform: {table: {a: b}}}",
            "title",
            ("kept", ("title",)),
            id="table",
        ),
        pytest.param(
            "  title: {attribute: title, transform: {table: {a: b}}, direction: to_directory}",
            "title",
            ("refused", ()),
            id="refused",
        ),
        pytest.param(
            "  title: {attribute: title, direction: to_directory}",
            "title",
            ("lost", ("title",)),
            id="one-way",
        ),
        pytest.param("  emails[work]: mail", "emails[work]", ("kept", ("mail",)), id="type"),
        pytest.param("  emails[work]: mail", "emails[home]", ("lost", ()), id="other-type"),
        pytest.param("  emails[work]: mail", "emails", ("lost", ()), id="no-type"),
        pytest.param(
            "  emails[work]: {attribute: mail, untyped: true}", "emails", ("kept", ("mail",)), id="untyped"
        ),
        pytest.param("  emails[work]: mail", "emails[work].display", ("lost", ("mail",)), id="display"),
        pytest.param(
            "  addresses[home].locality: l",
            "addresses[home].locality",
            ("kept", ("l",)),
            id="part-of-element",
        ),
        pytest.param("  active: {account: enabled}", "active", ("kept", ()), id="account"),
        pytest.param("", "password", ("lost", ()), id="no-password"),
        pytest.param(
            "  urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager: {reference: manager}",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            ("kept", ("manager",)),
            id="reference",
        ),
        pytest.param(
            "  urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division: ou",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division",
            ("kept", ("ou",)),
            id="extension",
        ),
    ],
)
def test_fates(rules: str, place: str, expected: tuple[str, tuple[str, ...]]) -> None:
    """Each place is kept, changed, lost or refused, and the attributes that hold it are named."""
    found = covered(rules)[place]

    assert (found.fate, found.attributes) == expected


def test_what_a_change_looks_like() -> None:
    """A value that comes back as another one is told as both."""
    assert covered("  title: {attribute: title, transform: upper}")["title"].note == (
        "Probe Value comes back as PROBE VALUE"
    )


def test_names_that_the_entry_needs() -> None:
    """A map that names entries by something else than userName is tried with that."""
    found = {each.place: each for each in coverage(shipped_map("openldap-user-by-name"), OpenLdap())}

    assert (found["userName"].attributes, found["name.formatted"].attributes) == (("mail",), ("cn",))


def test_active_directory() -> None:
    """The product makes no difference but for the ids."""
    found = {each.place: each for each in coverage(shipped_map("ad-group"), ActiveDirectory())}

    assert found["displayName"].attributes == ("cn",)
    assert found["members"].is_kept
