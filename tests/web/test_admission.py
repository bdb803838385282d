"""What is asked of every request of an application: where it comes from, how many there are, and no guessing."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.access.throttle import AT_ADDRESS
from tests.web.oauth.conftest import site as site_fixture

if TYPE_CHECKING:
    from tests.web.oauth.fakes import Site

site = site_fixture


def _say(site: Site, name: str = "hr", **keys: object) -> None:
    """Put keys into an application's document."""
    document = site.access.documents.current().get("Application", name)
    assert document
    site.access.apply(replace(document, body={**document.body, **keys}, source=""))


def _bearer(site: Site) -> str:
    return f"Bearer {site.token(grant_type='client_credentials').json['access_token']}"


def _basic(guess: str = "admin") -> str:
    return "Basic " + b64encode(f"admin:{guess}".encode()).decode()


def _get(site: Site, authorization: str, address: str = "192.0.2.1") -> Any:
    return site.http.get(
        "/list", headers={"Authorization": authorization}, environ_overrides={"REMOTE_ADDR": address}
    )


def test_a_token_is_good_in_the_application_s_networks_only(site: Site) -> None:
    """A stolen token is worth nothing elsewhere; the change holds for tokens that are out."""
    token = _bearer(site)
    assert _get(site, token, "198.51.100.1").status_code == 200

    _say(site, networks=["192.0.2.0/24", "2001:db8::1"])

    assert _get(site, token, "198.51.100.1").status_code == 403
    assert _get(site, token, "192.0.2.7").status_code == 200
    assert _get(site, token, "2001:db8::1").status_code == 200


def test_no_tokens_are_given_elsewhere(site: Site) -> None:
    """The client has named itself rightly, so it is told why."""
    _say(site, networks=["192.0.2.0/24"])

    answer = site.token(grant_type="client_credentials")

    assert answer.status_code == 400
    assert answer.json["error"] == "unauthorized_client"
    assert "address" in answer.json["error_description"]


def test_a_disabled_application_s_tokens_end_at_once(site: Site) -> None:
    """And are good again when it is enabled, until they expire."""
    token = _bearer(site)

    site.access.applications.set_enabled("hr", enabled=False, author="ann")
    assert _get(site, token).status_code == 401

    site.access.applications.set_enabled("hr", enabled=True, author="ann")
    assert _get(site, token).status_code == 200


def test_requests_over_the_rate_are_told_when_to_come_back(site: Site) -> None:
    """429 with whole seconds, for this application and no other."""
    _say(site, rate="2 per hour; 1000 per day")
    token = _bearer(site)
    assert [_get(site, token).status_code for _ in range(3)] == [200, 200, 429]

    refused = _get(site, token)

    assert 3500 <= int(refused.headers["Retry-After"]) <= 3600
    assert "2 requests in 1 hour" in refused.json["detail"]
    assert _get(site, _basic()).status_code == 200


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        pytest.param("networks", ["192.0.2.1/24"], "host bits", id="host-bits"),
        pytest.param("networks", ["home"], "no network", id="no-network"),
        pytest.param("networks", [7], "is a network", id="number"),
        pytest.param("rate", "often", "is a rate", id="no-rate"),
        pytest.param("rate", "0 per second", "is a rate", id="never"),
        pytest.param("rate", 7, "is a rate", id="no-text"),
    ],
)
def test_mistakes(site: Site, key: str, value: object, words: str) -> None:
    """A document that says it wrongly is refused."""
    document = site.access.documents.get("Application", "hr")

    [problem] = site.access.documents.problems([replace(document, body={**document.body, key: value})])

    assert words in str(problem)
    assert key in str(problem)


def test_guessing_at_basic_is_slowed_down(site: Site) -> None:
    """After too many wrong passwords not even the right one is tried; another address is not concerned."""
    assert {_get(site, _basic("wrong")).status_code for _ in range(AT_ADDRESS)} == {401}

    refused = _get(site, _basic())

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    assert _get(site, _basic(), "192.0.2.2").status_code == 200


@pytest.mark.parametrize("name", ["admin", "nobody"])
def test_guessing_at_the_password_grant_is_slowed_down(site: Site, name: str) -> None:
    """Known and unknown names are answered alike; guesses at one face count at the others."""
    form = {"grant_type": "password", "username": name, "password": "wrong"}
    assert {site.token(**form).status_code for _ in range(AT_ADDRESS)} == {400}

    refused = site.token(**{**form, "password": "admin"})

    assert (refused.status_code, refused.json["error"]) == (429, "temporarily_unavailable")
    assert refused.headers["Retry-After"] == "900"
    assert refused.headers["Cache-Control"] == "no-store"
    if name == "admin":
        assert _get(site, _basic(), "127.0.0.1").status_code == 429


@pytest.mark.parametrize("client", ["hr", "nobody"])
@pytest.mark.parametrize("way", ["basic", "post"])
def test_guessing_at_client_secrets_is_slowed_down(site: Site, client: str, way: str) -> None:
    """By whichever way the client authenticates, and at every endpoint."""
    client_id = site.client_id if client == "hr" else client

    def ask(secret: str, path: str = "/oauth2/token") -> Any:
        form = {"grant_type": "client_credentials", "token": "x"}
        auth = (client_id, secret) if way == "basic" else None
        if auth is None:
            form |= {"client_id": client_id, "client_secret": secret}
        return site.http.post(path, data=form, auth=auth, base_url="https://bridge.example")

    assert {ask("wrong%20").status_code for _ in range(AT_ADDRESS)} == {401}

    for path in ("/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"):
        assert ask(site.client_secret, path).status_code == 429


def test_another_spelling_of_a_client_is_no_way_around(site: Site) -> None:
    """RFC 6749 §2.3.1 has names form-encoded, and there are many ways to do that; they count together."""

    def ask(client_id: str, secret: str) -> int:
        form = {"grant_type": "client_credentials"}
        return site.http.post("/oauth2/token", data=form, auth=(client_id, secret)).status_code

    spellings = [
        f"{site.client_id[:at]}%{ord(site.client_id[at]):02x}{site.client_id[at + 1 :]}"
        for at in range(AT_ADDRESS)
    ]
    assert ask(spellings[0], site.client_secret) == 200
    assert {ask(spelling, "wrong") for spelling in spellings} == {401}

    assert ask(site.client_id, site.client_secret) == 429
