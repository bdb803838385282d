"""Revocation, introspection and metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.access.scopes import ALL_SCOPES
from app.settings import Settings
from app.web.application import MAX_BODY_BYTES
from tests.outbound.bridges import application, proxy_bridge
from tests.store.fakes import NOON
from tests.web.oauth.fakes import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from tests.web.oauth.fakes import Site

CREATE = "internal_user_mgt_create"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Give the whole service."""
    with proxy_bridge(tmp_path_factory.mktemp("whole"), application()) as bridge:
        yield bridge.http


def _foreign_token(site: Site) -> str:
    """Get a token of another application."""
    other = site.access.applications.create("crm", author="ann")
    site.access.applications.set_apis("crm", {"SCIM2 Users API": "all"}, author="ann")
    auth = (other.client_id or "", site.access.applications.client_secret("crm") or "")
    answer = site.http.post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, auth=auth, base_url=HOST
    )
    return str(answer.get_json()["access_token"])


def test_a_revoked_token_opens_nothing(site: Site) -> None:
    """RFC 7009: 200 with an empty body, and the token is dead."""
    token = site.password_token()["access_token"]

    answer = site.post("/oauth2/revoke", token=token)

    assert (answer.status_code, answer.data) == (200, b"")
    assert site.access.tokens.verify(token) is None


def test_revoking_a_refresh_token_ends_its_access_token(site: Site) -> None:
    """RFC 7009 §2.1: the tokens of one grant go together."""
    body = site.password_token()

    site.post("/oauth2/revoke", token=body["refresh_token"], token_type_hint="refresh_token")

    assert site.access.tokens.verify(body["access_token"]) is None


@pytest.mark.parametrize("hint", ["", "refresh_token", "nonsense"])
def test_an_unknown_token_is_revoked_already(site: Site, hint: str) -> None:
    """RFC 7009 §2.2: the client has what it wants; a hint does not matter."""
    assert site.post("/oauth2/revoke", token="unknown", token_type_hint=hint).status_code == 200


def test_another_client_s_token_is_not_revoked(site: Site) -> None:
    """Nor is it told that there is one."""
    token = _foreign_token(site)

    assert site.post("/oauth2/revoke", token=token).status_code == 200
    assert site.access.tokens.verify(token)


def test_an_active_token_is_described(site: Site) -> None:
    """RFC 7662: for whom, for what, until when."""
    body = site.password_token(scope=CREATE)

    assert site.post("/oauth2/introspect", token=body["access_token"]).json == {
        "active": True,
        "client_id": site.client_id,
        "token_type": "Bearer",
        "scope": CREATE,
        "sub": "admin",
        "username": "admin",
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 3600,
    }


def test_an_application_s_token_has_no_user(site: Site) -> None:
    """A token of client credentials stands for the application."""
    token = site.token(grant_type="client_credentials").json["access_token"]

    answer = site.post("/oauth2/introspect", token=token).json

    assert (answer["sub"], "username" in answer) == ("hr", False)


@pytest.mark.parametrize("state", ["unknown", "expired", "revoked", "foreign", "owner disabled"])
def test_any_other_token_is_inactive(site: Site, state: str) -> None:
    """Why it is inactive is not told."""
    token = site.viewer_token()["access_token"]
    match state:
        case "unknown":
            token = "unknown"
        case "expired":
            site.access.clock.advance(3600)
        case "revoked":
            site.access.tokens.revoke(token)
        case "foreign":
            token = _foreign_token(site)
        case _:
            site.access.administrators.set_enabled("viewer", enabled=False)

    assert site.post("/oauth2/introspect", token=token).json == {"active": False}


@pytest.mark.parametrize("path", ["/oauth2/revoke", "/oauth2/introspect"])
def test_the_client_must_authenticate(site: Site, path: str) -> None:
    """Strangers learn nothing about tokens."""
    answer = site.http.post(path, data={"token": "x"}, base_url=HOST)

    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("path", ["/oauth2/revoke", "/oauth2/introspect"])
def test_a_token_must_be_named(site: Site, path: str) -> None:
    """Without one there is nothing to do."""
    answer = site.post(path)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_the_metadata_names_the_endpoints(site: Site) -> None:
    """RFC 8414: a client finds all it needs."""
    methods = ["client_secret_basic", "client_secret_post"]

    assert site.get("/.well-known/oauth-authorization-server").json == {
        "issuer": HOST,
        "token_endpoint": f"{HOST}/oauth2/token",
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": f"{HOST}/oauth2/revoke",
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint": f"{HOST}/oauth2/introspect",
        "introspection_endpoint_auth_methods_supported": methods,
        "grant_types_supported": ["password", "client_credentials", "refresh_token"],
        "response_types_supported": [],
        "scopes_supported": sorted(ALL_SCOPES),
    }


def test_the_issuer_is_the_public_url_where_there_is_one(site: Site) -> None:
    """Behind a proxy the request does not tell how clients see the service."""
    site.access.settings = Settings(public_url="https://scim.example/")

    metadata = site.get("/.well-known/oauth-authorization-server").json

    assert metadata["issuer"] == "https://scim.example"
    assert metadata["token_endpoint"] == "https://scim.example/oauth2/token"


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"])
def test_what_flask_refuses_is_told_as_oauth_has_it(whole: FlaskClient, path: str) -> None:
    """RFC 6749 §5.2: programs read JSON; what is too large or no POST is no exception."""
    large = whole.post(path, data={"token": "x" * (MAX_BODY_BYTES + 1)}, base_url=HOST)
    got = whole.get(path, base_url=HOST)

    assert (large.status_code, large.get_json()["error"]) == (413, "invalid_request")
    assert (got.status_code, got.get_json()["error"]) == (405, "invalid_request")
    assert "POST" in got.headers["Allow"]
    assert got.headers["Cache-Control"] == "no-store"
