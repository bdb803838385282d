"""The Admin API put together."""

from __future__ import annotations

from flask import Blueprint, Flask, request

from app.access.administrators import Role
from app.scim.errors import Forbidden
from app.web.admin import (
    administrators,
    applications,
    audit,
    credentials,
    documents,
    domains,
    errors,
    exchange,
    held,
    maps,
    outbox,
    preparing,
    signals,
)
from app.web.admin.openapi import describe
from app.web.admin.routes import Answer, Operation, register, uncached
from app.web.current import services

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PARTS = (
    documents,
    applications,
    credentials,
    domains,
    exchange,
    preparing,
    maps,
    audit,
    held,
    outbox,
    administrators,
    signals,
)


def init_app(app: Flask) -> None:
    """Mount the API at /admin."""
    blueprint = Blueprint("admin", __name__, url_prefix=errors.PREFIX)
    errors.init_blueprint(blueprint)
    blueprint.before_request(_refuse_other_sites)
    blueprint.after_request(uncached)
    register(blueprint, OPERATIONS)
    app.register_blueprint(blueprint)


def show_description() -> Answer:
    """Show this description."""
    root = (services().settings.public_url or request.host_url).rstrip("/")
    return describe(OPERATIONS, base_url=root + errors.PREFIX)


OPERATIONS = (
    *(operation for part in PARTS for operation in part.OPERATIONS),
    Operation(method="GET", path="/openapi.json", role=Role.VIEWER, view=show_description),
)


def _refuse_other_sites() -> None:
    """Refuse changes that another site has a browser send, with the password that the browser keeps for us."""
    origin = request.headers.get("Origin", request.host_url.rstrip("/"))
    public = (services().settings.public_url or request.host_url).rstrip("/")
    is_ours = origin in {public, request.host_url.rstrip("/")}
    if request.method not in SAFE and not is_ours:
        raise Forbidden("the request comes from another site")
