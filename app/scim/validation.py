"""marshmallow's tree of messages, as pairs of a place and a problem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA


def problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Tell each problem with where it is: ``emails[0].value``, and the empty text for the whole."""
    yield from _below(error.messages, "")


def _below(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(messages, dict):
        yield from ((path, str(message)) for message in messages)
        return
    for key, below in messages.items():
        yield from _below(below, _join(path, key))


def _join(path: str, key: str | int) -> str:
    if key == SCHEMA:
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
