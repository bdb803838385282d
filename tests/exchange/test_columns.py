"""Columns are understood by SCIM paths, by the names that people use, and as somebody says."""

from __future__ import annotations

import pytest

from app.exchange.columns import Columns, choose, offer_of
from app.exchange.table import InvalidTable
from tests.provisioning.conftest import shipped_map

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def chosen(*header: str, key: str = "userName", **said: str) -> Columns:
    """Say what columns hold where the shipped map of OpenLDAP is in force."""
    return choose(header, offer_of(shipped_map("openldap-user")), said=said, key=key)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("name.familyName", "name.familyName"),
        ("NAME.FAMILYNAME", "name.familyName"),
        ("emails[work]", "emails[work]"),
        ("emails[work].value", "emails[work]"),
        ('emails[type eq "work"].value', "emails[work]"),
        ("emails.value", "emails[work]"),
        (f"{ENTERPRISE}:department", f"{ENTERPRISE}:department"),
        ("department", f"{ENTERPRISE}:department"),
        ("First name", "name.givenName"),
        ("LAST_NAME", "name.familyName"),
        ("E-Mail", "emails[work]"),
        ("Mobile phone", "phoneNumbers[mobile]"),
        ("External ID", "externalId"),
        ("departmentNumber", f"{ENTERPRISE}:department"),
    ],
)
def test_what_a_name_means(name: str, place: str) -> None:
    """A path means what it does in maps, and a plain name what it does everywhere."""
    found = chosen("userName", name)

    assert [str(each.place) for each in found.values] == ["userName", place]


def test_what_is_not_used() -> None:
    """What means nothing here is left out and named, and so is what only the directory writes."""
    found = chosen("Login", "Shoe size", "id", "groups", "", "Notes", Notes="-", Login="userName")

    assert [each.name for each in found.values] == ["Login"]
    assert found.unused == ("Shoe size", "id", "groups", "Notes")
    assert found.as_json() == {
        "key": "Login",
        "columns": {"Login": "userName"},
        "unused": ["Shoe size", "id", "groups", "Notes"],
    }


def test_other_keys() -> None:
    """Users may be found by whatever a column holds, by their id, too."""
    assert str(chosen("Staff ID", key="employeeNumber").key.place) == f"{ENTERPRISE}:employeeNumber"
    by_id = chosen("id", "title", key="id")
    assert (str(by_id.key.place), [each.name for each in by_id.values]) == ("id", ["title"])


@pytest.mark.parametrize(
    ("header", "said", "key", "message"),
    [
        (
            ("mail",),
            {},
            "userName",
            "no column holds userName, by which users are found; the columns are mail",
        ),
        (("userName",), {"Mail": "title"}, "userName", "there is no column 'Mail'; the columns are userName"),
        (("userName", "x"), {"x": "emails[moon]"}, "userName", "column 'x': emails[moon] is nothing that"),
        (("userName", "mail", "email"), {}, "userName", "'mail' and 'email' both hold emails[work]"),
        (("userName", "password"), {}, "password", "users cannot be found by 'password'"),
        (("userName",), {}, "moon", "users cannot be found by 'moon'"),
    ],
)
def test_what_is_refused(header: tuple[str, ...], said: dict[str, str], key: str, message: str) -> None:
    """What cannot be meant is refused before the first row."""
    with pytest.raises(InvalidTable) as refused:
        chosen(*header, key=key, **said)

    assert message in str(refused.value)
