"""What holds for every page: headers, errors, the way in."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from tests.web.console.fakes import BIND_PASSWORD, ENVIRON
from tests.web.console.routes import ROLES, path_of

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
PAGES = [endpoint for method, endpoint in ROLES if method == "GET" and endpoint != "console.static"]


def test_the_bare_address_leads_to_the_console(stranger: Console) -> None:
    """Whoever types the host's name finds the console."""
    assert stranger.get("/").location == "/console"


def test_pages_are_kept_by_nobody_and_run_nothing_of_others(administrator: Console) -> None:
    """No cache, no frame, no script or style but ours."""
    for endpoint in PAGES:
        headers = administrator.get(path_of(administrator, endpoint)).headers

        assert headers["Content-Security-Policy"] == POLICY, endpoint
        assert headers["Cache-Control"] == "no-store", endpoint
        assert headers["X-Content-Type-Options"] == "nosniff", endpoint


def test_pages_hold_no_script_or_style(administrator: Console) -> None:
    """What the policy would not run is not there."""
    for endpoint in PAGES:
        page = administrator.text(path_of(administrator, endpoint))

        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)|javascript:", page), endpoint


def test_no_page_shows_a_secret(administrator: Console) -> None:
    """The client's secret is shown where it was asked for, the directory's nowhere."""
    for endpoint in PAGES:
        page = unescape(administrator.text(path_of(administrator, endpoint)))

        assert ENVIRON["LANDBRIDGE_DEMO_CLIENT_SECRET"] not in page, endpoint
        assert BIND_PASSWORD not in page, endpoint


def test_styles_may_be_kept(stranger: Console) -> None:
    """What is the same for everybody needs no login and no new copy each time."""
    answer = stranger.get("/console/static/console.css")
    answer.close()

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        "/console/nothing",
        "/console/applications/nobody",
        "/console/applications/nobody/protocol",
        "/console/applications/nobody/provisioning",
        "/console/user-stores/NOWHERE",
        "/console/activity/4711",
        "/console/activity/x",
        "/console/users/PRIMARY/5d2b6d5c-0000-0000-0000-000000000000",
    ],
)
def test_what_is_not_there_is_said_on_a_page(administrator: Console, path: str) -> None:
    """A wrong address has a way back."""
    answer = administrator.get(path)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'href="/console"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_that_takes_no_form_says_so(administrator: Console) -> None:
    """A wrong method is answered by a page too."""
    assert administrator.post("/console/applications").status_code == 405


def test_a_refusal_says_whom_to_ask(viewer: Console) -> None:
    """The page for a missing role is clear."""
    assert "You may not do this" in viewer.text("/console/new-application")


def test_a_failure_is_a_page_without_its_cause(administrator: Console) -> None:
    """The log has it; the browser is told where to look."""
    administrator.app.view_functions["console.stores.list_"] = lambda: str(1 / 0)

    answer = administrator.get("/console/user-stores")

    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "division" not in answer.text


def test_the_navigation_marks_the_page(administrator: Console) -> None:
    """Where one is can be seen and heard."""
    assert 'aria-current="page">Users</a>' in administrator.text("/console/users")
