"""The authorization server: Authlib's, over our applications, tokens and resource owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Payload, FlaskOAuth2Request
from flask import request as current_request

from app.web.oauth.clients import (
    Client,
    InvalidClient,
    admitted,
    by_assertion,
    by_basic,
    by_certificate,
    by_post,
    find_client,
)
from app.web.oauth.endpoints import Introspection, Revocation
from app.web.oauth.grants import ClientCredentials, Password, Refresh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from authlib.oauth2.rfc6749 import OAuth2Error, OAuth2Request
    from flask import Request, Response
    from werkzeug.datastructures import MultiDict


class _Payload(FlaskOAuth2Payload):  # type: ignore[misc]  # Authlib has no types
    """The parameters of a request: those in the body, never those in the URL."""

    @property
    def data(self) -> MultiDict[str, str]:
        return current_request.form


class _Request(FlaskOAuth2Request):  # type: ignore[misc]  # the same
    """A request as Authlib sees it.

    Authlib refuses any URL but https and localhost. What we are behind is known to the server alone (a proxy may end
    TLS), so the URL is not handed on.
    """

    def __init__(self, request: Request) -> None:
        super(FlaskOAuth2Request, self).__init__(
            request.method, "https://landbridge", headers=request.headers
        )
        self._request = request
        self.payload = _Payload(request)


class Server(AuthorizationServer):  # type: ignore[misc]  # the same
    """Authlib's server with our requests and one answer to all failures of client authentication."""

    def create_oauth2_request(self, request: Request | None) -> OAuth2Request:
        """Wrap the request that Flask is handling."""
        del request
        return _Request(current_request)

    def authenticate_client(
        self, request: OAuth2Request, methods: Sequence[str], endpoint: str = "token"
    ) -> Client:
        """Find the client by whichever method it used; raise InvalidClient."""
        del methods, endpoint
        ways = (by_basic, by_post, by_assertion, by_certificate)
        client = next(filter(None, (way(find_client, request) for way in ways)), None)
        if client is None or not _is_named(client, request):
            raise InvalidClient
        request.client = admitted(client)
        return client

    def respond_to_token_request(self) -> Response:
        """Answer the token request that Flask is handling."""
        return cast("Response", self.create_token_response())

    def respond_to_endpoint_request(self, name: str) -> Response:
        """Answer the revocation or introspection request that Flask is handling."""
        return cast("Response", self.create_endpoint_response(name))

    def respond_to_error(self, error: OAuth2Error) -> Response:
        """Answer with an error and its headers."""
        return cast("Response", self.handle_response(*error()))


def _is_named(client: Client, request: OAuth2Request) -> bool:
    """Say whether the body names the client that has authenticated, or nobody."""
    named = request.form.get("client_id")
    return not named or named == client.application.client_id


def create_server() -> Server:
    """Make the server with all that it offers."""
    server = Server(query_client=find_client)
    for grant in (Password, ClientCredentials, Refresh):
        server.register_grant(grant)
    for endpoint in (Revocation, Introspection):
        server.register_endpoint(endpoint)
    return server
