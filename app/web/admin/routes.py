"""What an operation of the Admin API is: one value says who may, what it takes and how it is described."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeAlias

from flask import Blueprint, Response
from marshmallow import Schema

from app.access.administrators import Role
from app.web.admin.guard import needs

Answer: TypeAlias = "Mapping[str, Any] | list[Any] | Response | None"
View: TypeAlias = Callable[..., Answer]
JSON = "application/json"
NUMBER: Mapping[str, str] = {"type": "integer"}
TEXT: Mapping[str, str] = {"type": "string"}
FLAG: Mapping[str, str] = {"type": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method and a path below /admin, and what goes with them."""

    method: str
    path: str
    role: Role
    view: View
    body: type[Schema] | None = None
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    takes: str = ""
    """The media type of a body that is no JSON, if that is what it takes."""
    sends: tuple[str, ...] = (JSON,)
    """The media types of its answers."""
    status: HTTPStatus = HTTPStatus.OK
    """What success is; an operation that returns nothing says NO_CONTENT by itself."""

    @property
    def summary(self) -> str:
        """What it does, in a line: the view says it."""
        return (self.view.__doc__ or "").partition("\n")[0].rstrip(".")


def register(blueprint: Blueprint, operations: Iterable[Operation]) -> None:
    """Add operations, each behind its role."""
    for operation in operations:
        blueprint.add_url_rule(
            operation.path,
            endpoint=f"{operation.method}{operation.path}".translate(str.maketrans("/<>:.", "_____")),
            view_func=needs(operation.role)(_answering(operation)),
            methods=[operation.method],
        )


def _answering(operation: Operation) -> Callable[..., Response]:
    @wraps(operation.view)
    def answering(**arguments: Any) -> Response:
        said = operation.view(**arguments)
        if isinstance(said, Response):
            return said
        if said is None:
            return Response(status=HTTPStatus.NO_CONTENT)
        return answer(said, operation.status)

    return answering


def answer(said: object, status: HTTPStatus = HTTPStatus.OK, *, content_type: str = JSON) -> Response:
    """Write JSON out."""
    text = json.dumps(said, ensure_ascii=False, indent=2, default=str)
    return uncached(Response(text + "\n", status, content_type=content_type))


def uncached(response: Response) -> Response:
    """Keep out of caches what may hold secrets."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
