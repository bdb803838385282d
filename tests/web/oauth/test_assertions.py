"""Clients that prove themselves by their own key (RFC 7523), and tokens of other issuers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.access.key_sets import ASK_AGAIN_SECONDS
from app.web.oauth.clients import ASSERTION_TYPE
from tests.access.signing import NOW, Signer, unsigned

if TYPE_CHECKING:
    from tests.web.oauth.fakes import Site

PUBLIC = "https://bridge.example:9443"
TOKEN = f"{PUBLIC}/oauth2/token"
ISSUER = "https://issuer.example/"
JWKS = "https://issuer.example/jwks.json"
USERS = "internal_user_mgt_view"


@pytest.fixture
def signer(site: Site) -> Signer:
    """Give the client a key, and the service a name of its own."""
    signer = Signer()
    site.access.settings = replace(site.access.settings, public_url=PUBLIC + "/")
    _say(site, client_keys={"keys": [signer.jwk()]})
    return signer


def _say(site: Site, name: str = "hr", **keys: object) -> None:
    document = site.access.documents.get("Application", name)
    site.access.apply(replace(document, body={**document.body, **keys}, source=""))


def _claims(site: Site, **changed: object) -> dict[str, Any]:
    client = site.client_id
    return {"iss": client, "sub": client, "aud": TOKEN, "exp": NOW + 300, "jti": "1", **changed}


def _ask(site: Site, assertion: str, path: str = "/oauth2/token", **changed: str) -> Any:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        "token": "none",
        **changed,
    }
    return site.http.post(path, data=form, base_url=PUBLIC)


def test_an_assertion_works_once(site: Site, signer: Signer) -> None:
    """Whoever reads it along the way cannot use it again."""
    assertion = signer.sign(_claims(site))

    assert _ask(site, assertion).json["token_type"] == "Bearer"
    assert _ask(site, assertion).status_code == 401
    assert _ask(site, signer.sign(_claims(site, jti="2"))).status_code == 200


@pytest.mark.parametrize("path", ["/oauth2/introspect", "/oauth2/revoke"])
def test_it_works_at_all_endpoints(site: Site, signer: Signer, path: str) -> None:
    """Each endpoint may be named as the audience, and so may the issuer."""
    assert _ask(site, signer.sign(_claims(site, aud=PUBLIC + path)), path).status_code == 200
    assert _ask(site, signer.sign(_claims(site, aud=["x", PUBLIC], jti="2")), path).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"iss": "other"}, id="issuer"),
        pytest.param({"sub": "other"}, id="subject"),
        pytest.param({"sub": 7}, id="subject-no-text"),
        pytest.param({"aud": "https://other.example/oauth2/token"}, id="audience"),
        pytest.param({"aud": None}, id="no-audience"),
        pytest.param({"exp": NOW - 61}, id="over"),
        pytest.param({"exp": None}, id="no-end"),
        pytest.param({"exp": NOW + 3601}, id="too-long"),
        pytest.param({"exp": 10**400}, id="beyond-all-clocks"),
        pytest.param({"jti": None}, id="no-name"),
        pytest.param({"jti": "x" * 256}, id="long-name"),
        pytest.param({"jti": 1}, id="name-no-text"),
    ],
)
def test_assertions_that_say_something_else(site: Site, signer: Signer, changed: dict[str, object]) -> None:
    """All that RFC 7523 §3 asks for must be said."""
    answer = _ask(site, signer.sign(_claims(site, **changed)))

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_assertions_that_are_not_the_client_s(site: Site, signer: Signer) -> None:
    """Another's key, none, another client's name, another type, two ways at once."""
    good = signer.sign(_claims(site))

    assert _ask(site, Signer().sign(_claims(site))).status_code == 401
    assert _ask(site, unsigned(_claims(site))).status_code == 401
    assert _ask(site, "nonsense").status_code == 401
    assert _ask(site, good, client_id="other").status_code == 401
    assert _ask(site, good, client_assertion_type="other").status_code == 401
    assert _ask(site, good, client_secret="x").json["error"] == "invalid_request"
    assert _ask(site, good, client_id=site.client_id).status_code == 200


def test_without_a_name_of_our_own_nobody_is_taken_at_its_word(site: Site, signer: Signer) -> None:
    """The audience would be what the sender says in Host; neither is the way offered then."""
    assert "private_key_jwt" in _offered(site)

    site.access.settings = replace(site.access.settings, public_url=None)

    assert _ask(site, signer.sign(_claims(site))).status_code == 401
    assert "private_key_jwt" not in _offered(site)


def test_a_client_without_keys_has_no_assertions(site: Site, signer: Signer) -> None:
    """A key must stand in the application's document."""
    site.access.applications.create("other", author="ann")
    client_id = site.access.applications.get("other").client_id

    assert _ask(site, signer.sign(_claims(site, iss=client_id, sub=client_id))).status_code == 401


def test_keys_that_cannot_be_had(site: Site, signer: Signer) -> None:
    """That is our trouble and not the client's; it may come again."""
    _say(site, client_keys={"url": JWKS})
    answer = _ask(site, signer.sign(_claims(site)))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")

    site.access.served[JWKS] = signer.jwks()
    site.access.clock.advance(ASK_AGAIN_SECONDS)

    assert _ask(site, signer.sign(_claims(site))).status_code == 200


def _offered(site: Site) -> Any:
    found: Any = site.http.get("/.well-known/oauth-authorization-server", base_url=PUBLIC).json
    return found["token_endpoint_auth_methods_supported"]


@pytest.fixture
def issuer(site: Site) -> Signer:
    """Have the application take tokens of an issuer."""
    issuer = Signer()
    site.access.served[JWKS] = issuer.jwks()
    roles = {"claim": "roles", "values": {"Provisioner": "operator", "Auditor": [USERS]}}
    _say(site, token_issuers=[_issuer(claims={"azp": "entra"}, roles=roles)])
    return issuer


def _issuer(**keys: object) -> dict[str, object]:
    return {"issuer": ISSUER, "audience": "api://landbridge", "keys": {"url": JWKS}, **keys}


def _external(**changed: object) -> dict[str, Any]:
    return {
        "iss": ISSUER,
        "aud": ["api://landbridge", "other"],
        "sub": "the-service",
        "azp": "entra",
        "exp": NOW + 300,
        "roles": ["Provisioner"],
        **changed,
    }


def test_another_s_token_stands_for_its_subject(site: Site, issuer: Signer) -> None:
    """Through the application that takes it."""
    answer = site.get("/list", f"Bearer {issuer.sign(_external())}")

    assert answer.json == {"subject": "the-service", "application": "hr", "kind": "token"}


@pytest.mark.parametrize(
    ("changed", "statuses"),
    [
        pytest.param({}, (200, 200), id="role"),
        pytest.param({"roles": "Provisioner"}, (200, 200), id="role-as-text"),
        pytest.param({"roles": ["Auditor"], "scope": "internal_user_mgt_list"}, (200, 403), id="scope"),
        pytest.param({"roles": ["Auditor"]}, (403, 403), id="less"),
        pytest.param({"roles": ["Unknown"], "scope": "all openid"}, (403, 403), id="nothing"),
        pytest.param({"roles": 7, "scope": 7}, (403, 403), id="no-texts"),
    ],
)
def test_it_is_good_for_what_it_says(
    site: Site, issuer: Signer, changed: dict[str, object], statuses: tuple[int, int]
) -> None:
    """Our scopes count as they are, roles as the document says; nothing else opens anything."""
    token = f"Bearer {issuer.sign(_external(**changed))}"

    assert (site.get("/list", token).status_code, site.get("/delete", token).status_code) == statuses


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"iss": "https://other.example/"}, id="issuer"),
        pytest.param({"aud": "other"}, id="audience"),
        pytest.param({"azp": "other"}, id="claim"),
        pytest.param({"azp": None}, id="no-claim"),
        pytest.param({"exp": NOW - 61}, id="over"),
        pytest.param({"exp": None}, id="no-end"),
        pytest.param({"exp": 10**400}, id="beyond-all-clocks"),
        pytest.param({"nbf": NOW + 100}, id="not-yet"),
        pytest.param({"sub": None}, id="no-subject"),
    ],
)
def test_tokens_for_others(site: Site, issuer: Signer, changed: dict[str, object]) -> None:
    """Tokens that are not for us, or not now, are unknown."""
    assert site.get("/known", f"Bearer {issuer.sign(_external(**changed))}").status_code == 401


def test_forged_tokens(site: Site, issuer: Signer) -> None:
    """A signature must be the issuer's."""
    del issuer
    assert site.get("/known", f"Bearer {Signer().sign(_external())}").status_code == 401
    assert site.get("/known", f"Bearer {unsigned(_external())}").status_code == 401


def test_an_application_that_is_switched_off_takes_no_tokens(site: Site, issuer: Signer) -> None:
    """And one that has lost a scope passes less on."""
    token = f"Bearer {issuer.sign(_external())}"
    site.access.applications.set_apis("hr", {"SCIM2 Users API": [USERS]}, author="ann")
    assert site.get("/delete", token).status_code == 403

    site.access.applications.set_enabled("hr", enabled=False, author="ann")

    assert site.get("/known", token).status_code == 401


def test_a_token_that_two_would_take_is_taken_by_neither(site: Site, issuer: Signer) -> None:
    """Nobody could say whose rights and whose user store it has."""
    site.access.applications.create("other", author="ann")
    _say(site, "other", token_issuers=[_issuer()])

    assert site.get("/known", f"Bearer {issuer.sign(_external())}").status_code == 401
    assert site.get("/known", f"Bearer {issuer.sign(_external(azp='x'))}").status_code == 200


def test_an_issuer_that_cannot_be_asked(site: Site, issuer: Signer) -> None:
    """503 and not 401: a client shall try again, and not ask people for other credentials."""
    del site.access.served[JWKS]

    assert site.get("/known", f"Bearer {issuer.sign(_external())}").status_code == 503


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"client_keys": {}}, "one of url, file and keys"),
        ({"client_keys": {"url": "http://issuer.example/"}}, "URL"),
        ({"client_keys": {"file": "/keys.json", "ca_file": "/ca.pem"}}, "has no meaning without url"),
        ({"client_keys": {"keys": []}}, "no JSON Web Key Set"),
        ({"client_keys": {"keys": [{"kty": "RSA"}]}}, "no JSON Web Key Set"),
        ({"client_keys": {"keys": [Signer().key.as_dict(private=True)]}}, "holds a private key"),
        ({"token_issuers": [_issuer(keys={})]}, "one of url, file and keys"),
        ({"token_issuers": [_issuer(roles={"claim": "r", "values": {"x": "king"}})]}, "is a list of scopes"),
        (
            {"token_issuers": [_issuer(roles={"claim": "r", "values": {"x": ["openid"]}})]},
            "is a list of scopes",
        ),
        ({"client_certificates": [{}]}, "one of sha256 and subject"),
        ({"client_certificates": [{"sha256": "ab:cd"}]}, "64 hexadecimal"),
        ({"client_certificates": [{"subject": "nobody"}]}, "no name"),
        ({"client_certificates": [{"subject": ""}]}, "empty"),
    ],
)
def test_mistakes_in_the_document(site: Site, keys: dict[str, object], words: str) -> None:
    """What cannot be used is refused, with what is wrong."""
    document = site.access.documents.get("Application", "hr")

    problems = site.access.documents.problems([replace(document, body={**document.body, **keys})])

    assert words in " ".join(map(str, problems))
