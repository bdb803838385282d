"""Groups of a domain: found, seen with their members by pages, made, renamed, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

LIST = "/console/groups"
NEW = "/console/groups/PRIMARY/new"


def _make(console: Console, name: str) -> str:
    answer = console.post(NEW, displayName=name)
    assert answer.status_code == 302, answer.text
    return answer.location


def _join(console: Console, where: str, *names: str) -> None:
    for name in names:
        console.create_user(userName=name, active="on")
        assert console.post(f"{where}/members", kind="User", member=name).status_code == 302


def test_a_group_is_made(operator: Console) -> None:
    """It is in the list, and empty."""
    page = operator.text(_make(operator, "Sales"))

    assert "Sales is created in PRIMARY." in page
    assert "The group has no members." in page
    assert ">Sales</a>" in operator.text(LIST)


def test_a_group_without_a_name_is_refused(operator: Console) -> None:
    """The field says what is missing."""
    answer = operator.post(NEW, displayName="")

    assert answer.status_code == 422
    assert '<a href="#displayName">' in answer.text


def test_groups_are_found_by_name(operator: Console) -> None:
    """Part of the name is enough, and SCIM's filters work."""
    _make(operator, "Sales")
    _make(operator, "Support")

    assert ">Sales</a>" in operator.text(f"{LIST}?q=ale")
    assert ">Support</a>" not in operator.text(f"{LIST}?q=ale")
    assert ">Support</a>" in operator.text(f'{LIST}?filter=displayName sw "sup"')


def test_members_join_and_leave(operator: Console) -> None:
    """Users join by their name, and leave by a button."""
    where = _make(operator, "Sales")
    _join(operator, where, "ann", "bob")
    page = operator.text(where)
    user_id = page.partition(">ann</a>")[0].rpartition("/")[2].partition('"')[0]

    answer = operator.post(f"{where}/members/remove", id=user_id)

    assert ">bob</a>" in page
    assert "The member is removed." in operator.text(answer.location)
    assert ">ann</a>" not in operator.text(where)


def test_groups_join_groups(operator: Console) -> None:
    """A nested group is shown as what it is."""
    where = _make(operator, "Sales")
    _make(operator, "East")

    operator.post(f"{where}/members", kind="Group", member="East")

    assert ">East</a>" in operator.text(where)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "User", "member": "nobody"}, "No user of PRIMARY is called nobody"),
        ({"kind": "User", "member": '" or userName pr or userName eq "'}, "No user of PRIMARY"),
        ({"kind": "Robot", "member": "x"}, "Choose a user or a group"),
    ],
)
def test_nobody_does_not_join(operator: Console, form: dict[str, str], said: str) -> None:
    """The page says who was not found, and keeps the name."""
    where = _make(operator, "Sales")
    operator.create_user(userName="ann", active="on")

    answer = operator.post(f"{where}/members", **form)

    assert answer.status_code == 422
    assert said in answer.text
    assert "The group has no members." in answer.text


def test_members_have_pages(operator: Console) -> None:
    """A page shows its part, and leads on."""
    where = _make(operator, "Sales")
    _join(operator, where, *(f"user{number:02}" for number in range(27)))

    first, second = operator.text(where), operator.text(f"{where}?start=26")

    assert "25 of 27" in first
    assert "27 of 27" in second
    assert "There are no members on this page." in operator.text(f"{where}?start=99")


def test_a_group_is_renamed(operator: Console) -> None:
    """Members stay."""
    where = _make(operator, "Sales")
    _join(operator, where, "ann")

    operator.post(f"{where}/edit", displayName="Selling")
    page = operator.text(where)

    assert "Selling is updated." in page
    assert ">ann</a>" in page
    assert "Nothing was changed." in operator.text(
        operator.post(f"{where}/edit", displayName="Selling").location
    )


def test_a_name_that_is_taken_is_refused(operator: Console) -> None:
    """The form comes back with what was typed."""
    _make(operator, "Support")
    where = _make(operator, "Sales")

    answer = operator.post(f"{where}/edit", displayName="Support")

    assert answer.status_code == 422
    assert 'value="Support"' in answer.text


def test_a_group_is_deleted_after_a_question(operator: Console) -> None:
    """Only the answer deletes."""
    where = _make(operator, "Sales")

    question = operator.text(f"{where}/delete")
    answer = operator.post(f"{where}/delete")

    assert "Delete Sales?" in question
    assert "Sales is deleted from PRIMARY." in operator.text(answer.location)
    assert operator.get(where).status_code == 404


def test_a_viewer_is_offered_no_changes(viewer: Console) -> None:
    """Who may only look sees the list and the group without buttons."""
    writer = viewer.browser()
    writer.sign_in()
    where = _make(writer, "Sales")

    for page in (viewer.text(LIST), viewer.text(where)):
        assert "/new" not in page
        assert "/delete" not in page
        assert "Add a member" not in page
