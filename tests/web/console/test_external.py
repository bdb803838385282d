"""Signing in by an OpenID provider, on loopback and over TLS."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app import create_app
from app.access.openid import PATIENCE
from app.store.document import Document
from app.store.documents import InvalidDocuments
from app.testing.tls import issue
from app.web.console.sessions import IDLE, LONGEST
from tests.access.signing import NOW, Signer, unsigned, with_shared_secret
from tests.web.console.fakes import HOST, Console, open_console
from tests.web.console.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, serve
from tests.web.console.openid_steps import ANSWER, BEGIN, DEFAULTS, away, is_in, sign_in, trust

DAY = 86_400
STALE = "This sign-in was not begun in this browser"
UNTRUSTED = "The answer of Our Keycloak could not be verified"
UNAVAILABLE = "Our Keycloak cannot be asked at present."


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """Serve a provider."""
    made = Provider(HOST + ANSWER)
    stop = serve(made, tmp_path_factory.mktemp("provider"))
    yield made
    stop()


@pytest.fixture(scope="module")
def opened(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open one service for all that come here."""
    console = open_console(shutil.copytree(shipped, tmp_path_factory.mktemp("opened") / "data"))
    yield console
    console.close()


@pytest.fixture
def stranger(opened: Console) -> Iterator[Console]:
    """Open a new browser; the time is as before when it is closed."""
    noon = opened.clock.now
    yield opened.browser()
    opened.clock.now = noon


@pytest.fixture
def provider(served: Provider, stranger: Console) -> Provider:
    """Have the console trust it."""
    served.reset()
    trust(stranger, served, client_secret={"file": served.secret_file}, **DEFAULTS)
    return served


def test_there_and_back(stranger: Console, provider: Provider) -> None:
    """The button of the login page leads to the provider and from there to the page that was wanted."""
    page = stranger.text("/console/login?next=/console/users?q%3Ddoe")

    answer = sign_in(stranger, provider, wanted="/console/users?q=doe")

    assert f'href="{BEGIN}?next=/console/users?q%3Ddoe">Sign in with Our Keycloak</a>' in page
    assert answer.location == "/console/users?q=doe"
    assert 'keycloak:jo@example.org <span class="muted">administrator</span>' in stranger.text("/console")


def test_what_is_asked(stranger: Console, provider: Provider) -> None:
    """A code, by PKCE with S256, with state and nonce that are new each time; nothing secret is in the address."""
    first, second = (parse_qs(urlsplit(stranger.browser().get(BEGIN).location).query) for _ in range(2))

    assert first["response_type"] == ["code"]
    assert first["redirect_uri"] == [provider.redirect_uri]
    assert first["scope"] == ["openid profile"]
    assert first["code_challenge_method"] == ["S256"]
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))
    assert CLIENT_SECRET not in str(first)


def test_who_came_is_recorded(stranger: Console, provider: Provider) -> None:
    """With the provider, the name that it gives, and the issuer and subject that never change."""
    sign_in(stranger, provider)

    entry = stranger.services.audit.page(limit=1)[0]
    assert (entry.actor, entry.action, entry.resource_type) == ("keycloak:jo@example.org", "start", "Session")
    assert entry.detail == f"subject 4711 of {provider.issuer}"


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        pytest.param(["staff"], "viewer", id="viewer"),
        pytest.param(["/bridge/desk", "else"], "operator", id="operator"),
        pytest.param(["staff", "/bridge/admins", "/bridge/desk"], "administrator", id="the highest"),
        pytest.param("staff", "viewer", id="a text"),
    ],
)
def test_roles(stranger: Console, provider: Provider, groups: object, role: str) -> None:
    """The values of the claim that the document names say what somebody may do."""
    provider.person["groups"] = groups

    sign_in(stranger, provider)

    assert f'<span class="muted">{role}</span>' in stranger.text("/console")
    assert stranger.get("/console/new-application").status_code == (200 if role == "administrator" else 403)


def test_roles_within_objects(stranger: Console, provider: Provider) -> None:
    """A claim may be within others, as Keycloak's realm roles are; a name with a dot is one name."""
    values = {"admin": "administrator"}
    trust(stranger, provider, roles={"claim": ["realm_access", "roles"], "values": values})
    for claims, status in (({"roles": ["admin"]}, 302), (["admin"], 403), (None, 403)):
        provider.person["realm_access"] = claims
        assert sign_in(stranger.browser(), provider).status_code == status

    trust(stranger, provider, roles={"claim": "realm_access.roles", "values": values})
    provider.person |= {"realm_access": {"roles": ["admin"]}, "realm_access.roles": None}
    assert sign_in(stranger.browser(), provider).status_code == 403


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param(None, id="none"),
        pytest.param([], id="empty"),
        pytest.param(["guests", 7, None], id="others"),
        pytest.param(["Staff"], id="another case"),
        pytest.param("staff /bridge/admins", id="a text with blanks"),
        pytest.param({"staff": True}, id="an object"),
    ],
)
def test_nobody_comes_in_without_a_role(stranger: Console, provider: Provider, groups: object) -> None:
    """Whoever the provider knows, and no role is for, is told so and is not in."""
    provider.person["groups"] = groups

    answer = sign_in(stranger, provider)

    assert answer.status_code == 403
    assert "none of your roles there opens Landbridge" in answer.text
    assert not is_in(stranger)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nonce": "another"}, id="another nonce"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"aud": "another"}, id="another audience"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"aud": [CLIENT_ID, "another"]}, id="several audiences, for nobody"),
        pytest.param({"azp": "another"}, id="for another"),
        pytest.param({"iss": "https://evil.example/realm"}, id="another issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"exp": NOW - 61}, id="expired"),
        pytest.param({"exp": None}, id="without end"),
        pytest.param({"exp": "tomorrow"}, id="an end that is none"),
        pytest.param({"iat": NOW + 3600}, id="of the future"),
        pytest.param({"nbf": NOW + 3600}, id="not yet"),
        pytest.param({"sub": None}, id="nobody"),
        pytest.param({"sub": ""}, id="no name"),
        pytest.param({"sub": 4711}, id="a number"),
        pytest.param({"sub": "a\nb"}, id="two lines"),
        pytest.param({"at_hash": "AAAA"}, id="with another access token"),
    ],
)
def test_tokens_that_do_not_hold(stranger: Console, provider: Provider, claims: dict[str, Any]) -> None:
    """What is signed rightly and says something else signs nobody in."""
    provider.claims = claims

    answer = sign_in(stranger, provider)

    assert answer.status_code == 403
    assert UNTRUSTED in answer.text
    assert not is_in(stranger)


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(unsigned, id="alg none"),
        pytest.param(lambda claims: with_shared_secret(claims, CLIENT_SECRET.encode()), id="the secret"),
        pytest.param(lambda claims: Signer().sign(claims), id="another key of that name"),
        pytest.param(lambda claims: Signer("two").sign(claims), id="an unknown key"),
        pytest.param(lambda _claims: "a.b.c", id="no token"),
        pytest.param(lambda _claims: "", id="nothing"),
    ],
)
def test_tokens_that_nobody_signed(
    stranger: Console, provider: Provider, sign: Callable[[dict[str, Any]], str]
) -> None:
    """Only a published key of the issuer counts, and only with an algorithm for public keys."""
    provider.sign = sign

    answer = sign_in(stranger, provider)

    assert (answer.status_code, UNTRUSTED in answer.text) == (403, True)
    assert not is_in(stranger)


def test_an_answer_counts_once(stranger: Console, provider: Provider) -> None:
    """Neither the address nor the cookie of before opens anything again."""
    back = away(stranger, provider)
    cookie = stranger.http.get_cookie("landbridge", domain="bridge.example")
    assert cookie
    assert stranger.get(back).location == "/console"
    stranger.post("/console/logout")

    again = stranger.get(back)
    stranger.http.set_cookie("landbridge", cookie.value, domain="bridge.example", secure=True)
    with_the_cookie = stranger.get(back)

    for answer in (again, with_the_cookie):
        assert (answer.status_code, STALE in answer.text) == (400, True)
    assert not is_in(stranger)


def test_an_answer_is_for_the_browser_that_asked(stranger: Console, provider: Provider) -> None:
    """Nobody is signed in as somebody else by a link, be it before or after a question of one's own."""
    attackers = away(stranger.browser(), provider)
    own = away(stranger, provider)

    answer = stranger.get(attackers)

    assert (answer.status_code, STALE in answer.text) == (400, True)
    assert stranger.browser().get(own).status_code == 400
    assert not is_in(stranger)


def test_an_answer_may_not_take_for_ever(stranger: Console, provider: Provider) -> None:
    """After ten minutes one begins again."""
    back = away(stranger, provider)

    stranger.clock.advance(PATIENCE.total_seconds())

    assert STALE in stranger.get(back).text


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        pytest.param("&iss=https://evil.example", 403, UNTRUSTED, id="of another issuer"),
        pytest.param("&error=access_denied", 403, "did not let you in", id="refused"),
        pytest.param("&error=server_error", 503, UNAVAILABLE, id="failed"),
        pytest.param("&error=<b>call+1-800</b>", 503, UNAVAILABLE, id="not a code"),
    ],
)
def test_answers_without_a_code(
    stranger: Console, provider: Provider, more: str, status: int, said: str
) -> None:
    """The page says what happened in our words, and nothing of what stands in the address."""
    state = parse_qs(urlsplit(away(stranger, provider)).query)["state"][0]

    answer = stranger.get(f"{ANSWER}?state={state}{more}&error_description=Call+us")

    assert (answer.status_code, said in answer.text) == (status, True)
    assert "800" not in answer.text
    assert "Call us" not in answer.text
    assert not is_in(stranger)


def test_turning_back_at_the_provider(stranger: Console, provider: Provider) -> None:
    """Whoever is refused there may try again here, and arrive where it was wanted."""
    provider.denies = True
    refused = sign_in(stranger, provider, wanted="/console/users")

    provider.denies = False

    assert "Our Keycloak did not let you in" in refused.text
    assert f'{BEGIN}?next=/console/users"' in refused.text
    assert sign_in(stranger, provider).location == "/console"


def test_the_provider_must_know_the_secret(stranger: Console, provider: Provider) -> None:
    """A wrong one is told as a failure of the service, and is on no page."""
    provider.secret = "another"

    answer = sign_in(stranger, provider)

    assert (answer.status_code, UNAVAILABLE in answer.text) == (503, True)
    assert CLIENT_SECRET not in answer.text


def test_a_secret_that_is_not_there(stranger: Console, provider: Provider) -> None:
    """The same holds where the reference leads nowhere."""
    trust(stranger, provider, client_secret={"env": "NOWHERE"})

    assert UNAVAILABLE in sign_in(stranger, provider).text


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"issuer": "https://evil.example"}, id="another issuer's"),
        pytest.param({"token_endpoint": "http://127.0.0.1/token"}, id="without TLS"),
        pytest.param({"jwks_uri": None}, id="without keys"),
        pytest.param({"end_session_endpoint": "javascript:alert(1)"}, id="a script to sign out"),
        pytest.param({"authorization_endpoint": "javascript:alert(1)"}, id="a script"),
    ],
)
def test_metadata_that_are_not_to_be_trusted(
    stranger: Console, provider: Provider, metadata: dict[str, Any]
) -> None:
    """Nobody is sent anywhere by them."""
    provider.metadata = metadata
    stranger.clock.advance(DAY)

    answer = stranger.get(BEGIN)

    assert (answer.status_code, UNAVAILABLE in answer.text) == (503, True)


def test_a_certificate_that_nobody_vouches_for(stranger: Console, provider: Provider, tmp_path: Path) -> None:
    """A provider is asked over verified TLS or not at all."""
    issue(tmp_path / "other")
    trust(stranger, provider, ca_file=str(tmp_path / "other" / "ca.crt"))

    assert stranger.get(BEGIN).status_code == 503


@pytest.mark.parametrize("wanted", ["https://evil.example/console/", "//evil.example", "/\\evil.example"])
def test_it_leads_nowhere_else(stranger: Console, provider: Provider, wanted: str) -> None:
    """What is not a page of the console becomes Home."""
    assert sign_in(stranger, provider, wanted=wanted).location == "/console"


def test_nothing_of_the_session_before_is_kept(stranger: Console, provider: Provider) -> None:
    """A cookie that somebody planted opens nothing after, and its form token neither."""
    before = stranger.token()
    planted = stranger.http.get_cookie("landbridge", domain="bridge.example")
    assert planted

    sign_in(stranger, provider)
    attacker = stranger.browser()
    attacker.http.set_cookie("landbridge", planted.value, domain="bridge.example", secure=True)

    assert is_in(stranger)
    assert not is_in(attacker)
    assert stranger.send("/console/logout", {"csrf_token": before}).status_code == 400


def test_signing_out(stranger: Console, provider: Provider) -> None:
    """The session ends here; that the provider's own goes on is said."""
    sign_in(stranger, provider)

    stranger.post("/console/logout")

    page = stranger.text("/console/login")
    assert "Our Keycloak may still know you." in page
    assert "Sign out there" not in page
    assert not is_in(stranger)


def test_signing_out_at_the_provider(stranger: Console, provider: Provider) -> None:
    """Where it publishes how, a link leads there, and carries nothing but who asks."""
    provider.metadata = {"end_session_endpoint": f"{provider.issuer}/logout?a=1"}
    stranger.services.openid._kept.clear()  # noqa: SLF001 - as after a while
    sign_in(stranger, provider)
    stranger.services.openid._kept.clear()  # noqa: SLF001 - the next test's provider says something else

    stranger.post("/console/logout")

    url = f"{provider.issuer}/logout?a=1&amp;client_id={CLIENT_ID}"
    assert f'<a href="{url}">Sign out there, too</a>' in stranger.text("/console/login")
    assert not is_in(stranger)


@pytest.mark.parametrize("seconds", [IDLE.total_seconds() + 1, LONGEST.total_seconds()])
def test_a_session_ends_by_itself(stranger: Console, provider: Provider, seconds: float) -> None:
    """As all others do."""
    sign_in(stranger, provider)

    stranger.clock.advance(seconds)

    assert not is_in(stranger)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"enabled": False}, id="disabled"),
        pytest.param({"roles": {"claim": "groups", "values": {"else": "viewer"}}}, id="other roles"),
    ],
)
def test_another_document_ends_its_sessions(
    stranger: Console, provider: Provider, change: dict[str, Any]
) -> None:
    """Who came in by a document that is not in force any more signs in again, at once."""
    sign_in(stranger, provider)

    trust(stranger, provider, **change)

    assert not is_in(stranger)


def test_a_provider_that_is_gone(stranger: Console, provider: Provider) -> None:
    """Its people are out, and its address is none."""
    sign_in(stranger, provider)

    stranger.services.documents.delete("IdentityProvider", "keycloak", author="test")

    assert not is_in(stranger)
    assert stranger.get(BEGIN).status_code == 404


def test_the_ways_are_shown(stranger: Console, provider: Provider) -> None:
    """With the address that the provider has to know, and the document; a disabled one is there too."""
    trust(stranger, provider, enabled=False)
    stranger.sign_in()

    page = stranger.text("/console/sign-in")

    assert f"<code>{provider.redirect_uri}</code>" in page
    assert 'href="/console/documents/IdentityProvider/keycloak"' in page
    assert "Disabled" in page
    assert stranger.get("/console/documents/IdentityProvider/keycloak").status_code == 200


def test_a_name_of_our_own_is_another(stranger: Console, provider: Provider) -> None:
    """Whoever calls itself admin there is not our admin, and changes no password here."""
    provider.person["preferred_username"] = "admin"
    sign_in(stranger, provider)

    page = stranger.text("/console/password")
    answer = stranger.post("/console/password", current="admin", new="mine", again="mine")

    assert "keycloak:admin" in page
    assert "Your password is kept there" in page
    assert answer.status_code == 422
    assert stranger.services.administrators.authenticate("admin", "admin")


def test_a_person_without_a_name(stranger: Console, provider: Provider) -> None:
    """A claim that names nobody admits nobody."""
    provider.person["preferred_username"] = None

    assert sign_in(stranger, provider).status_code == 403


def test_passwords_still_open_the_console(stranger: Console, provider: Provider) -> None:
    """The provider may be away; whoever has a password of ours is let in."""
    provider.metadata = {"issuer": None}
    stranger.clock.advance(DAY)

    assert 'name="password"' in stranger.get(BEGIN).text
    assert stranger.sign_in().location == "/console"


def test_passwords_can_be_turned_off(stranger: Console, provider: Provider) -> None:
    """By a setting: the page has no form then, and a form that is sent all the same is refused."""
    settings = replace(stranger.services.settings, password_login=False)
    app = create_app(replace(stranger.services, settings=settings))
    console = replace(stranger, app=app, http=app.test_client())
    token = stranger.token()
    cookie = stranger.http.get_cookie("landbridge", domain="bridge.example")
    assert cookie
    console.http.set_cookie("landbridge", cookie.value, domain="bridge.example", secure=True)

    page = console.text("/console/login")
    answer = console.send("/console/login", {"name": "admin", "password": "admin", "csrf_token": token})

    assert "Sign in with Our Keycloak" in page
    assert 'name="password"' not in page
    assert (answer.status_code, is_in(console)) == (403, False)
    assert sign_in(console, provider).location == "/console"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"issuer": "http://localhost/"}, "issuer", id="without TLS"),
        pytest.param({"client_secret": "plain"}, "does not stand here in plain", id="secret"),
        pytest.param({"scopes": ["profile"]}, "lacks openid", id="scopes"),
        pytest.param({"roles": {"claim": "groups", "values": {"a": "root"}}}, "roles.values.a", id="role"),
        pytest.param({"roles": {"claim": "groups", "values": {}}}, "roles.values", id="no role"),
        pytest.param({"roles": {"claim": [], "values": {"a": "viewer"}}}, "roles.claim", id="no claim"),
        pytest.param({"roles": {"claim": ["a", 1], "values": {"a": "viewer"}}}, "roles.claim", id="a number"),
        pytest.param({"secret": "x"}, "secret", id="unknown"),
    ],
)
def test_documents_that_are_refused(
    stranger: Console, provider: Provider, change: dict[str, Any], said: str
) -> None:
    """A bad document is refused whole, by its key, and the one in force stays."""
    with pytest.raises(InvalidDocuments, match=said):
        trust(stranger, provider, **change)

    assert sign_in(stranger, provider).location == "/console"


@pytest.mark.usefixtures("provider")
def test_two_documents_for_one_issuer(stranger: Console) -> None:
    """Each issuer is one provider, so that nobody has two names."""
    body = stranger.services.documents.get("IdentityProvider", "keycloak").body

    with pytest.raises(InvalidDocuments, match="is that of keycloak already"):
        stranger.services.documents.apply([Document("IdentityProvider", "other", body)], author="test")
