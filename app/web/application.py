"""The Flask application: the faces of Landbridge put together, and what happens when something goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from flask import Flask, Request, Response
from werkzeug.exceptions import BadHost, HTTPException
from werkzeug.routing import Map, MapAdapter
from werkzeug.wrappers import Response as WerkzeugResponse

from app.services import Services
from app.telemetry import get_logger
from app.web import auth, ops, rates
from app.web.admin import errors as admin_errors
from app.web.admin import site as admin
from app.web.answers import Answer
from app.web.console import errors as console_errors
from app.web.console import site as console
from app.web.current import EXTENSION
from app.web.oauth import errors as oauth_errors
from app.web.oauth.routes import create_blueprint as create_oauth_blueprint
from app.web.scim import errors as scim_errors
from app.web.scim import site as scim
from app.web.sessions import Sessions

P = ParamSpec("P")
R = TypeVar("R")
MAX_BODY_BYTES = 1_048_576
_log = get_logger(__name__)


def make_application(services: Services) -> Flask:
    """Put the application together."""
    app = LeanFlask("app.web", static_folder=None)
    app.extensions[EXTENSION] = services
    app.session_interface = Sessions()
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        SECRET_KEY=services.session_key,
        SESSION_COOKIE_NAME="landbridge",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=8),
    )
    ops.init_app(app)
    rates.init_app(app)
    auth.init_app(app)
    app.register_blueprint(create_oauth_blueprint())
    scim.init_app(app, services)
    console.init_app(app)
    admin.init_app(app)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected_error)
    return app


_HOST = re.compile(r"[A-Za-z0-9._~-]+(?::[1-9][0-9]{0,4})?")


class HostRequest(Request):
    """A request. Its host may have an underscore (RFC 3986 §3.2.2), as containers' names do; werkzeug knows those of DNS alone."""

    @cached_property
    def host(self) -> str:
        """The host that was asked for; empty where the header has none."""
        named: str = super().host
        if named:
            return named
        given = self.environ.get("HTTP_HOST", "")
        return given if _HOST.fullmatch(given) else ""


class LeanFlask(Flask):
    """Flask, less what each request would pay for and none needs: coroutines, and several host names."""

    request_class = HostRequest
    response_class = Answer

    def ensure_sync(self, func: Callable[P, R]) -> Callable[P, R]:
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        if request is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        if not request.host:
            # RFC 9112 §3.2; locations in answers would begin with it.
            raise BadHost("The Host header is not the name or address of a host.")
        return MapAdapter(
            self.url_map,
            _in_ascii(self.url_map, request.host),
            request.root_path,
            self.url_map.default_subdomain,
            request.scheme,
            request.path,
            request.method,
            request.query_string.decode(errors="replace"),
        )


@lru_cache(maxsize=64)
def _in_ascii(url_map: Map, host: str) -> str:
    """Write a host as IDNA has it, which takes longer than to find its route; raise BadHost."""
    return url_map.bind(host).server_name


def _http_error(error: HTTPException) -> WerkzeugResponse:
    if scim_errors.is_scim_request():
        return scim_errors.http_error(error)
    # The console's pages have links, which need a host to lead to.
    if console_errors.is_console_request() and not isinstance(error, BadHost):
        return console_errors.http_error(error)
    if admin_errors.is_admin_request():
        return admin_errors.http_error(error)
    if oauth_errors.is_oauth_request():
        return oauth_errors.http_error(error)
    return error.get_response()


def _unexpected_error(error: Exception) -> Response:
    _log.error("unexpected_error", exc_info=error)
    if scim_errors.is_scim_request():
        return scim_errors.unexpected_error()
    if console_errors.is_console_request():
        return console_errors.unexpected_error()
    if admin_errors.is_admin_request():
        return admin_errors.unexpected_error()
    if oauth_errors.is_oauth_request():
        return oauth_errors.unexpected_error()
    return Response(
        "The service failed; its log tells why.\n", HTTPStatus.INTERNAL_SERVER_ERROR, mimetype="text/plain"
    )
