"""Marshmallow's tree of error messages as a list: the key of each message as a document writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from marshmallow import Schema, fields

if TYPE_CHECKING:
    from collections.abc import Iterator

Key: TypeAlias = "tuple[str | int, ...]"
"""The way to a value in a document, step by step."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a Dict field's key has been read: marshmallow says next whether the key or the value is wrong."""

    value: Any


def messages(errors: object, schema: Schema) -> Iterator[tuple[Key, str]]:
    """Return each message with its key, without the steps that only marshmallow knows."""
    for key, message in _flatten(errors, ()):
        yield _as_written(key, schema), message


def _flatten(errors: object, key: Key) -> Iterator[tuple[Key, str]]:
    match errors:
        case dict():
            for name, below in errors.items():
                yield from _flatten(below, key if name == "_schema" else (*key, name))
        case list():
            for below in errors:
                yield from _flatten(below, key)
        case _:
            yield key, str(errors)


def _as_written(key: Key, schema: Schema) -> Key:
    """Leave out the "key" or "value" that marshmallow puts behind each key of a Dict field."""
    steps: list[str | int] = []
    here: Any = schema
    for step in key:
        is_own = isinstance(here, _Entry) and step in {"key", "value"}
        steps += [] if is_own else [step]
        here = _below(here, step)
    return tuple(steps)


def _below(here: Any, step: str | int) -> Any:
    """Return the field that a step leads to; None where the schemas do not tell."""
    match here:
        case Schema():
            return next(
                (field for name, field in here.fields.items() if (field.data_key or name) == step), None
            )
        case fields.Nested():
            return here.schema if here.many and isinstance(step, int) else _below(here.schema, step)
        case fields.List():
            return here.inner
        case fields.Mapping():
            return _Entry(here.value_field)
        case _Entry():
            return here.value
        case _:
            return None
