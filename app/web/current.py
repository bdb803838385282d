"""The services of the running application, as views reach them.

``app.bootstrap`` makes them; ``create_app`` keeps them in ``app.extensions``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Request, current_app, g, request
from flask.ctx import _AppCtxGlobals

from app.services import Services

EXTENSION = "landbridge"

__all__ = ["EXTENSION", "Services", "current_request", "header", "notes", "services"]


def _behind(proxy: Any) -> Any:
    """Return what gives the object that one of Flask's proxies stands for: each look through the proxy costs six calls."""
    return proxy._get_current_object  # noqa: SLF001 - Werkzeug documents it


current_request: Final[Callable[[], Request]] = _behind(request)
"""Returns ``flask.request`` itself."""
notes: Final[Callable[[], _AppCtxGlobals]] = _behind(g)
"""Returns ``flask.g`` itself."""
_application: Final[Callable[[], Any]] = _behind(current_app)


def header(name: str) -> str | None:
    """Return a header as it came, by its WSGI name: ``HTTP_ACCEPT``."""
    found: str | None = current_request().environ.get(name)
    return found


def services() -> Services:
    """Return the services of the application that handles this request."""
    found: Services = _application().extensions[EXTENSION]
    return found
