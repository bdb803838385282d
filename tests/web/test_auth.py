"""Who gets in, and what refusals look like."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from app.access.scopes import NoRule
from app.store.document import Document
from app.web.auth import requires
from tests.web.oauth.conftest import site as site_fixture

if TYPE_CHECKING:
    from tests.web.oauth.fakes import Site

site = site_fixture
BEARER = 'Bearer realm="Landbridge"'
BASIC = 'Basic realm="Landbridge", charset="UTF-8"'


def _basic(name: str, password: str, encoding: str = "utf-8") -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode(encoding)).decode()


def _bearer(site: Site, scope: str = "", **form: str) -> str:
    return f"Bearer {site.password_token(scope=scope, **form)['access_token']}"


def test_a_token_makes_a_caller(site: Site) -> None:
    """A bearer token stands for its owner and its application."""
    answer = site.get("/list", _bearer(site))

    assert answer.json == {"subject": "admin", "application": "hr", "kind": "token"}


def test_a_client_s_token_stands_for_the_application(site: Site) -> None:
    """A token of client credentials has no owner but the application."""
    token = site.token(grant_type="client_credentials").json["access_token"]

    assert site.get("/list", f"Bearer {token}").json["subject"] == "hr"


def test_basic_reaches_the_resident_application(site: Site) -> None:
    """An administrator with name and password comes through the resident application."""
    answer = site.get("/list", _basic("admin", "admin"))

    assert answer.json == {"subject": "admin", "application": "resident", "kind": "basic"}


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "bearer", "BEARER"])
def test_the_scheme_may_be_in_any_case(site: Site, scheme: str) -> None:
    """RFC 9110 §11.1: schemes are case-insensitive."""
    credentials = {"basic": _basic("admin", "admin"), "bearer": _bearer(site)}[scheme.lower()]

    assert site.get("/list", f"{scheme} {credentials.partition(' ')[2]}").status_code == 200


def test_a_password_may_hold_any_letters(site: Site) -> None:
    """RFC 7617: name and password are UTF-8, and only the first colon parts them."""
    assert site.get("/list", _basic(*site.viewer())).json["subject"] == "viewer"


def test_credentials_in_latin_1_are_understood(site: Site) -> None:
    """Clients older than RFC 7617 send what is not UTF-8 in Latin 1."""
    assert site.get("/list", _basic(*site.viewer(), "latin-1")).json["subject"] == "viewer"


def test_without_credentials_both_ways_are_offered(site: Site) -> None:
    """RFC 6750 §3.1: a request without a token is told no error code."""
    answer = site.get("/list")

    assert answer.status_code == 401
    assert answer.headers.getlist("WWW-Authenticate") == [BEARER, BASIC]


@pytest.mark.parametrize(
    "token",
    ["unknown", "a=b", "", " ", "ü", "' OR 1=1 --", "x" * 60_000],
    ids=["unknown", "parameter", "empty", "blank", "umlaut", "sql", "huge"],
)
def test_an_unknown_token_is_told(site: Site, token: str) -> None:
    """Whatever is not one of our tokens is invalid_token."""
    answer = site.get("/list", f"Bearer {token}".encode().decode("latin-1"))

    assert answer.status_code == 401
    assert answer.headers.getlist("WWW-Authenticate") == [f'{BEARER}, error="invalid_token"', BASIC]


def test_an_expired_token_is_told(site: Site) -> None:
    """A token ends with its lifetime."""
    bearer = _bearer(site)

    site.access.clock.advance(3600)

    assert site.get("/list", bearer).headers.getlist("WWW-Authenticate")[0].endswith('error="invalid_token"')


def test_a_refresh_token_opens_nothing(site: Site) -> None:
    """Only access tokens are access tokens."""
    assert site.get("/list", f"Bearer {site.password_token()['refresh_token']}").status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(_basic("admin", "wrong"), id="wrong password"),
        pytest.param(_basic("nobody", "admin"), id="unknown name"),
        pytest.param(_basic("", ""), id="nothing"),
        pytest.param("Basic", id="no credentials"),
        pytest.param("Basic !!!", id="not base64"),
        pytest.param("Basic " + b64encode(b"\xff\xfe").decode(), id="no colon"),
        pytest.param("Basic YWRtaW46YWRtaW", id="broken base64"),
        pytest.param("Negotiate abc", id="other scheme"),
        pytest.param("nonsense", id="nonsense"),
    ],
)
def test_wrong_credentials_are_refused(site: Site, authorization: str) -> None:
    """Whatever is wrong with them, the answer is 401 and both ways in."""
    answer = site.get("/list", authorization)

    assert answer.status_code == 401
    assert answer.headers.getlist("WWW-Authenticate") == [BEARER, BASIC]


def test_a_missing_scope_is_403_and_named(site: Site) -> None:
    """RFC 6750 §3.1: insufficient_scope, with the scope that is needed."""
    answer = site.get("/delete", _bearer(site, "internal_user_mgt_list"))

    assert answer.status_code == 403
    assert answer.json["detail"] == "this needs the scope internal_user_mgt_delete"
    assert answer.headers.getlist("WWW-Authenticate") == [
        f'{BEARER}, error="insufficient_scope", scope="internal_user_mgt_delete"'
    ]


def test_a_role_limits_a_basic_caller(site: Site) -> None:
    """A viewer may read and no more; a new token would not help, so none is asked for."""
    answer = site.get("/delete", _basic(*site.viewer()))

    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer.headers


def test_bulk_needs_the_scope_of_each_operation_too(site: Site) -> None:
    """The scope for bulk requests opens nothing else."""
    only_bulk = _bearer(site, "internal_bulk_resource_create")
    both = _bearer(site, "internal_bulk_resource_create internal_user_mgt_delete")

    assert site.get("/bulk", only_bulk).status_code == 403
    assert site.get("/bulk", both).status_code == 200


def test_a_known_caller_is_enough_where_no_scope_is_asked(site: Site) -> None:
    """Some pages are for every caller, and for no stranger."""
    assert site.get("/known", _bearer(site, "internal_login")).status_code == 200
    assert site.get("/known").status_code == 401


def test_an_open_page_needs_nobody(site: Site) -> None:
    """What the service can do is told before authentication."""
    assert site.get("/open").status_code == 200
    assert site.get("/open", "Bearer nonsense").status_code == 200


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_view_without_a_guard_knows_no_caller(site: Site, method: str) -> None:
    """A forgotten guard closes the view rather than opens it."""
    assert site.http.open("/forgotten", method=method).status_code == 401


def test_options_does_not_get_past_a_guard(site: Site) -> None:
    """Flask-HTTPAuth lets OPTIONS through; the scopes do not."""
    assert site.http.options("/list").status_code == 401


def test_an_operation_without_a_rule_cannot_be_declared() -> None:
    """A view for which nothing says who may is an error when it is declared."""
    with pytest.raises(NoRule):
        requires("Users", "purge")


def test_a_disabled_application_takes_its_tokens_along(site: Site) -> None:
    """Switching off works at once."""
    bearer = _bearer(site)

    site.access.applications.set_enabled("hr", enabled=False, author="ann")

    assert site.get("/list", bearer).status_code == 401


def test_a_lost_authorisation_counts_at_once(site: Site) -> None:
    """A token does not keep what its application has lost."""
    bearer = _bearer(site)

    site.access.applications.set_apis("hr", {"SCIM2 Groups API": "all"}, author="ann")

    assert site.get("/list", bearer).status_code == 403


def test_a_disabled_owner_takes_its_tokens_along(site: Site) -> None:
    """A token stands for somebody who may still come in."""
    token = site.viewer_token()["access_token"]

    site.access.administrators.set_enabled("viewer", enabled=False)

    assert site.get("/list", f"Bearer {token}").status_code == 401


def test_a_disabled_resident_application_closes_basic(site: Site) -> None:
    """A document may switch Basic authentication off."""
    site.access.apply(Document("Application", "resident", {"enabled": False}))

    assert site.get("/list", _basic("admin", "admin")).status_code == 401


def test_a_new_application_of_a_name_does_not_inherit_tokens(site: Site) -> None:
    """Tokens belong to the client id, not to a name that may be used again."""
    bearer = _bearer(site)
    site.access.applications.delete("hr", author="ann")

    site.access.applications.create("hr", author="ann")

    assert site.get("/known", bearer).status_code == 401
