"""The Flask application: the faces of Landbridge put together."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import ParamSpec, TypeVar

from flask import Flask, Request
from werkzeug.exceptions import BadHost
from werkzeug.routing import Map, MapAdapter

from app.services import Services
from app.web import auth, errors, ops, rates
from app.web.admin import site as admin
from app.web.answers import Answer
from app.web.console import site as console
from app.web.current import EXTENSION
from app.web.oauth.routes import create_blueprint as create_oauth_blueprint
from app.web.scim import site as scim
from app.web.sessions import Sessions

P = ParamSpec("P")
R = TypeVar("R")
MAX_BODY_BYTES = 1_048_576


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
    errors.init_app(app)
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
