"""The grants of the token endpoint.

Authlib checks the client, its grants and the parameters; these decide on scopes and make the tokens. None of them uses
Authlib's own way to answer, which writes tokens to its debug log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import (
    ClientCredentialsGrant,
    RefreshTokenGrant,
    ResourceOwnerPasswordCredentialsGrant,
)

from app.access.scopes import granted
from app.access.tokens import APPLICATION, Grant
from app.web.current import services
from app.web.oauth.clients import throttled

if TYPE_CHECKING:
    from app.access.application import Application
    from app.access.owners import Owner
    from app.access.tokens import Token

REFRESH = "refresh_token"


class Password(ResourceOwnerPasswordCredentialsGrant):  # type: ignore[misc]  # Authlib has no types
    """RFC 6749 §4.3: a resource owner's name and password."""

    def authenticate_user(self, username: str, password: str) -> Owner:
        """Return the owner; raise the one error for unknown names and wrong passwords."""
        application = self.request.client.application
        owner = throttled(
            "person", username, lambda: services().owners.authenticate(username, password, application)
        )
        if owner is None:
            raise InvalidGrantError("Authentication failed.")
        return owner

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Answer with an access token, and a refresh token where the application may use one."""
        application, owner = self.client.application, self.request.user
        scopes = _granted(self.request.payload.scope, application.scopes & owner.scopes)
        return 200, _issue(application, scopes, owner=owner), self.TOKEN_RESPONSE_HEADER


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]  # the same
    """RFC 6749 §4.4: the client for itself."""

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Answer with an access token."""
        application = self.client.application
        scopes = _granted(self.request.payload.scope, application.scopes)
        return 200, _issue(application, scopes), self.TOKEN_RESPONSE_HEADER


class Refresh(RefreshTokenGrant):  # type: ignore[misc]  # the same
    """RFC 6749 §6: a refresh token for a new pair. Each works once."""

    def validate_token_request(self) -> None:
        """Check the client and the refresh token."""
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("The client is not authorized to use refresh tokens.")
        text = self.request.form.get(REFRESH)
        if not text:
            raise InvalidRequestError("Missing refresh_token in request.")
        self.request.refresh_token = _active(text, client.application)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Answer with a new pair of tokens, for no more than the first pair was for."""
        token, application = self.request.refresh_token, self.client.application
        owner = services().owners.find(token.owner_kind, token.subject, application)
        if owner is None:
            raise _invalid()
        scopes = _granted(self.request.payload.scope, token.scopes & application.scopes & owner.scopes)
        if not services().tokens.consume(self.request.form[REFRESH]):
            raise _invalid()
        body = _issue(application, scopes, owner=owner, refreshed=token)
        return 200, body, self.TOKEN_RESPONSE_HEADER


def _granted(asked: str | None, allowed: frozenset[str]) -> frozenset[str]:
    """Drop what is not allowed; a token that is good for nothing is not issued."""
    scopes = granted(asked, allowed)
    if not scopes:
        raise InvalidScopeError("None of the scopes is allowed to this application and user.")
    return scopes


def _issue(
    application: Application,
    scopes: frozenset[str],
    *,
    owner: Owner | None = None,
    refreshed: Token | None = None,
) -> dict[str, Any]:
    may_refresh = owner is not None and REFRESH in application.grants
    grant = Grant(
        client_id=application.client_id or "",
        owner_kind=owner.kind if owner else APPLICATION,
        subject=owner.name if owner else application.name,
        scopes=scopes,
        access_seconds=application.access_token_seconds,
        refresh_seconds=application.refresh_token_seconds if may_refresh else None,
        # RFC 6749 §6: the new refresh token is for all that the old one was for, whatever was asked for this time.
        refresh_scopes=refreshed.scopes if refreshed else None,
        family=refreshed.family if refreshed else None,
    )
    issued = services().tokens.issue(grant)
    body = {"access_token": issued.access_token, "token_type": "Bearer", "expires_in": grant.access_seconds}
    body |= {REFRESH: issued.refresh_token} if issued.refresh_token else {}
    return body | {"scope": " ".join(sorted(scopes))}


def _active(text: str, application: Application) -> Token:
    """Return what a refresh token of this application stands for. One that was used before ends its family."""
    tokens = services().tokens
    found = tokens.find(text)
    if found is None or found.type != "refresh" or found.client_id != application.client_id:
        raise _invalid()
    if found.revoked is not None:
        tokens.revoke_family(found.family)
    if not found.is_active(services().clock()):
        raise _invalid()
    return found


def _invalid() -> InvalidGrantError:
    return InvalidGrantError("The refresh token is unknown, expired or used.")
