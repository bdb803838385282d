"""A little OpenID provider on loopback, over TLS: Authlib's server, so that codes, PKCE and secrets are checked by others.

Whoever asks it is signed in as ``person``. What it says in its tokens can be bent, as an attacker would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, create_default_context
from threading import Thread
from typing import Any

import httpx
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.errors import AccessDeniedError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.util import create_half_hash
from flask import Flask, Response, request
from werkzeug.serving import make_server

from app.testing.tls import issue
from tests.access.signing import NOW, Signer

CLIENT_ID, CLIENT_SECRET = "landbridge", "the provider's secret: +%&"
JO = {"sub": "4711", "preferred_username": "jo@example.org", "groups": ["staff", "/bridge/admins"]}


@dataclass
class Provider:
    """What it says and checks next."""

    redirect_uri: str
    issuer: str = ""
    ca_file: str = ""
    secret_file: str = ""
    signer: Signer = field(default_factory=Signer)
    person: dict[str, Any] = field(default_factory=lambda: dict(JO))
    claims: dict[str, Any] = field(default_factory=dict)
    """Put over those of the next ID tokens; None leaves one out."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """The same for what it says of itself."""
    sign: Callable[[dict[str, Any]], str] | None = None
    denies: bool = False
    secret: str = CLIENT_SECRET
    codes: dict[str, IssuedCode] = field(default_factory=dict)

    def reset(self) -> None:
        """Be honest again."""
        self.person, self.claims, self.metadata = dict(JO), {}, {}
        self.sign, self.denies, self.secret = None, False, CLIENT_SECRET

    def visit(self, url: str) -> str:
        """Go where a browser is sent; return where the provider sends it then."""
        with httpx.Client(verify=_trusting(self.ca_file)) as browser:
            answer = browser.get(url)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def document(self) -> dict[str, Any]:
        """Return what it publishes of itself."""
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks.json",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
        return {**said, **self.metadata}

    def id_token(self, access_token: str, nonce: str) -> str:
        """Make an ID token, as honest as it shall be."""
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": NOW,
            "exp": NOW + 300,
            "nonce": nonce,
            "at_hash": create_half_hash(access_token, "ES256").decode(),
        }
        bent = {**claims, **self.person, **self.claims}
        return (self.sign or self.signer.sign)(bent)


@dataclass
class IssuedCode(AuthorizationCodeMixin):  # type: ignore[misc]  # Authlib has no types
    """A code, and what was asked with it."""

    code: str
    redirect_uri: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return "openid profile"


class Client(ClientMixin):  # type: ignore[misc]  # the same
    """Landbridge, as the provider knows it."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.provider.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.provider.secret

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


def serve(provider: Provider, directory: Path) -> Callable[[], None]:
    """Start it, with an authority of its own; return what stops it."""
    issue(directory)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.crt", directory / "server.key")
    server = make_server("127.0.0.1", 0, _application(provider), threaded=True, ssl_context=context)
    provider.issuer = f"https://127.0.0.1:{server.port}/realm"
    provider.ca_file, provider.secret_file = str(directory / "ca.crt"), str(directory / "secret")
    (directory / "secret").write_text(CLIENT_SECRET)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return stop


def _application(provider: Provider) -> Flask:
    app = Flask(__name__)
    server = AuthorizationServer(app, lambda _client_id: Client(provider), lambda _token, _request: None)
    server.register_grant(_code_grant(provider), [CodeChallenge(required=True), _tokens(provider)])

    @app.get("/realm/authorize")
    def authorize() -> Response:
        grant = server.get_consent_grant(end_user=provider)
        if provider.denies:
            return _response(
                server, AccessDeniedError(redirect_uri=provider.redirect_uri, state=request.args["state"])
            )
        answer: Response = server.create_authorization_response(grant_user=provider, grant=grant)
        return answer

    @app.post("/realm/token")
    def token() -> Response:
        answer: Response = server.create_token_response()
        return answer

    app.add_url_rule("/realm/jwks.json", "jwks", provider.signer.jwks)
    app.add_url_rule("/realm/.well-known/openid-configuration", "discovery", provider.document)
    return app


def _response(server: AuthorizationServer, error: AccessDeniedError) -> Response:
    answer: Response = server.handle_error_response(None, error)
    return answer


def _code_grant(provider: Provider) -> type[AuthorizationCodeGrant]:
    class Code(AuthorizationCodeGrant):  # type: ignore[misc]  # the same
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload.data
            names = ("redirect_uri", "nonce", "code_challenge", "code_challenge_method")
            provider.codes[code] = IssuedCode(code, *(asked[name] for name in names))

        def query_authorization_code(self, code: str, _client: Client) -> IssuedCode | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: IssuedCode) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, _authorization_code: IssuedCode) -> Provider:
            return provider

    return Code


def _tokens(provider: Provider) -> OpenIDCode:
    class Tokens(OpenIDCode):  # type: ignore[misc]  # the same
        def exists_nonce(self, nonce: str, _request: Any) -> bool:
            return any(code.nonce == nonce for code in provider.codes.values())

        def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
            return provider.id_token(token["access_token"], request.authorization_code.nonce)

    return Tokens(require_nonce=True)


def _trusting(ca_file: str) -> SSLContext:
    return create_default_context(cafile=ca_file)
