"""Signing in and out, sessions, one's own password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.access.administrators import Role
from app.access.throttle import AT_ADDRESS
from app.web.console.sessions import IDLE, LONGEST

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

PASSWORD_PAGE = "/console/password"


def _is_in(console: Console) -> bool:
    return console.get("/console").status_code == 200


def test_signing_in_shows_home(stranger: Console) -> None:
    """Name and password open the console."""
    assert stranger.sign_in().location == "/console"
    assert _is_in(stranger)


@pytest.mark.parametrize(
    ("name", "password"),
    [("admin", "wrong"), ("nobody", "admin"), ("", ""), ("admin", ""), ("ad:min", "x"), ("admin", "\x00")],
)
def test_wrong_credentials_are_refused_alike(stranger: Console, name: str, password: str) -> None:
    """Which of the two is wrong is not said, and the password does not come back."""
    answer = stranger.post("/console/login", name=name, password=password)

    assert answer.status_code == 422
    assert "The name or the password is wrong." in answer.text
    assert 'value="wrong"' not in answer.text
    assert not _is_in(stranger)


def test_the_cookie_is_for_this_site_and_no_script(stranger: Console) -> None:
    """Secure, HttpOnly, SameSite=Lax, and it expires."""
    cookie = stranger.sign_in().headers["Set-Cookie"]

    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Expires=" in cookie


def test_a_session_is_new_at_every_login(stranger: Console) -> None:
    """What was in the cookie before is not kept, the form's token neither."""
    before = stranger.token()

    stranger.sign_in()

    assert stranger.send("/console/logout", {"csrf_token": before}).status_code == 400


def test_signing_out_ends_the_session(administrator: Console) -> None:
    """A cookie that was copied before is worth nothing after."""
    cookie = administrator.http.get_cookie("landbridge", domain="bridge.example")
    assert cookie

    answer = administrator.post("/console/logout")
    administrator.http.set_cookie("landbridge", cookie.value, domain="bridge.example", secure=True)

    assert answer.location == "/console/login"
    assert not _is_in(administrator)


def test_a_session_ends_when_nobody_is_there(administrator: Console) -> None:
    """An hour without a request ends it."""
    administrator.clock.advance(IDLE.total_seconds() + 1)

    assert not _is_in(administrator)


def test_a_session_does_not_last_for_ever(administrator: Console) -> None:
    """Whoever is busy all day signs in again after eight hours."""
    steps = int(LONGEST / IDLE)
    for _ in range(steps):
        administrator.clock.advance(IDLE.total_seconds() - 1)
        assert _is_in(administrator)

    administrator.clock.advance(steps + 1)

    assert not _is_in(administrator)


def test_a_disabled_administrator_is_out_at_once(viewer: Console) -> None:
    """Nobody has to wait for the session's end."""
    viewer.services.administrators.set_enabled("vera", enabled=False)

    assert not _is_in(viewer)


def test_a_removed_administrator_is_out_at_once(viewer: Console) -> None:
    """The same holds where the account is gone."""
    viewer.services.administrators.remove("vera")

    assert not _is_in(viewer)


def test_a_forged_cookie_is_nobody(stranger: Console) -> None:
    """A cookie that we did not sign opens nothing."""
    stranger.http.set_cookie("landbridge", "eyJ0b2tlbiI6ImEifQ.aaa.bbb", domain="bridge.example", secure=True)

    assert not _is_in(stranger)


def test_signing_in_is_recorded(administrator: Console) -> None:
    """The trail says who came."""
    entry = administrator.services.audit.page(limit=1)[0]

    assert (entry.actor, entry.action, entry.resource_type) == ("admin", "start", "Session")


def test_the_own_password_can_be_changed(administrator: Console) -> None:
    """The new one holds, the old one does not, and this session goes on."""
    answer = administrator.post(PASSWORD_PAGE, current="admin", new="correct horse", again="correct horse")

    assert answer.location == "/console"
    assert _is_in(administrator)
    assert administrator.services.administrators.authenticate("admin", "correct horse")
    assert not administrator.services.administrators.authenticate("admin", "admin")


def test_a_new_password_ends_the_other_sessions(administrator: Console) -> None:
    """Whoever had the old password is out."""
    other = administrator.browser()
    other.sign_in()
    somebody_else = administrator.browser()
    somebody_else.sign_in(Role.VIEWER)

    administrator.post(PASSWORD_PAGE, current="admin", new="correct horse", again="correct horse")

    assert not _is_in(other)
    assert _is_in(somebody_else)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"current": "wrong", "new": "a", "again": "a"}, "This is not your password."),
        ({"current": "admin", "new": "a", "again": "b"}, "This is not the same as the new password."),
        ({"current": "admin", "new": "", "again": ""}, "Choose a new password."),
        ({"current": "admin", "new": "a\x07", "again": "a\x07"}, "printable characters"),
        ({}, "This is not your password."),
    ],
)
def test_a_password_is_not_changed_by_mistake(
    administrator: Console, form: dict[str, str], said: str
) -> None:
    """What is wrong is said, and the old password stays."""
    answer = administrator.send(PASSWORD_PAGE, {**form, "csrf_token": administrator.token()})

    assert answer.status_code == 422
    assert said in answer.text
    assert administrator.services.administrators.authenticate("admin", "admin")


def test_guessing_is_slowed_down(stranger: Console) -> None:
    """After too many wrong passwords the page says when to try again, and does not try the right one."""
    for _ in range(AT_ADDRESS):
        assert stranger.post("/console/login", name="admin", password="wrong").status_code == 422

    refused = stranger.sign_in()

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    assert "Try again in 15 minutes." in refused.text
