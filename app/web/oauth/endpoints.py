"""Revocation and introspection of tokens, each by the client that they were issued to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from app.access.tokens import APPLICATION
from app.web.current import services

if TYPE_CHECKING:
    from authlib.oauth2.rfc6749 import OAuth2Request

    from app.access.tokens import Token
    from app.web.oauth.clients import Client

TOKEN_TYPES = {"access": "Bearer", "refresh": "refresh_token"}


class Revocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib has no types
    """RFC 7009. A token that is unknown, or another client's, is answered like one that was revoked."""

    def create_endpoint_response(self, request: OAuth2Request) -> tuple[int, str, list[tuple[str, str]]]:
        """Revoke the token, if it is the client's."""
        client = self.authenticate_endpoint_client(request)
        text = _token_text(request)
        if _own_token(text, client):
            services().tokens.revoke(text)
        return 200, "", default_json_headers


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]  # the same
    """RFC 7662. A client sees its own tokens only."""

    def create_endpoint_response(
        self, request: OAuth2Request
    ) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Describe the token, if it is the client's."""
        client = self.authenticate_endpoint_client(request)
        token = _own_token(_token_text(request), client)
        return 200, _describe(token) if token else {"active": False}, default_json_headers


def _token_text(request: OAuth2Request) -> str:
    text = request.form.get("token")
    if not text:
        raise InvalidRequestError("Missing token in request.")
    return str(text)


def _own_token(text: str, client: Client) -> Token | None:
    token = services().tokens.find(text)
    return token if token and token.client_id == client.application.client_id else None


def _describe(token: Token) -> dict[str, Any]:
    """Describe a token as it holds now: what has been switched off or lost since is not in it."""
    caller = services().callers.of(token) if token.is_active(services().clock()) else None
    if caller is None:
        return {"active": False}
    username = {} if token.owner_kind == APPLICATION else {"username": token.subject}
    return {
        "active": True,
        "client_id": token.client_id,
        "token_type": TOKEN_TYPES[token.type],
        "scope": " ".join(sorted(caller.scopes)),
        "sub": token.subject,
        "iat": int(token.issued.timestamp()),
        "exp": int(token.expires.timestamp()),
        **username,
    }
