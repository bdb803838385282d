"""A user that is edited changes where the form says something else, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

JOHN = {
    "userName": "johndoe",
    "name.givenName": "John",
    "name.familyName": "Doe",
    "emails[work]": "john@example.org\njd@example.org",
    "phoneNumbers[mobile]": "+94 1",
    "addresses[work].locality": "Kandy",
    "title": "Clerk",
    "active": "on",
}
EDITED = {name: value for name, value in JOHN.items() if name != "active"}


def _plan(console: Console) -> str:
    return console.services.audit.page(limit=1)[0].plan


def test_the_form_shows_what_is_there(operator: Console) -> None:
    """Each field has the present value, several values a line each, and there is no password."""
    page = operator.text(f"{operator.create_user(**JOHN)}/edit")

    for text in (
        'value="johndoe"',
        ">john@example.org\njd@example.org</textarea>",
        'value="Kandy"',
        'value="Clerk"',
    ):
        assert text in page
    assert 'name="password"' not in page


def test_nothing_is_sent_where_nothing_changed(operator: Console) -> None:
    """Saving the form as it was changes nothing."""
    where = operator.create_user(**JOHN)
    before = len(operator.services.audit.page())

    answer = operator.post(f"{where}/edit", **EDITED)

    assert "Nothing was changed." in operator.text(answer.location)
    assert len(operator.services.audit.page()) == before


@pytest.mark.parametrize(
    ("edited", "sent"),
    [
        pytest.param({"title": "Chief"}, ["replace: title", "title: Chief"], id="a text"),
        pytest.param({"title": ""}, ["title"], id="a text taken away"),
        pytest.param({"addresses[work].locality": "Galle"}, ["l: Galle"], id="a part of an address"),
        pytest.param({"addresses[work].region": "South"}, ["st: South"], id="a new part of it"),
        pytest.param({"phoneNumbers[mobile]": ""}, ["mobile"], id="the only one of several"),
        pytest.param({"phoneNumbers[home]": "+94 2"}, ["homePhone: +94 2"], id="a first one"),
        pytest.param({"emails[work]": "john@example.org"}, ["mail"], id="one fewer"),
        pytest.param({"emails[work]": "jd@example.org\nnew@example.org"}, ["new@example.org"], id="another"),
    ],
)
def test_what_changed_is_sent(operator: Console, edited: dict[str, str], sent: list[str]) -> None:
    """The plan has the attribute that was edited, and none that was not."""
    where = operator.create_user(**JOHN)

    answer = operator.post(f"{where}/edit", **{**EDITED, **edited})

    assert "is updated." in operator.text(answer.location)
    for text in sent:
        assert text in _plan(operator)
    assert "sn" not in _plan(operator)


def test_a_value_with_quotes_is_a_value(operator: Console) -> None:
    """What stands in a filter is quoted."""
    where = operator.create_user(**{**JOHN, "phoneNumbers[mobile]": '1" or value pr or value eq "'})

    operator.post(f"{where}/edit", **{**EDITED, "phoneNumbers[mobile]": "2"})

    assert "mobile: 2" in _plan(operator)


def test_what_is_refused_comes_back(operator: Console) -> None:
    """A name that is taken is said beside what was typed."""
    operator.create_user(userName="taken", active="on")
    where = operator.create_user(**JOHN)

    answer = operator.post(f"{where}/edit", **{**EDITED, "userName": "taken", "title": "Typed"})

    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert 'value="Typed"' in answer.text


def test_a_password_is_reset(operator: Console) -> None:
    """The directory has it, and neither page nor trail shows it."""
    where = operator.create_user(**JOHN)

    answer = operator.post(f"{where}/password", password="the new one", again="the new one")

    assert "has a new password." in operator.text(answer.location)
    assert "the new one" not in _plan(operator)
    assert operator.services.users.authenticate("PRIMARY", "johndoe", "the new one")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"password": "", "again": ""}, "Type the new password."),
        ({"password": "one", "again": "other"}, "The two passwords differ."),
    ],
)
def test_a_mistyped_password_is_not_set(operator: Console, form: dict[str, str], said: str) -> None:
    """Nothing is sent, and nothing typed comes back."""
    answer = operator.post(f"{operator.create_user(**JOHN)}/password", **form)

    assert answer.status_code == 422
    assert said in answer.text
    assert "other" not in answer.text.partition("<main")[2]


def test_the_entry_is_shown_without_secrets(operator: Console) -> None:
    """Administrators see the LDAP entry, and not its password."""
    where = operator.create_user(**JOHN, password="mypassword")

    page = operator.text(where)

    assert "objectClass: inetOrgPerson" in page or "objectclass: inetOrgPerson" in page
    assert "mypassword" not in page
