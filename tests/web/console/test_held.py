"""The mass-change guard at the console: what waits, who decides, and what people at the console are held to."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from app.access.administrators import Role

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

DELETES: dict[str, Any] = {"deletes": {"per_window": 0}}


def _limit(console: Console, guard: dict[str, Any] = DELETES, **more: Any) -> None:
    document = console.services.documents.get("Domain", "PRIMARY")
    limited = replace(document, body={**document.body, "guard": guard, **more})
    console.services.documents.apply([limited], author="test")


def _held(operator: Console) -> tuple[str, int]:
    """Have a user's deletion held; return where the user is shown, and the change's number."""
    where = operator.create_user(userName="ann", active="on")
    _limit(operator)
    answer = operator.post(f"{where}/delete")
    assert answer.status_code == 422
    return where, operator.services.held_changes.list()[0].id


def test_a_change_that_is_too_much_is_held(operator: Console) -> None:
    """The page says that nothing was changed, why, and what to do, with a link to the change."""
    where = operator.create_user(userName="ann", active="on")
    _limit(operator)

    page = unescape(operator.post(f"{where}/delete").text)

    assert "The change is more than the mass-change guard lets through" in page
    assert "Nothing was changed. It waits until an operator approves it" in page
    assert 'href="/console/guard/1">See the held change' in page
    assert operator.get(where).status_code == 200


def test_an_approved_change_is_let_through_once(operator: Console) -> None:
    """Whoever does the same again succeeds, and the next one is held."""
    where, number = _held(operator)

    answer = operator.post(f"/console/guard/{number}/approve")
    deleted = operator.post(f"{where}/delete")
    other = operator.services.held_changes.get(number)

    assert answer.location == "/console/guard"
    assert deleted.status_code == 302
    assert (other.state, other.decided_by) == ("done", "olga")


def test_a_rejected_change_is_refused(operator: Console) -> None:
    """Doing it again says that somebody has said no."""
    where, number = _held(operator)

    operator.post(f"/console/guard/{number}/reject")

    assert "An operator has rejected this change" in operator.post(f"{where}/delete").text
    assert operator.get(where).status_code == 200


def test_what_waits_is_listed_with_its_limits(operator: Console) -> None:
    """The list leads to the change, and says where the limits are."""
    _, number = _held(operator)

    page = operator.text("/console/guard")

    assert f'href="/console/guard/{number}">Delete user</a>' in page
    assert 'href="/console/documents/Domain/PRIMARY"' in page
    assert "deletes: 0 in 60 minutes" in page
    assert "Delete user" not in operator.text("/console/guard?state=rejected")
    assert "Delete user" in operator.text("/console/guard?state=all&domain=PRIMARY")


def test_a_change_is_shown_as_ldif(operator: Console) -> None:
    """Who wanted it, why it waits, and what would be sent."""
    _, number = _held(operator)

    page = operator.text(f"/console/guard/{number}")

    assert "changetype: delete" in page
    assert "<dd>olga</dd>" in page
    assert ">Approve</button>" in page


def test_a_viewer_decides_nothing(operator: Console) -> None:
    """The page says who can, and has no buttons."""
    _, number = _held(operator)
    viewer = operator.browser()
    viewer.sign_in(Role.VIEWER)

    page = viewer.text(f"/console/guard/{number}")

    assert "An operator can approve or reject it." in page
    assert ">Approve</button>" not in page


def test_nobody_decides_twice(operator: Console) -> None:
    """The second one is told so, and the first decision stands."""
    _, number = _held(operator)
    operator.post(f"/console/guard/{number}/approve")

    operator.post(f"/console/guard/{number}/reject")

    assert "Somebody has decided on this change already." in operator.text(f"/console/guard/{number}")
    assert operator.services.held_changes.get(number).state == "approved"


@pytest.mark.parametrize("page", ["/console/guard/4711", "/console/guard/x"])
def test_a_change_that_is_not_there_is_a_page(viewer: Console, page: str) -> None:
    """A wrong number has a way back."""
    assert viewer.get(page).status_code == 404


def test_protected_entries_are_not_changed(operator: Console) -> None:
    """At the console as little as by a client."""
    where = operator.create_user(userName="ann", active="on")
    _limit(operator, {}, protected={"below": ["ou=People,dc=example,dc=org"]})

    answer = operator.post(f"{where}/delete")

    assert "The entry is protected" in answer.text
    assert operator.get(where).status_code == 200


def test_undoing_is_weighed(operator: Console) -> None:
    """To undo a create is to delete."""
    operator.create_user(userName="ann", active="on")
    entry = operator.services.audit.page(limit=1)[0]
    _limit(operator)

    page = operator.post(f"/console/activity/{entry.id}/undo").text

    assert "See the held change" in page


def test_the_resident_applications_limits_hold(operator: Console) -> None:
    """People at the console are held to what callers with name and password are."""
    where = operator.create_user(userName="ann", active="on")
    body = {"display_name": "Resident", "provisioning": {"domain": "PRIMARY"}, "guard": DELETES}
    demo = operator.services.documents.get("Application", "demo")
    operator.services.documents.apply([replace(demo, name="resident", body=body)], author="test")

    assert "See the held change" in operator.post(f"{where}/delete").text
