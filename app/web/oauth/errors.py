"""What Flask itself refuses at the OAuth endpoints, and what nobody foresaw, in the form of RFC 6749 §5.2."""

from __future__ import annotations

from http import HTTPStatus

from authlib.consts import default_json_headers
from flask import Response, jsonify, request
from werkzeug.exceptions import BadHost, HTTPException

from app.web.oauth.clients import PATHS


def is_oauth_request() -> bool:
    """Tell whether the request is for an endpoint that answers by RFC 6749."""
    return request.path in PATHS


def http_error(error: HTTPException) -> Response:
    """Answer what Flask refuses: methods, sizes."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    text = error.description if isinstance(error, BadHost) else None
    response = _error("invalid_request", text or _DETAILS.get(status, status.phrase), status)
    response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return response


def unexpected_error() -> Response:
    """Answer what nobody foresaw, without saying what it was."""
    return _error("server_error", "The service failed; its log tells why.", HTTPStatus.INTERNAL_SERVER_ERROR)


def store_failed() -> Response:
    """Answer that tokens can be neither given nor looked at; RFC 6749 §4.1.2.1 has a name for it."""
    text = "The service's own store cannot be used just now; its log tells why."
    return _error("temporarily_unavailable", text, HTTPStatus.SERVICE_UNAVAILABLE)


_DETAILS = {
    HTTPStatus.METHOD_NOT_ALLOWED: "The endpoint takes POST alone.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
}


def _error(name: str, description: str, status: HTTPStatus) -> Response:
    response = jsonify({"error": name, "error_description": description})
    response.status_code = status
    response.headers.update(dict(default_json_headers))
    return response
