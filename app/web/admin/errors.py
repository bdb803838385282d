"""Whatever goes wrong below /admin becomes a problem document (RFC 9457): what it is, and where in what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadHost, HTTPException

from app.access.administrators import AdministratorError, AdministratorExists, NoSuchAdministrator
from app.access.applications import ApplicationError, ApplicationExists, NoSuchApplication, NoSuchSecret
from app.access.named_tokens import NamedTokenError, NoSuchToken
from app.directory.errors import DirectoryError
from app.directory.plan import PlanFailed
from app.exchange.table import InvalidTable
from app.outbound.outbox import NoSuchTask
from app.preparation.adoption.export import InvalidExport
from app.preparation.domain_proposal import NoProposal
from app.provisioning.domain import InvalidDomain
from app.scim.errors import ScimError, ServiceUnavailable, TooManyRequests
from app.store.document import Problem
from app.store.documents import InvalidDocuments, NoSuchDocument, Outdated
from app.store.held_changes import NoSuchHeldChange
from app.web.admin.routes import answer

PREFIX = "/admin"
CONTENT_TYPE = "application/problem+json"
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
_STATUSES: Mapping[type[Exception], HTTPStatus] = {
    NoSuchAdministrator: HTTPStatus.NOT_FOUND,
    NoSuchApplication: HTTPStatus.NOT_FOUND,
    NoSuchDocument: HTTPStatus.NOT_FOUND,
    NoSuchHeldChange: HTTPStatus.NOT_FOUND,
    NoSuchSecret: HTTPStatus.NOT_FOUND,
    NoSuchTask: HTTPStatus.NOT_FOUND,
    NoSuchToken: HTTPStatus.NOT_FOUND,
    Outdated: HTTPStatus.PRECONDITION_FAILED,
    AdministratorExists: HTTPStatus.CONFLICT,
    ApplicationExists: HTTPStatus.CONFLICT,
    AdministratorError: UNPROCESSABLE,
    ApplicationError: UNPROCESSABLE,
    NamedTokenError: UNPROCESSABLE,
    InvalidDomain: UNPROCESSABLE,
    InvalidExport: UNPROCESSABLE,
    InvalidTable: UNPROCESSABLE,
    NoProposal: UNPROCESSABLE,
    DirectoryError: HTTPStatus.BAD_GATEWAY,
    PlanFailed: HTTPStatus.BAD_GATEWAY,
}


class InvalidRequest(Exception):
    """A request is not as its operation wants it; ``problems`` say where."""

    def __init__(
        self, detail: str, problems: Sequence[Problem] = (), *, status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(detail)
        self.problems = problems
        self.status = status


def init_blueprint(blueprint: Blueprint) -> None:
    """Register the handlers."""
    for kind in _STATUSES:
        blueprint.register_error_handler(kind, _refused)
    blueprint.register_error_handler(InvalidDocuments, _invalid_documents)
    blueprint.register_error_handler(InvalidRequest, _invalid_request)
    blueprint.register_error_handler(ScimError, _scim_error)
    blueprint.register_error_handler(HTTPException, http_error)


def is_admin_request() -> bool:
    """Tell whether the request is for the Admin API, known path or not."""
    return request.path == PREFIX or request.path.startswith(PREFIX + "/")


def http_error(error: HTTPException) -> Response:
    """Answer what Flask itself refuses: unknown paths, methods, sizes."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    text = error.description if isinstance(error, BadHost) else None
    response = problem(status, text or status.phrase)
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def unexpected_error() -> Response:
    """Answer what nobody foresaw, without saying what it was."""
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log tells why, by this request's id."
    )


def store_failed() -> Response:
    """Answer that what we keep ourselves cannot be had."""
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The service's own store cannot be used just now; its log tells why, by this request's id.",
    )


def problem(status: HTTPStatus, detail: str, problems: Sequence[Problem] = ()) -> Response:
    """Make a problem document."""
    body: dict[str, Any] = {"title": status.phrase, "status": status.value, "detail": detail}
    if problems:
        body["problems"] = [{**asdict(each), "text": str(each)} for each in problems]
    return answer(body, status, content_type=CONTENT_TYPE)


def _refused(error: Exception) -> Response:
    status = next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)
    return problem(status, str(error))


def _invalid_documents(error: InvalidDocuments) -> Response:
    return problem(UNPROCESSABLE, "The documents are refused; nothing was changed.", error.problems)


def _invalid_request(error: InvalidRequest) -> Response:
    return problem(error.status, str(error), error.problems)


def _scim_error(error: ScimError) -> Response:
    response = problem(error.status, error.detail)
    if isinstance(error, ServiceUnavailable | TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response
