"""The routes of the OAuth endpoints, and what a request must look like before Authlib sees it.

``create_app`` registers the blueprint at the root, without a CSRF check: its callers are programs.
"""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, UnsupportedGrantTypeError
from flask import Blueprint, Response, request

from app.access.application import GRANTS
from app.access.key_sets import ALGORITHMS
from app.access.scopes import ALL_SCOPES
from app.web.current import services
from app.web.oauth.clients import INTROSPECT, REVOKE, TOKEN, methods
from app.web.oauth.server import Server, create_server

METADATA = "/.well-known/oauth-authorization-server"


def create_blueprint() -> Blueprint:
    """Make the blueprint with an authorization server of its own."""
    server = create_server()
    blueprint = Blueprint("oauth", __name__)
    blueprint.before_request(_check_form)
    blueprint.register_error_handler(OAuth2Error, server.respond_to_error)
    blueprint.add_url_rule(TOKEN, "token", lambda: _token(server), methods=["POST"])
    blueprint.add_url_rule(
        REVOKE, "revoke", lambda: server.respond_to_endpoint_request("revocation"), methods=["POST"]
    )
    blueprint.add_url_rule(
        INTROSPECT,
        "introspect",
        lambda: server.respond_to_endpoint_request("introspection"),
        methods=["POST"],
    )
    blueprint.add_url_rule(METADATA, "metadata", _metadata)
    return blueprint


def _token(server: Server) -> Response:
    _check_grant_type(request.form.get("grant_type"))
    return server.respond_to_token_request()


def _metadata() -> dict[str, Any]:
    issuer = (services().settings.public_url or request.url_root).rstrip("/")
    authentication: dict[str, Any] = {"auth_methods_supported": methods()}
    if "private_key_jwt" in methods():
        # RFC 8414 §2: must be there with private_key_jwt.
        authentication["auth_signing_alg_values_supported"] = list(ALGORITHMS)
    return {
        "issuer": issuer,
        "token_endpoint": issuer + TOKEN,
        "revocation_endpoint": issuer + REVOKE,
        "introspection_endpoint": issuer + INTROSPECT,
        "grant_types_supported": list(GRANTS),
        "response_types_supported": [],
        "scopes_supported": sorted(ALL_SCOPES),
        **{
            f"{name}_endpoint_{key}": value
            for name in ("token", "revocation", "introspection")
            for key, value in authentication.items()
        },
    }


def _check_form() -> None:
    """Refuse what RFC 6749 §2.3 and §3.2 forbid in any request to these endpoints."""
    if request.method != "POST":
        return
    if request.args:
        # They would be in logs along the way.
        raise InvalidRequestError("Parameters belong into the body, not into the URL.")
    if any(len(values) > 1 for _, values in request.form.lists()):
        raise InvalidRequestError("A parameter is repeated.")
    # RFC 6749 §3.2: a parameter without a value is none.
    ways = (
        request.headers.get("Authorization"),
        *map(request.form.get, ("client_secret", "client_assertion")),
    )
    if len([way for way in ways if way]) > 1:
        raise InvalidRequestError("The client authenticates in two ways at once.")


def _check_grant_type(grant_type: str | None) -> None:
    if not grant_type:
        raise InvalidRequestError("Missing grant_type parameter value.")
    if grant_type not in GRANTS:
        raise _UnsupportedGrantType(grant_type)


class _UnsupportedGrantType(UnsupportedGrantTypeError):  # type: ignore[misc]  # Authlib has no types
    """An unknown grant, without repeating what the client sent."""

    def get_error_description(self) -> str:
        return "The grant type is not supported."
