"""Whatever goes wrong on a page becomes a page that says so in words."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.access.applications import NoSuchApplication, NoSuchSecret
from app.access.named_tokens import NoSuchToken
from app.access.throttle import TooManyAttempts
from app.scim.errors import ScimError
from app.web.console.headers import add_headers

PREFIX = "/console"

_WORDS = {
    HTTPStatus.BAD_REQUEST: ("This request cannot be read", "Go back, reload the page and try again."),
    HTTPStatus.FORBIDDEN: (
        "You may not do this",
        "Your role does not allow it. Ask an administrator to do it, or to give you another role.",
    ),
    HTTPStatus.NOT_FOUND: ("There is nothing here", "The page is gone, or the address is not quite right."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "There is nothing here",
        "This address takes a form that one of the pages sends.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("That is too much", "Send less at once."),
    HTTPStatus.SERVICE_UNAVAILABLE: ("The user store does not answer", ""),
}
_TOO_OLD = (
    "This form is too old",
    "Nothing was changed. Your session has ended since, or the form came from elsewhere. Reload the page and try again.",
)
_FAILED = ("Something went wrong", "The service failed; its log tells why, by this request's id.")

_NO_STORE = (
    "Landbridge's own store cannot be used",
    "Its disk may be full, or its server away. The log tells why, by this request's id; try again once that is mended.",
)


def init_blueprint(blueprint: Blueprint) -> None:
    """Register the handlers for what the console's own pages raise."""
    blueprint.register_error_handler(CSRFError, _csrf_error)
    blueprint.register_error_handler(HTTPException, http_error)
    blueprint.register_error_handler(ScimError, _scim_error)
    for gone in (NoSuchApplication, NoSuchSecret, NoSuchToken):
        blueprint.register_error_handler(gone, _gone)
    blueprint.register_error_handler(TooManyAttempts, _too_many_attempts)


def is_console_request() -> bool:
    """Tell whether the request is for the console, known page or not."""
    return request.path == PREFIX or request.path.startswith(PREFIX + "/")


def http_error(error: HTTPException) -> Response:
    """Answer what Flask itself refuses: unknown pages, methods, sizes."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    return _page(status, *_WORDS.get(status, (status.phrase, error.description or "")))


def unexpected_error() -> Response:
    """Answer what nobody foresaw, without saying what it was, and without the store, which may be what failed."""
    g.setdefault("administrator", None)
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, *_FAILED)


def store_failed() -> Response:
    """Answer that what we keep ourselves cannot be had."""
    g.setdefault("administrator", None)
    return _page(HTTPStatus.SERVICE_UNAVAILABLE, *_NO_STORE)


def _csrf_error(_error: CSRFError) -> Response:
    return _page(HTTPStatus.BAD_REQUEST, *_TOO_OLD)


def _scim_error(error: ScimError) -> Response:
    title = _WORDS[error.status][0] if error.status in _WORDS else "This cannot be done"
    return _page(error.status, title, error.in_full)


def _gone(_error: Exception) -> Response:
    return _page(HTTPStatus.NOT_FOUND, *_WORDS[HTTPStatus.NOT_FOUND])


def _too_many_attempts(error: TooManyAttempts) -> Response:
    minutes = -(-error.retry_after_seconds // 60)
    text = (
        f"Too many names or passwords were wrong. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
    )
    response = _page(HTTPStatus.TOO_MANY_REQUESTS, "Wait a little", text)
    response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _page(status: HTTPStatus, title: str, text: str) -> Response:
    body = render_template("console/error.html", title=title, text=text, status=status.value)
    return add_headers(make_response(body, status))
