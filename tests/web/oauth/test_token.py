"""The token endpoint."""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from app.access.scopes import ALL_SCOPES, READ_SCOPES
from tests.web.oauth.fakes import HOST

if TYPE_CHECKING:
    from tests.web.oauth.fakes import Site

CREATE = "internal_user_mgt_create"
GUIDE = f"grant_type=password&username=admin&password=admin&scope={CREATE}"


def _guide(
    site: Site, body: str = GUIDE, *, secret: str | None = None, base_url: str = HOST
) -> tuple[int, dict[str, object]]:
    credentials = b64encode(
        f"{site.client_id}:{site.client_secret if secret is None else secret}".encode()
    ).decode()
    answer = site.http.post(
        "/oauth2/token",
        data=body,
        headers={"Authorization": f"Basic {credentials}"},
        content_type="application/x-www-form-urlencoded;charset=UTF-8",
        base_url=base_url,
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    return answer.status_code, answer.get_json()


@pytest.mark.parametrize(
    "base_url",
    ["https://localhost:9443", HOST, "http://10.1.2.3", "http://internal.example", "https://[::1]:9443"],
)
def test_the_guide_s_request_works_as_written(site: Site, base_url: str) -> None:
    """Over any host, and behind a proxy that ends TLS."""
    status, body = _guide(site, base_url=base_url)

    assert status == 200
    assert body.pop("access_token")
    assert body.pop("refresh_token")
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": CREATE}


def test_a_client_gets_a_token_for_itself(site: Site) -> None:
    """Client credentials bring no refresh token."""
    body = site.token(grant_type="client_credentials").json

    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert body["scope"].split() == sorted(ALL_SCOPES)


def test_a_client_may_authenticate_in_the_body(site: Site) -> None:
    """client_secret_post works like client_secret_basic."""
    form = {
        "grant_type": "client_credentials",
        "client_id": site.client_id,
        "client_secret": site.client_secret,
    }

    assert site.http.post("/oauth2/token", data=form, base_url=HOST).status_code == 200


def test_form_encoded_credentials_are_understood(site: Site) -> None:
    """RFC 6749 §2.3.1: a client may encode its id and secret before Basic does."""
    encoded = "".join(f"%{ord(letter):02X}" for letter in site.client_secret)

    assert _guide(site, secret=encoded)[0] == 200


def test_scopes_that_are_not_allowed_are_dropped(site: Site) -> None:
    """The answer names the scopes that were granted."""
    assert site.password_token(scope=f"openid {CREATE} internal_role_mgt_view")["scope"] == CREATE


def test_a_role_limits_the_scopes(site: Site) -> None:
    """An owner cannot pass on what it may not do."""
    body = site.viewer_token()

    assert set(body["scope"].split()) == READ_SCOPES


def test_an_application_limits_the_scopes(site: Site) -> None:
    """An owner cannot do more through an application than the application may."""
    site.access.applications.set_apis("hr", {"SCIM2 Users API": [CREATE]}, author="ann")

    assert site.password_token()["scope"] == CREATE


def test_a_token_for_nothing_is_not_issued(site: Site) -> None:
    """Where nothing is left the client is told so."""
    assert site.viewer_token(scope=CREATE)["error"] == "invalid_scope"


def test_lifetimes_are_the_application_s(site: Site) -> None:
    """Each application may have its own."""
    document = site.access.documents.get("Application", "hr")
    changed = type(document)("Application", "hr", {**document.body, "tokens": {"access_seconds": 60}})
    site.access.apply(changed)

    assert site.password_token()["expires_in"] == 60


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param("", "invalid_request", id="nothing"),
        pytest.param("username=admin&password=admin", "invalid_request", id="no grant type"),
        pytest.param("grant_type=", "invalid_request", id="empty grant type"),
        pytest.param("grant_type=implicit", "unsupported_grant_type", id="unknown grant"),
        pytest.param('grant_type="\u00fc\n', "unsupported_grant_type", id="odd grant"),
        pytest.param("grant_type=authorization_code&code=x", "unsupported_grant_type", id="code"),
        pytest.param("grant_type=password&password=admin", "invalid_request", id="no username"),
        pytest.param("grant_type=password&username=admin", "invalid_request", id="no password"),
        pytest.param("grant_type=refresh_token", "invalid_request", id="no refresh token"),
        pytest.param(f"{GUIDE}&scope=x", "invalid_request", id="repeated scope"),
        pytest.param(f"{GUIDE}&username=other", "invalid_request", id="repeated username"),
        pytest.param(f"{GUIDE}&client_secret=x", "invalid_request", id="two ways to authenticate"),
        pytest.param(GUIDE.replace("password=admin", "password=wrong"), "invalid_grant", id="wrong password"),
        pytest.param(GUIDE.replace("username=admin", "username=nobody"), "invalid_grant", id="unknown user"),
        pytest.param(GUIDE.replace("username=admin", "username=a%00b"), "invalid_grant", id="NUL"),
        pytest.param(GUIDE.replace("password=admin", "password=%ff%fe"), "invalid_grant", id="not UTF-8"),
        pytest.param("grant_type=refresh_token&refresh_token=x", "invalid_grant", id="unknown refresh token"),
        pytest.param("grant_type=client_credentials&scope=x", "invalid_scope", id="unknown scope"),
    ],
)
def test_a_bad_request_is_answered_as_the_rfc_says(site: Site, body: str, error: str) -> None:
    """RFC 6749 §5.2: 400 with the error's code, and nothing of what was sent."""
    status, answer = _guide(site, body)

    assert (status, answer["error"]) == (400, error)
    assert str(answer.get("error_description", "")).isascii()


def test_unknown_users_and_wrong_passwords_look_the_same(site: Site) -> None:
    """Nobody finds out who exists."""
    assert _guide(site, GUIDE.replace("=admin&scope", "=wrong&scope")) == _guide(
        site, GUIDE.replace("e=admin", "e=x")
    )


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("", id="none"),
        pytest.param("Basic " + b64encode(b"unknown:x").decode(), id="unknown client"),
        pytest.param("Basic " + b64encode(b"nocolon").decode(), id="no colon"),
        pytest.param("Basic " + b64encode(b"\xff:\xff").decode(), id="not UTF-8"),
        pytest.param("Basic %%%", id="not base64"),
        pytest.param("Basic \u00fc".encode().decode("latin-1"), id="not ASCII"),
        pytest.param("Basic", id="no credentials"),
        pytest.param("Bearer x", id="other scheme"),
    ],
)
def test_an_unknown_client_is_answered_as_the_rfc_says(site: Site, authorization: str) -> None:
    """RFC 6749 §5.2: 401 with a Basic challenge; all failures look the same."""
    answer = site.http.post(
        "/oauth2/token", data=GUIDE, content_type="application/x-www-form-urlencoded",
        headers={"Authorization": authorization} if authorization else {}, base_url=HOST,
    )  # fmt: skip

    assert answer.status_code == 401
    assert answer.json == {"error": "invalid_client", "error_description": "Client authentication failed."}
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Landbridge"'
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("secret", ["", "wrong", "%", "' OR 1=1 --", "x" * 50_000])
def test_a_wrong_secret_is_an_unknown_client(site: Site, secret: str) -> None:
    """The answer does not tell which of the two was wrong."""
    assert _guide(site, secret=secret)[0] == 401


def test_a_client_id_alone_is_not_enough(site: Site) -> None:
    """There are no public clients."""
    form = {"grant_type": "client_credentials", "client_id": site.client_id}

    assert site.http.post("/oauth2/token", data=form, base_url=HOST).status_code == 401


def test_another_client_s_name_in_the_body_is_not_passed_over(site: Site) -> None:
    """Who authenticates as one client and says to be another is none; empty parameters are none (RFC 6749 §3.2)."""
    named = _guide(site, f"{GUIDE}&client_id={site.client_id}")
    empty = _guide(site, f"{GUIDE}&client_id=&client_secret=&client_assertion=")
    other = _guide(site, f"{GUIDE}&client_id=other")

    assert (named[0], empty[0]) == (200, 200)
    assert (other[0], other[1]["error"]) == (401, "invalid_client")


def test_a_disabled_application_is_an_unknown_client(site: Site) -> None:
    """It cannot even try."""
    site.access.applications.set_enabled("hr", enabled=False, author="ann")

    assert _guide(site)[0] == 401


def test_a_grant_that_is_not_ticked_is_refused(site: Site) -> None:
    """Which grants an application may use is its administrator's choice."""
    site.access.applications.set_grants("hr", ["client_credentials"], author="ann")

    status, body = _guide(site)

    assert (status, body["error"]) == (400, "unauthorized_client")


def test_without_the_refresh_grant_there_is_no_refresh_token(site: Site) -> None:
    """What could not be used is not given out."""
    site.access.applications.set_grants("hr", ["password"], author="ann")

    assert "refresh_token" not in site.password_token()


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"])
def test_parameters_in_the_url_are_refused(site: Site, path: str) -> None:
    """Credentials in a URL end in logs, so nothing is taken from there."""
    answer = site.post(f"{path}?{GUIDE}")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_get_is_not_a_token_request(site: Site) -> None:
    """RFC 6749 §3.2: tokens are asked for by POST."""
    assert site.get(f"/oauth2/token?{GUIDE}").status_code == 405


def test_a_refresh_token_brings_a_new_pair(site: Site) -> None:
    """The new pair works, and the old refresh token does not."""
    old = site.password_token(scope=CREATE)

    new = site.token(grant_type="refresh_token", refresh_token=old["refresh_token"]).json

    assert new["scope"] == CREATE
    assert new["refresh_token"] != old["refresh_token"]
    assert site.access.tokens.verify(new["access_token"])
    assert site.access.tokens.verify(old["refresh_token"], "refresh") is None


def test_a_refresh_token_that_comes_again_ends_all(site: Site) -> None:
    """Whoever has a copy of it gets nothing, nor does its owner."""
    old = site.password_token()
    new = site.token(grant_type="refresh_token", refresh_token=old["refresh_token"]).json

    again = site.token(grant_type="refresh_token", refresh_token=old["refresh_token"])

    assert again.json["error"] == "invalid_grant"
    assert site.access.tokens.verify(new["access_token"]) is None


def test_refreshing_does_not_widen(site: Site) -> None:
    """A new token is for no more than the first one was, and for no more than holds now."""
    narrow = site.password_token(scope=f"{CREATE} internal_login")
    site.access.applications.set_apis("hr", {"SCIM2 Users API": "all"}, author="ann")

    refreshed = site.token(
        grant_type="refresh_token",
        refresh_token=narrow["refresh_token"],
        scope=f"{CREATE} internal_user_mgt_list",
    )

    assert refreshed.json["scope"] == CREATE


def test_asking_for_less_does_not_narrow_the_refresh_token(site: Site) -> None:
    """RFC 6749 §6: the next one is for all that the first one was for."""
    both = f"internal_login {CREATE}"
    old = site.password_token(scope=both)

    less = site.token(grant_type="refresh_token", refresh_token=old["refresh_token"], scope=CREATE).json
    again = site.token(grant_type="refresh_token", refresh_token=less["refresh_token"]).json

    assert (less["scope"], again["scope"]) == (CREATE, both)


def test_a_failed_refresh_does_not_use_the_token_up(site: Site) -> None:
    """A client may correct its request."""
    body = site.password_token()
    site.token(grant_type="refresh_token", refresh_token=body["refresh_token"], scope="nonsense")

    assert site.token(grant_type="refresh_token", refresh_token=body["refresh_token"]).status_code == 200


def test_a_refresh_token_expires(site: Site) -> None:
    """It lives a day unless the application says otherwise."""
    body = site.password_token()

    site.access.clock.advance(86_400)

    assert (
        site.token(grant_type="refresh_token", refresh_token=body["refresh_token"]).json["error"]
        == "invalid_grant"
    )


def test_a_refresh_token_is_its_client_s(site: Site) -> None:
    """Another client cannot use it, and does not use it up."""
    body = site.password_token()
    other = site.access.applications.create("crm", author="ann")
    site.access.applications.set_grants("crm", ["refresh_token"], author="ann")
    auth = (other.client_id or "", site.access.applications.client_secret("crm") or "")
    form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}

    stolen = site.http.post("/oauth2/token", data=form, auth=auth, base_url=HOST)

    assert stolen.get_json()["error"] == "invalid_grant"
    assert site.token(**form).status_code == 200


def test_a_disabled_owner_cannot_refresh(site: Site) -> None:
    """Nobody comes back through an old token."""
    body = site.viewer_token()
    site.access.administrators.set_enabled("viewer", enabled=False)

    answer = site.token(grant_type="refresh_token", refresh_token=body["refresh_token"])

    assert answer.json["error"] == "invalid_grant"


def test_no_credential_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even at the lowest level, by libraries or by us."""
    caplog.set_level(logging.DEBUG)
    body = site.viewer_token()
    new = site.token(grant_type="refresh_token", refresh_token=body["refresh_token"]).json
    site.token(grant_type="password", username="viewer", password="wr0ng-password")

    secrets = [site.client_secret, "pä ss:wörd", "wr0ng-password", body["access_token"], new["refresh_token"]]
    ours = "".join(capsys.readouterr())
    assert [secret for secret in secrets if secret in caplog.text + ours] == []
