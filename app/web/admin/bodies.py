"""What a request to the Admin API says, checked by the schema that also describes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import request
from marshmallow import RAISE, Schema, ValidationError

from app.scim.errors import InvalidSyntax
from app.scim.json_text import parse_json
from app.store.document import Problem
from app.store.schema_errors import messages
from app.web.admin.errors import InvalidRequest
from app.web.admin.routes import JSON

YAML = frozenset({"application/yaml", "text/yaml", "application/x-yaml"})


def is_yaml() -> bool:
    """Tell whether the body is YAML."""
    return request.mimetype in YAML


def read(schema: type[Schema]) -> Mapping[str, Any]:
    """Read the JSON body.

    Raises:
        InvalidRequest: if it is announced as something else, is no JSON object, or is not what the schema wants.
    """
    # A form of another site cannot send this type, so a browser's stored password opens nothing for it.
    if request.mimetype != JSON:
        raise InvalidRequest(f"the body is {JSON}", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        sent = parse_json(request.get_data())
    except InvalidSyntax as error:
        raise InvalidRequest(error.detail) from error
    if not isinstance(sent, dict):
        raise InvalidRequest("the body is a JSON object")
    wanted = schema(unknown=schema.Meta.unknown if hasattr(schema.Meta, "unknown") else RAISE)
    try:
        read: Mapping[str, Any] = wanted.load(sent)
    except ValidationError as error:
        problems = [
            Problem(message, key=".".join(map(str, key))) for key, message in messages(error.messages, wanted)
        ]
        raise InvalidRequest(
            "the body is not as it must be", problems, status=HTTPStatus.UNPROCESSABLE_ENTITY
        ) from error
    return read


def number(name: str, default: int, *, least: int = 0, most: int = 2**62) -> int:
    """Read a number from the query, within bounds; raise InvalidRequest."""
    text = request.args.get(name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(most))):
        raise InvalidRequest(f"{name} is a number")
    return max(least, min(int(text), most))


def flag(name: str) -> bool:
    """Read true or false from the query; false where it is not there. Raises InvalidRequest."""
    said = request.args.get(name, "false")
    if said not in {"true", "false"}:
        raise InvalidRequest(f"{name} is true or false")
    return said == "true"


def text(name: str) -> str | None:
    """Read a text from the query; None where it is empty."""
    return request.args.get(name) or None


def time(name: str) -> datetime | None:
    """Read a time with its zone from the query; raise InvalidRequest."""
    said = text(name)
    if said is None:
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        raise InvalidRequest(f"{name} is a time as RFC 3339 writes it") from error
    if found.tzinfo is None:
        raise InvalidRequest(f"{name} needs a zone, such as Z")
    return found
