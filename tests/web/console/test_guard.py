"""Who gets in: strangers, roles, forged forms, addresses that lead away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.access.administrators import Role
from tests.web.console.routes import ADMINISTER, ANYBODY, LOOK, OPERATE, ROLES, all_routes, path_of

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

GUARDED = [route for route, role in ROLES.items() if role is not ANYBODY]
FORMS = [route for route in GUARDED if route[0] == "POST"]


def test_every_route_has_a_role(stranger: Console) -> None:
    """No page is forgotten in these tests."""
    assert all_routes(stranger) == set(ROLES)


def test_strangers_are_sent_to_the_login_page(stranger: Console) -> None:
    """Without signing in there is nothing but the login page, whatever is sent."""
    for method, endpoint in GUARDED:
        answer = stranger.http.open(path_of(stranger, endpoint), method=method, base_url="https://x")

        assert answer.status_code == 302, endpoint
        assert answer.location.startswith("/console/login"), endpoint


@pytest.mark.parametrize(
    ("role", "refused"),
    [(Role.VIEWER, {OPERATE, ADMINISTER}), (Role.OPERATOR, {ADMINISTER}), (Role.ADMINISTRATOR, set())],
)
def test_roles_bound_what_can_be_done(stranger: Console, role: Role, refused: set[Role]) -> None:
    """Each page and each form is refused without its role, and with it is not."""
    stranger.sign_in(role)
    token = stranger.token()
    routes = [
        route
        for route in GUARDED
        if route[1] not in {"console.account.logout", "console.applications.delete"}
    ]

    for method, endpoint in routes:
        path = path_of(stranger, endpoint)
        answer = stranger.get(path) if method == "GET" else stranger.send(path, {"csrf_token": token})

        assert (answer.status_code == 403) == (ROLES[method, endpoint] in refused), endpoint


def test_a_viewer_cannot_delete_an_application(viewer: Console) -> None:
    """The form's address alone is of no use."""
    assert viewer.post("/console/applications/demo/delete").status_code == 403
    assert viewer.services.applications.get("demo").enabled


def test_forms_without_the_token_are_refused(administrator: Console) -> None:
    """A form that another site made its visitor send changes nothing."""
    for _, endpoint in FORMS:
        path = path_of(administrator, endpoint)

        assert administrator.send(path, {}).status_code == 400, endpoint
        assert administrator.send(path, {"csrf_token": "wrong"}).status_code == 400, endpoint


def test_a_form_from_another_site_is_refused(administrator: Console) -> None:
    """The right token with a wrong origin is not enough."""
    form: dict[str, str | list[str]] = {"csrf_token": administrator.token(), "name": "x"}

    answer = administrator.send("/console/new-application", form, referer="https://evil.example/")

    assert answer.status_code == 400
    assert "This form is too old" in answer.text


def test_a_login_form_without_the_token_is_refused(stranger: Console) -> None:
    """Nobody is signed in to somebody else's session."""
    assert stranger.send("/console/login", {"name": "admin", "password": "admin"}).status_code == 400


def test_programs_need_no_token(stranger: Console) -> None:
    """SCIM and OAuth have credentials of their own."""
    token = stranger.http.post("/oauth2/token", data={"grant_type": "password"}, base_url="https://x")
    user = stranger.http.post(
        "/scim2/Users", json={"userName": "j"}, auth=("admin", "admin"), base_url="https://x"
    )

    assert token.json
    assert token.json["error"] == "invalid_client"
    assert user.status_code == 201


def test_a_session_opens_nothing_but_the_console(administrator: Console) -> None:
    """The cookie is no credential for SCIM."""
    assert administrator.get("/scim2/Users").status_code == 401


@pytest.mark.parametrize(
    "wanted",
    ["/console/users?q=a%20b&start=26", "/console", "/console/applications/demo/protocol"],
)
def test_signing_in_leads_to_the_page_that_was_asked_for(stranger: Console, wanted: str) -> None:
    """Whoever follows a link and has to sign in first arrives where the link leads."""
    assert stranger.sign_in(wanted=wanted).location == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/console/",
        "//evil.example/console/",
        "/\\evil.example/console",
        "/console\\..\\..//evil.example",
        "/consolevil",
        "/scim2/Users",
        "javascript:alert(1)//console/",
        "/console/\r\nSet-Cookie: a=b",
        "console/users",
        "http:///console/",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(stranger: Console, wanted: str) -> None:
    """What is not a page of the console becomes Home."""
    assert stranger.sign_in(wanted=wanted).location == "/console"


def test_the_login_page_keeps_what_was_asked_for(stranger: Console) -> None:
    """The page goes along, with its query."""
    location = stranger.get("/console/users?q=doe").location

    assert location == "/console/login?next=/console/users?q%3Ddoe"
    assert 'name="next" value="/console/users?q=doe"' in stranger.text(location)


def test_what_a_form_wanted_is_not_done_after_signing_in(stranger: Console) -> None:
    """A form that came too late leads to Home."""
    assert stranger.send("/console/applications/demo/delete", {}).location == "/console/login"


def test_a_role_is_as_it_is_now(viewer: Console) -> None:
    """A role that changes counts from the next page on."""
    viewer.services.administrators.set_role("vera", LOOK)
    before = viewer.get("/console/new-application").status_code

    viewer.services.administrators.set_role("vera", ADMINISTER)

    assert (before, viewer.get("/console/new-application").status_code) == (403, 200)
