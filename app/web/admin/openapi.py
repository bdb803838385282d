"""The Admin API as an OpenAPI document, made of the same values that the operations are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from app import __version__
from app.web.admin.errors import CONTENT_TYPE
from app.web.admin.routes import JSON, NUMBER, TEXT, Operation

PROBLEM = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": TEXT,
        "status": NUMBER,
        "detail": TEXT,
        "problems": {
            "type": "array",
            "items": {"type": "object", "properties": {"key": TEXT, "message": TEXT, "text": TEXT}},
        },
    },
}
_PLACE = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")


def describe(operations: Iterable[Operation], *, base_url: str) -> dict[str, Any]:
    """Describe operations."""
    spec = APISpec(
        "Landbridge Admin API",
        __version__,
        "3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=lambda _: "")],
        servers=[{"url": base_url}],
        security=[{"basic": []}, {"bearer": []}],
    )
    spec.components.security_scheme("basic", {"type": "http", "scheme": "basic"})
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", PROBLEM)
    for operation in operations:
        path = _PLACE.sub(lambda found: f"{{{found['name']}}}", operation.path)
        spec.path(path=path, operations={operation.method.lower(): _operation(operation)})
    return spec.to_dict()


def _operation(operation: Operation) -> dict[str, Any]:
    succeeded = {"description": "Done.", "content": {each: {"schema": {}} for each in operation.sends}}
    failed = {"description": "Refused.", "content": {CONTENT_TYPE: {"schema": "Problem"}}}
    described: dict[str, Any] = {
        "summary": operation.summary,
        "description": f"Needs the role {operation.role}.",
        "operationId": operation.view.__module__.rpartition(".")[2] + "." + operation.view.__name__,
        "parameters": [*_places(operation), *_queries(operation)],
        "responses": {
            str(operation.status.value): succeeded,
            "204": {"description": "Done; there is nothing to tell."},
            "default": failed,
        },
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": operation.body}}}
    if operation.takes:
        described["requestBody"] = {"required": True, "content": {operation.takes: {"schema": TEXT}}}
    return described


def _places(operation: Operation) -> Iterable[dict[str, Any]]:
    for found in _PLACE.finditer(operation.path):
        schema = NUMBER if found["converter"] == "int" else TEXT
        yield {"in": "path", "name": found["name"], "required": True, "schema": schema}


def _queries(operation: Operation) -> Iterable[dict[str, Any]]:
    for name, schema in operation.query.items():
        yield {"in": "query", "name": name, "schema": schema}
