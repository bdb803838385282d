"""Undoing at the console: shown first, done after a question, refused where somebody was faster; and exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.web.console.fakes import Console


def _made(console: Console) -> str:
    console.create_user(userName="ann", title="Clerk", active="on")
    return f"/console/activity/{console.services.audit.page(limit=1)[0].id}"


def test_a_change_is_undone_after_a_question(operator: Console) -> None:
    """The page shows what would be sent, and only the answer sends it."""
    entry = _made(operator)

    offer, question = operator.text(entry), operator.text(f"{entry}/undo")
    before = operator.text("/console/users")
    answer = operator.post(f"{entry}/undo")

    assert ">Undo</a>" in offer
    assert "changetype: delete" in question
    assert ">ann</a>" in before
    assert "It is undone." in operator.text(answer.location)
    assert ">ann</a>" not in operator.text("/console/users")


def test_a_delete_is_undone(operator: Console) -> None:
    """Who was deleted is there again: what the directory told of the entry was kept with the deletion."""
    _made(operator)
    where = operator.text("/console/users").partition(">ann</a>")[0].rpartition('href="')[2].partition('"')[0]
    operator.post(f"{where}/delete")
    deletion = f"/console/activity/{operator.services.audit.page(limit=1)[0].id}"

    assert ">ann</a>" not in operator.text("/console/users")
    operator.post(f"{deletion}/undo")

    assert ">ann</a>" in operator.text("/console/users")


def test_what_has_changed_since_is_told(operator: Console) -> None:
    """Neither is a plan shown, nor anything sent."""
    entry = _made(operator)
    where = operator.text("/console/users").partition(">ann</a>")[0].rpartition('href="')[2].partition('"')[0]
    operator.post(f"{where}/delete")

    question, answer = operator.get(f"{entry}/undo"), operator.post(f"{entry}/undo")

    for page in (question, answer):
        assert page.status_code in {409, 422}
        assert "Somebody has changed" in page.text
        assert "changetype" not in page.text


def test_a_viewer_is_not_offered_to_undo(viewer: Console) -> None:
    """Who may only look sees no button."""
    writer = viewer.browser()
    writer.sign_in()

    assert ">Undo</a>" not in viewer.text(_made(writer))


def test_the_trail_is_exported(viewer: Console) -> None:
    """As a file, with the filter of the page."""
    writer = viewer.browser()
    writer.sign_in()
    _made(writer)

    everything = viewer.get("/console/activity/export.csv")
    some = viewer.get("/console/activity/export.json?action=create")

    assert everything.headers["Content-Disposition"] == 'attachment; filename="landbridge-activity.csv"'
    assert everything.text.startswith("actor,action,")
    assert some.text.count("\n") == 1
    assert viewer.get("/console/activity/export.exe").status_code == 404


def test_the_trail_is_followed(viewer: Console) -> None:
    """The page comes again by itself until somebody stops it."""
    assert 'http-equiv="refresh"' in viewer.text("/console/activity?follow=on")
    assert 'http-equiv="refresh"' not in viewer.text("/console/activity")
