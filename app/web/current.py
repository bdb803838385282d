"""The services of the running application, as views reach them.

``app.bootstrap`` makes them; ``create_app`` keeps them in ``app.extensions``.
"""

from __future__ import annotations

from typing import Any, cast

from flask import Request, current_app, g, request
from flask.ctx import _AppCtxGlobals

from app.services import Services

EXTENSION = "landbridge"

__all__ = ["EXTENSION", "Services", "services"]


def services() -> Services:
    """Return the services of the application that handles this request."""
    return cast("Services", _itself(current_app).extensions[EXTENSION])


def current_request() -> Request:
    """Return the request itself, where more than one look at it is taken: each through Flask's proxy costs six calls."""
    return cast("Request", _itself(request))


def notes() -> _AppCtxGlobals:
    """Return ``flask.g`` itself, for the same reason."""
    return cast("_AppCtxGlobals", _itself(g))


def _itself(proxy: Any) -> Any:
    return proxy._get_current_object()  # noqa: SLF001 - Werkzeug documents it
