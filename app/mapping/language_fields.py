"""Fields of the language of schema maps that take more than one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields


class DefaultField(fields.Field[list[str]]):
    """A template, or several of which the first is taken that can be filled."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> list[str]:
        del attr, data
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str | bool | int) for text in texts):
            raise ValidationError("is not a text, or a list of texts")
        return [_text(text) for text in texts]


class TableField(fields.Field[dict[str, str]]):
    """What stands in the directory for each SCIM value."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> dict[str, str]:
        del attr, data
        if not isinstance(value, dict) or not value:
            raise ValidationError("is no table of SCIM values and directory values")
        if not all(
            isinstance(each, str | bool | int) and each != "" for row in value.items() for each in row
        ):
            raise ValidationError("has something else than texts, numbers and true or false in it")
        return {_text(scim): _text(raw) for scim, raw in value.items()}


def _text(value: str | bool | int) -> str:  # noqa: FBT001 - a value of YAML
    return str(value).lower() if isinstance(value, bool) else str(value)
