"""Applications as Authlib sees clients, and how they authenticate (RFC 6749 §2.3.1).

Authlib's own ways tell unknown clients from wrong secrets and fail on text that is not UTF-8; these do neither.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Error, UnauthorizedClientError

from app.access.assertions import client_id_of
from app.access.certificates import is_among
from app.access.key_sets import KeysUnavailable
from app.access.throttle import Attempt, TooManyAttempts, Who
from app.web.addresses import remote_address
from app.web.certificates import client_certificate
from app.web.current import services

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from authlib.oauth2.rfc6749 import OAuth2Request

    from app.access.application import Application

Found = TypeVar("Found")
METHODS = ["client_secret_basic", "client_secret_post"]
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN = "/oauth2/token"  # noqa: S105 - a path
REVOKE = "/oauth2/revoke"
INTROSPECT = "/oauth2/introspect"
PATHS = (TOKEN, REVOKE, INTROSPECT)
CHALLENGE = 'Basic realm="Landbridge"'


@dataclass(frozen=True, slots=True)
class Client:
    """An application that has authenticated."""

    application: Application

    def check_grant_type(self, grant_type: str) -> bool:
        """Say whether the application may use a grant."""
        return grant_type in self.application.grants

    def check_endpoint_auth_method(self, _method: str, _endpoint: str) -> bool:
        """Say that a client may authenticate in any of our ways."""
        return True


class InvalidClient(InvalidClientError):  # type: ignore[misc]  # Authlib has no types
    """Client authentication failed; why is not said."""

    status_code = 401
    description = "Client authentication failed."

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super(InvalidClientError, self).get_headers(), ("WWW-Authenticate", CHALLENGE)]


class SlowDown(OAuth2Error):  # type: ignore[misc]  # the same
    """Too many attempts have failed. RFC 6749 §5.2 has no word for it; this is what §4.1.2.1 has."""

    error = "temporarily_unavailable"
    status_code = 429

    def __init__(self, refusal: TooManyAttempts) -> None:
        super().__init__("Too many attempts have failed; try again later.")
        self._seconds = refusal.retry_after_seconds

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("Retry-After", str(self._seconds))]


class Unavailable(OAuth2Error):  # type: ignore[misc]  # the same
    """The client's keys cannot be had, so nobody can say whether it is the client."""

    error = "temporarily_unavailable"
    description = "The client's keys cannot be had at present."
    status_code = 503

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("Retry-After", "60")]


def throttled(who: Who, name: str, verify: Callable[[], Found | None]) -> Found | None:
    """Try credentials; raise SlowDown where too many have been wrong."""
    try:
        return services().throttle.attempt(Attempt(who, name, remote_address()), verify)
    except TooManyAttempts as error:
        raise SlowDown(error) from error


def admitted(client: Client) -> Client:
    """Return a client that may call from where it does; raise UnauthorizedClientError."""
    if not client.application.admission.admits(remote_address()):
        raise UnauthorizedClientError("The client may not be used from this address.")
    return client


def find_client(client_id: str) -> Client | None:
    """Return the enabled application with that client id."""
    application = services().applications.by_client_id(client_id)
    return Client(application) if application and application.enabled else None


def by_basic(query: Callable[[str], Client | None], request: OAuth2Request) -> Client | None:
    """Authenticate by the Authorization header."""
    credentials = _basic_credentials(request.headers)
    if credentials is None:
        return None
    # RFC 6749 §2.3.1: both are form-encoded first. Many clients do not; ours need no encoding, others' may.
    encoded = tuple(unquote_plus(text) for text in credentials)
    spellings = dict.fromkeys((credentials, encoded))
    return throttled(
        "client",
        # Every spelling of a name counts for the one name that it may come to.
        encoded[0],
        lambda: next(filter(None, (_verified(query, *spelling) for spelling in spellings)), None),
    )


def by_post(query: Callable[[str], Client | None], request: OAuth2Request) -> Client | None:
    """Authenticate by parameters in the body."""
    client_id, secret = request.form.get("client_id"), request.form.get("client_secret")
    if not client_id or not secret:
        return None
    return throttled("client", client_id, lambda: _verified(query, client_id, secret))


def by_assertion(query: Callable[[str], Client | None], request: OAuth2Request) -> Client | None:
    """Authenticate by an assertion that the client has signed (RFC 7523 §2.2)."""
    assertion = request.form.get("client_assertion")
    if request.form.get("client_assertion_type") != ASSERTION_TYPE or not assertion:
        return None
    client_id = client_id_of(assertion)
    if (request.form.get("client_id") or client_id) != client_id:
        return None
    return throttled("client", client_id, lambda: _asserted(query(client_id), assertion))


def by_certificate(query: Callable[[str], Client | None], request: OAuth2Request) -> Client | None:
    """Authenticate by the connection's certificate (RFC 8705 §2)."""
    client_id, certificate = request.form.get("client_id"), client_certificate()
    client = query(client_id) if client_id and certificate else None
    is_its = client and certificate and is_among(certificate, client.application.client_certificates)
    return client if is_its else None


def methods() -> list[str]:
    """Name the ways in which clients may authenticate here.

    An assertion names whom it is for, and what we are called is known from the settings only: a request's own word
    for it could be anybody's.
    """
    settings = services().settings
    return [
        *METHODS,
        *(["private_key_jwt"] if settings.public_url else []),
        *(["tls_client_auth"] if settings.client_ca else []),
    ]


def _asserted(client: Client | None, assertion: str) -> Client | None:
    issuer = (services().settings.public_url or "").rstrip("/")
    if client is None or not issuer:
        return None
    audience = frozenset({issuer, f"{issuer}/", *(issuer + path for path in PATHS)})
    try:
        is_good = services().assertions.is_good(assertion, client.application, audience=audience)
    except KeysUnavailable as error:
        raise Unavailable from error
    return client if is_good else None


def _verified(query: Callable[[str], Client | None], client_id: str, secret: str) -> Client | None:
    """Check the secret; without a client take as long."""
    client = query(client_id)
    is_right = services().applications.verify_client_secret(client.application if client else None, secret)
    return client if is_right else None


def _basic_credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (client_id, secret) if colon and secret else None
