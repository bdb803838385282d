"""Fields of the language of schema maps that take more than one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.mapping.generation import MAX_COUNTER

Loaded = dict[str, Any]


class TableField(fields.Field[dict[str, str]]):
    """A table with a text for each text, such as what stands in the directory for each SCIM value."""

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


class ScalarField(fields.Field[str]):
    """A text; numbers and true or false are texts, too."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> str:
        del attr, data
        if not isinstance(value, str | bool | int):
            raise ValidationError("is not a text")
        return _text(value)


class TextField(fields.Field[Loaded]):
    """A text with gaps, or an expression."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Loaded:
        del attr, data
        if isinstance(value, str):
            return {"text": value}
        return _one_of(ExpressionSchema(), value, ("expression",))


class ExpressionSchema(Schema):
    """A text that is computed."""

    expression = fields.String(required=True, validate=validate.Length(min=1))


class GenerateSchema(Schema):
    """A value that no other entry has: a number, or a text that may need a counter."""

    first = fields.Integer(strict=True, data_key="from", validate=validate.Range(min=0))
    last = fields.Integer(strict=True, data_key="to", validate=validate.Range(min=0))
    text = fields.String(validate=validate.Length(min=1))
    expression = fields.String(validate=validate.Length(min=1))
    suffix = fields.String(load_default="")
    max_length = fields.Integer(strict=True, load_default=None, validate=validate.Range(min=1))

    @validates_schema
    def _is_one(self, data: Mapping[str, Any], **_: Any) -> None:
        kinds = data.keys() & {"first", "last", "text", "expression"}
        if kinds not in ({"first", "last"}, {"text"}, {"expression"}):
            raise ValidationError("needs from and to, or one of text and expression")
        if "first" in data and data["first"] > data["last"]:
            raise ValidationError("to is less than from", "to")
        if data["max_length"] is not None and data["max_length"] < len(data["suffix"]) + len(
            f"x{MAX_COUNTER}"
        ):
            raise ValidationError(
                "leaves no place for the text and its counter before the suffix", "max_length"
            )


class SourceSchema(Schema):
    """A way to make values, one of these, and when it is taken."""

    text = ScalarField()
    expression = fields.String(validate=validate.Length(min=1))
    table = TableField()
    of = TextField()
    generate = fields.Nested(GenerateSchema)
    when = fields.String(validate=validate.Length(min=1))


SOURCES = ("text", "expression", "table", "generate")


class SourceField(fields.Field[list[Loaded]]):
    """A text with gaps or the keys of ``SourceSchema``, or several of them, of which the first counts that makes something."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> list[Loaded]:
        del attr, data
        written = value if isinstance(value, list) else [value]
        if not written or not all(isinstance(each, str | bool | int | dict) for each in written):
            raise ValidationError("is not a text, or a list of texts")
        return [_source(each) for each in written]


def _source(value: Any) -> Loaded:
    if not isinstance(value, dict):
        return {"text": _text(value)}
    loaded = _one_of(SourceSchema(), value, SOURCES)
    if ("table" in loaded) != ("of" in loaded):
        raise ValidationError("needs table and of together: the table, and the text that is looked up in it")
    return loaded


def _one_of(schema: Schema, value: Any, keys: tuple[str, ...]) -> Loaded:
    loaded: Loaded = schema.load(value)
    if len(loaded.keys() & set(keys)) != 1:
        raise ValidationError(f"needs one of {', '.join(keys)}")
    return loaded


def _text(value: str | bool | int) -> str:  # noqa: FBT001 - a value of YAML
    return str(value).lower() if isinstance(value, bool) else str(value)
