"""The language of schema maps as a JSON Schema (draft 2020-12), for editors: made from the classes that read maps."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from marshmallow import Schema, fields, validate

from app.mapping.language import (
    KEYS_OF,
    EntrySchema,
    KeepSchema,
    RuleField,
    RuleSchema,
    SchemaMapSchema,
    TransformField,
    TransformSchema,
    UnmappedField,
)
from app.mapping.language_fields import (
    SOURCES,
    ExpressionSchema,
    ScalarField,
    SourceField,
    SourceSchema,
    TableField,
    TextField,
)
from app.mapping.named_transforms import PLAIN

Json: TypeAlias = dict[str, Any]
_END = r"\Z"
"""How Python writes the end of a text, which elsewhere is a dollar sign."""
_SCALAR: Json = {"type": ["string", "boolean", "integer"]}


def json_schema() -> Json:
    """Make the JSON Schema of a SchemaMap document."""
    definitions: dict[str, Json] = {}
    visitor = _Visitor(definitions)
    body = visitor.object(SchemaMapSchema())
    required = body.pop("required")
    envelope = {
        "kind": {"const": "SchemaMap"},
        "name": {"type": "string", "minLength": 1},
        "description": {"type": "string"},
    }
    entry = {"required": sorted(name for name, each in EntrySchema().fields.items() if each.required)}
    definitions["EntrySchema"].pop("required")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "SchemaMap",
        **body,
        "properties": {**envelope, **body["properties"]},
        "required": ["kind", "name"],
        # A map that extends another may leave any of its keys out.
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": required, "properties": {"entry": entry}},
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


class _Visitor:
    """Walks through marshmallow's classes. What takes more than one form is in ``_forms``."""

    def __init__(self, definitions: dict[str, Json]) -> None:
        self._definitions = definitions
        self._forms: Mapping[type[fields.Field[Any]], Callable[[], Json]] = {
            ScalarField: lambda: _SCALAR,
            TableField: lambda: {"type": "object", "minProperties": 1, "additionalProperties": _SCALAR},
            TextField: lambda: {"anyOf": [{"type": "string"}, self.named(ExpressionSchema())]},
            SourceField: self._sources,
            TransformField: self._transforms,
            RuleField: self._rule,
            UnmappedField: lambda: {"anyOf": [{"enum": ["ignore", "refuse"]}, self.named(KeepSchema())]},
        }

    def named(self, schema: Schema, **more: Any) -> Json:
        """Refer to the definition of a class."""
        name = type(schema).__name__
        if name not in self._definitions:
            self._definitions[name] = {}
            self._definitions[name] = {**self.object(schema), **more}
        return {"$ref": f"#/$defs/{name}"}

    def object(self, schema: Schema) -> Json:
        """Describe a class."""
        written = {each.data_key or name: each for name, each in schema.fields.items()}
        described = {
            "description": (type(schema).__doc__ or "").partition("\n")[0],
            "type": "object",
            "properties": {name: self.field(each) for name, each in written.items()},
            "additionalProperties": False,
        }
        required = sorted(name for name, each in written.items() if each.required)
        return {**described, "required": required} if required else described

    def field(self, field: fields.Field[Any]) -> Json:
        """Describe a field."""
        form = self._forms.get(type(field))
        described = form() if form else self._plain(field)
        return {"anyOf": [described, {"type": "null"}]} if field.allow_none and form else described

    def _plain(self, field: fields.Field[Any]) -> Json:
        match field:
            case fields.Nested():
                return self.named(field.schema)
            case fields.List():
                return {"type": "array", "items": self.field(field.inner), **_limits(field, "Items")}
            case fields.Dict():
                return self._dict(field)
            case fields.Boolean():
                return {"type": "boolean"}
            case fields.Integer():
                return {"type": "integer", **_limits(field, "")}
            case _:
                return {"type": "string", **_limits(field, "Length")}

    def _dict(self, field: fields.Dict) -> Json:
        keys = _limits(field.key_field, "Length") if field.key_field else {}
        values = self.field(field.value_field) if field.value_field else {}
        names = {"propertyNames": keys} if keys else {}
        return {"type": "object", "additionalProperties": values, **names}

    def _sources(self) -> Json:
        source = self.named(SourceSchema(), oneOf=[{"required": [name]} for name in SOURCES])
        one = {"anyOf": [_SCALAR, source]}
        return {"anyOf": [*one["anyOf"], {"type": "array", "minItems": 1, "items": one}]}

    def _transforms(self) -> Json:
        step = {
            "anyOf": [
                {"enum": list(PLAIN)},
                self.named(TransformSchema(), minProperties=1, maxProperties=1),
            ]
        }
        return {"anyOf": [*step["anyOf"], {"type": "array", "minItems": 1, "items": step}]}

    def _rule(self) -> Json:
        kinds = [{"required": [kind]} for kind in KEYS_OF]
        return {"anyOf": [{"type": "string"}, self.named(RuleSchema(), oneOf=kinds)]}


def _limits(field: fields.Field[Any], unit: str) -> Json:
    """Say what a field's validators say."""
    found: Json = {}
    for validator in field.validators:
        match validator:
            case validate.OneOf():
                found["enum"] = list(validator.choices)
            case validate.Regexp(regex=re.Pattern(pattern=str(pattern))):
                found["pattern"] = f"^{pattern.removesuffix(_END)}$"
            case _:
                limits = {"min": getattr(validator, "min", None), "max": getattr(validator, "max", None)}
                found |= {
                    f"{end}{unit or 'imum'}": limit for end, limit in limits.items() if limit is not None
                }
    return found
