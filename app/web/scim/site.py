"""The SCIM service put together: its endpoints, the same under each of its base paths."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Flask

from app.services import Services
from app.web.scim import bulk, discovery, errors, me, openapi, routes, search
from app.web.scim.resources import ResourceViews
from app.web.scim.responses import PREFIXES, negotiate, without_type
from app.web.scim.routes import Route


def init_app(app: Flask, services: Services) -> None:
    """Add the service to the application."""
    errors.init_app(app)
    routes.init_app(app)
    app.register_blueprint(openapi.create_blueprint())
    for name, prefix in PREFIXES.items():
        blueprint = Blueprint(name, __name__, url_prefix=prefix)
        blueprint.before_request(negotiate)
        blueprint.after_request(without_type)
        routes.register(blueprint, _routes(services))
        app.register_blueprint(blueprint)


def _routes(services: Services) -> Iterator[Route]:
    yield from discovery.ROUTES
    yield from bulk.ROUTES
    yield from me.routes(services.resource_types)
    yield from search.ROUTES
    for resource_type in services.resource_types.values():
        yield from ResourceViews(resource_type).routes()
