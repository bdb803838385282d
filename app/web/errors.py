"""What goes wrong wherever nobody answers for it, told in the form of the endpoint that was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final, Protocol

from flask import Flask, Response
from werkzeug.exceptions import BadHost, HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from app.store.unusable import FAILURES, report
from app.telemetry import get_logger
from app.web.admin import errors as admin
from app.web.console import errors as console
from app.web.oauth import errors as oauth
from app.web.scim import errors as scim

STORE_RETRY_SECONDS: Final = 5
_NO_STORE: Final = "The service's own store cannot be used just now; its log tells why."
_log = get_logger(__name__)


class _Face(Protocol):
    def http_error(self, error: HTTPException) -> Response: ...
    def unexpected_error(self) -> Response: ...
    def store_failed(self) -> Response: ...


_FACES: Final[Sequence[tuple[Callable[[], bool], _Face]]] = (
    (scim.is_scim_request, scim),
    (console.is_console_request, console),
    (admin.is_admin_request, admin),
    (oauth.is_oauth_request, oauth),
)


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected_error)
    for failure in FAILURES:
        app.register_error_handler(failure, _store_failed)


def _face() -> _Face | None:
    """Return what answers in the form of the endpoint that was asked; None where none does."""
    return next((face for is_asked, face in _FACES if is_asked()), None)


def _http_error(error: HTTPException) -> WerkzeugResponse:
    face = _face()
    # The console's pages have links, which need a host to lead to.
    if face is None or (face is console and isinstance(error, BadHost)):
        return error.get_response()
    return face.http_error(error)


def _unexpected_error(error: Exception) -> Response:
    _log.error("unexpected_error", exc_info=error)
    face = _face()
    if face is None:
        return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log tells why.")
    return face.unexpected_error()


def _store_failed(error: Exception) -> Response:
    report(error)
    face = _face()
    response = face.store_failed() if face else _plain(HTTPStatus.SERVICE_UNAVAILABLE, _NO_STORE)
    response.headers["Retry-After"] = str(STORE_RETRY_SECONDS)
    return response


def _plain(status: HTTPStatus, text: str) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")
