"""Whatever goes wrong below /scim2 becomes a SCIM error response (RFC 7644 §3.12)."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from app.scim.errors import ScimError, ServiceUnavailable, TooManyRequests
from app.telemetry import get_logger
from app.web.scim.responses import answer

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PREFIXES = ("/scim2", "/scim/v2")
_log = get_logger(__name__)


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(ScimError, _scim_error)


def is_scim_request() -> bool:
    """Tell whether the request is for a SCIM endpoint, known or not."""
    return any(request.path == prefix or request.path.startswith(prefix + "/") for prefix in PREFIXES)


def http_error(error: HTTPException) -> Response:
    """Answer what Flask itself refuses: unknown paths, methods, sizes."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    detail = _DETAILS.get(status, error.description or status.phrase)
    response = _error(status, detail)
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def unexpected_error() -> Response:
    """Answer what nobody foresaw, without saying what it was."""
    return _error(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log tells why, by this request's id."
    )


_DETAILS = {
    HTTPStatus.NOT_FOUND: "There is no such endpoint.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The endpoint does not answer this method.",
}


def _scim_error(error: ScimError) -> Response:
    response = _error(error.status, error.detail, scim_type=error.scim_type)
    if isinstance(error, ServiceUnavailable | TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _error(status: HTTPStatus, detail: str, *, scim_type: str | None = None) -> Response:
    # RFC 7644 §3.12: the status is a string.
    body = {"schemas": [ERROR], "status": str(status.value), "detail": detail}
    return answer(body | ({"scimType": scim_type} if scim_type else {}), status)
