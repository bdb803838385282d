"""Asking a provider who somebody is: the authorization code flow of OpenID Connect, with PKCE, state and nonce.

``begin`` says where to send a browser, and what it has to bring back; ``finish`` makes of what it brings who it is.
Where a request came from, and what happens then, is left to the pages.

    SignInFailed
    ├── NotBegun           the answer is none to a question of this browser, or none that was asked of late
    ├── Denied             the provider says no
    ├── Unavailable        the provider cannot be asked
    ├── Untrusted          the provider's answer does not hold
    └── NotAdmitted        it is known who it is, and that opens nothing
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, Self

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from app.access.identity_provider import NoRole, UnusableName
from app.access.key_sets import InvalidJwt, KeySource, KeysUnavailable, check_times
from app.access.provider_metadata import Metadata, read_metadata, url_of
from app.store.references import Reference, UnresolvedReference

if TYPE_CHECKING:
    from joserfc.jwt import Token

    from app.access.administrators import Administrator
    from app.access.fetching import Answer
    from app.access.identity_provider import IdentityProvider
    from app.access.key_sets import Fetch, KeySets
    from app.access.single_use import SingleUse

PATIENCE = timedelta(minutes=10)
"""How long somebody may take at the provider."""
KEEP = timedelta(minutes=10)
"""How long a provider's metadata hold."""
LEEWAY_SECONDS = 60
SUBJECT_LENGTH = 255
_REFUSING = frozenset({"access_denied", "login_required", "consent_required", "interaction_required"})


class SignInFailed(Exception):
    """Nobody is signed in. The message is for the log, and holds no secret."""


class NotBegun(SignInFailed):
    """The answer is none to a question of this browser, or the question is too old, or was answered before."""


class Denied(SignInFailed):
    """The provider has refused, or the person has turned back there."""


class Unavailable(SignInFailed):
    """The provider cannot be asked: it does not answer, or not as it should, or does not know us."""


class Untrusted(SignInFailed):
    """What the provider, or somebody in its name, said does not hold."""


class NotAdmitted(SignInFailed):
    """The person is known, but may not come in."""


class Post(Protocol):
    """Sends a form to a URL, trusting the authorities in a file where one is named; raises KeysUnavailable."""

    def __call__(self, url: str, body: str, *, headers: Mapping[str, str], ca_file: str | None) -> Answer:
        """Send it."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """What a browser has to know when it comes back. It is kept by the browser itself, where nobody can change it."""

    provider: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    at: int

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        return cls(**kept)

    def to_json(self) -> dict[str, Any]:
        """Return it as a cookie keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the world a sign-in needs."""

    fetch: Fetch
    post: Post
    resolve: Callable[[str | Reference], str]
    clock: Callable[[], datetime]
    random_text: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Person:
    """Who came: as whom it is known here, and what its provider calls it for ever."""

    administrator: Administrator
    subject: str


class OpenId:
    """Speaks with all providers."""

    def __init__(self, key_sets: KeySets, used: SingleUse, surroundings: Surroundings) -> None:
        self._key_sets = key_sets
        self._used = used
        self._world = surroundings
        self._kept: dict[tuple[str, str | None], tuple[datetime, Metadata]] = {}

    def begin(self, provider: IdentityProvider, redirect_uri: str) -> tuple[str, Begun]:
        """Return where to send a browser, and what it must bring back; raise Unavailable."""
        metadata, text = self._metadata(provider), self._world.random_text
        begun = Begun(provider.name, text(), text(), text() + text(), redirect_uri, self._now())
        url = prepare_grant_uri(
            metadata.authorization_endpoint,
            provider.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=list(provider.scopes),
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return str(url), begun

    def finish(self, provider: IdentityProvider, begun: Begun | None, *, answer: Mapping[str, str]) -> Person:
        """Return who came back with an answer; raise SignInFailed. No answer counts twice."""
        asked = self._question(provider, begun, state=answer.get("state", ""))
        metadata = self._metadata(provider)
        code = _code(answer, metadata)
        tokens = self._redeem(provider, metadata, code=code, asked=asked)
        claims = self._verified(provider, metadata, tokens=tokens, nonce=asked.nonce)
        return _admitted(provider, claims)

    def end_url(self, provider: IdentityProvider) -> str:
        """Return where somebody signs out at a provider; empty where it offers that to nobody, or does not answer.

        It is told which client asks and nothing else, so that no token has to be kept for it: it asks the person.
        """
        try:
            endpoint = self._metadata(provider).end_session_endpoint
        except Unavailable:
            return ""
        return add_params_to_uri(endpoint, [("client_id", provider.client_id)]) if endpoint else ""

    def _question(self, provider: IdentityProvider, begun: Begun | None, *, state: str) -> Begun:
        """Return the question that is answered, and use it up."""
        if begun is None or begun.provider != provider.name:
            raise NotBegun("this browser has asked nothing")
        if not hmac.compare_digest(begun.state.encode(), state.encode(errors="backslashreplace")):
            raise NotBegun("the state is that of another question")
        until = datetime.fromtimestamp(begun.at, UTC) + PATIENCE
        if self._world.clock() >= until:
            raise NotBegun("the question is too old")
        if not self._used.use(f"state\0{state}", until):
            raise NotBegun("the question has been answered before")
        return begun

    def _metadata(self, provider: IdentityProvider) -> Metadata:
        """Return what the provider says of itself, as it was a while ago at most."""
        key, now = (provider.issuer, provider.ca_file), self._world.clock()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < KEEP:
            return kept[1]
        try:
            content = self._world.fetch(url_of(provider.issuer), provider.ca_file)
            metadata = read_metadata(content, issuer=provider.issuer)
        except (KeysUnavailable, ValueError) as error:
            raise Unavailable(f"discovery: {error}") from error
        self._kept[key] = now, metadata
        return metadata

    def _redeem(
        self, provider: IdentityProvider, metadata: Metadata, *, code: str, asked: Begun
    ) -> Mapping[str, Any]:
        """Give the code for tokens."""
        body = prepare_token_request(
            "authorization_code", redirect_uri=asked.redirect_uri, code=code, code_verifier=asked.verifier
        )
        secret = self._secret(provider)
        auth = ClientAuth(provider.client_id, secret, metadata.auth_method if secret else "none")
        _, headers, body = auth.prepare("POST", metadata.token_endpoint, {}, body)
        try:
            answer = self._world.post(
                metadata.token_endpoint, body, headers=headers, ca_file=provider.ca_file
            )
        except KeysUnavailable as error:
            raise Unavailable(f"token endpoint: {error}") from error
        return _tokens(answer)

    def _secret(self, provider: IdentityProvider) -> str | None:
        if provider.client_secret is None:
            return None
        try:
            return self._world.resolve(provider.client_secret)
        except UnresolvedReference as error:
            raise Unavailable(f"client_secret: {error}") from error

    def _verified(
        self, provider: IdentityProvider, metadata: Metadata, *, tokens: Mapping[str, Any], nonce: str
    ) -> Mapping[str, Any]:
        """Return what an ID token says, having checked all of OpenID Connect Core §3.1.3.7."""
        source = KeySource(url=metadata.jwks_uri, ca_file=provider.ca_file)
        try:
            token = self._key_sets.verified(tokens["id_token"], source)
            check_times(token.claims, now=self._now(), leeway=LEEWAY_SECONDS)
            given = {"nonce": nonce, "access_token": tokens.get("access_token")}
            _expected(provider, token, given).validate(self._now(), LEEWAY_SECONDS)
        except KeysUnavailable as error:
            raise Unavailable(f"keys: {error}") from error
        except (InvalidJwt, JoseError, TypeError, ValueError) as error:
            raise Untrusted(f"ID token: {error}") from error
        return token.claims

    def _now(self) -> int:
        return int(self._world.clock().timestamp())


def _code(answer: Mapping[str, str], metadata: Metadata) -> str:
    # RFC 9207 §2.4: the answer of another issuer is not looked at.
    named = answer.get("iss")
    if named != metadata.issuer and (named is not None or metadata.names_itself):
        raise Untrusted("the answer names another issuer, or none")
    error, code = answer.get("error"), answer.get("code")
    if error in _REFUSING:
        raise Denied(str(error))
    if error is not None or not code:
        raise Unavailable(f"the provider answered {_word(error)} in the place of a code")
    return code


def _tokens(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unavailable(f"token endpoint: the answer {answer.status} is no JSON object")
    if not answer.is_good:
        raise Unavailable(f"token endpoint: {answer.status} {_word(found.get('error'))}")
    if not isinstance(found.get("id_token"), str):
        raise Untrusted("the answer holds no ID token")
    return found


def _expected(provider: IdentityProvider, token: Token, given: Mapping[str, Any]) -> CodeIDToken:
    """Return an ID token with what its claims must be."""
    must_be = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
        "sub": {"essential": True, "allow_blank": False},
    }
    return CodeIDToken(token.claims, token.header, must_be, {**given, "client_id": provider.client_id})


def _admitted(provider: IdentityProvider, claims: Mapping[str, Any]) -> Person:
    # OpenID Connect Core §2: a subject has at most 255 ASCII characters.
    if len(claims["sub"]) > SUBJECT_LENGTH or not claims["sub"].isprintable():
        raise Untrusted("ID token: the subject is none")
    try:
        return Person(provider.person(claims), claims["sub"])
    except (NoRole, UnusableName) as error:
        raise NotAdmitted(f"{claims['sub']}: {error}") from error


def _word(code: object) -> str:
    """Return an error code, if that is what it is: anybody may have written it."""
    is_code = isinstance(code, str) and code.isascii() and code.replace("_", "").isalnum()
    return str(code)[:60] if is_code else "something else"
