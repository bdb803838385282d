"""Whatever goes wrong below /scim2 becomes a SCIM error response (RFC 7644 §3.12)."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from app.scim.errors import BadRequest, ScimError, ServerError, ServiceUnavailable, TooManyRequests
from app.scim.messages import dump_error
from app.web.scim.responses import PREFIXES, answer

_NO_STORE = "The service's own store cannot be used just now; its log tells why."


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(ScimError, scim_error)


def is_scim_request() -> bool:
    """Tell whether the request is for a SCIM endpoint, known or not."""
    return any(
        request.path == prefix or request.path.startswith(prefix + "/") for prefix in PREFIXES.values()
    )


def scim_error(error: ScimError) -> Response:
    """Answer with an error."""
    response = answer(dump_error(error), error.status)
    if isinstance(error, ServiceUnavailable | TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


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
    return scim_error(ServerError("The service failed; its log tells why, by this request's id."))


def store_failed() -> Response:
    """Answer that what we keep ourselves cannot be had."""
    return scim_error(ServiceUnavailable(_NO_STORE))


_DETAILS = {
    HTTPStatus.NOT_FOUND: "There is no such endpoint. Those of resources are listed at /ResourceTypes.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The endpoint does not answer this method; those that it answers are in the header Allow.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
}


def _error(status: HTTPStatus, detail: str) -> Response:
    return answer({**dump_error(BadRequest(detail)), "status": str(int(status))}, status)
