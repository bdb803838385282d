"""The language of schema maps: the keys of their documents, and what each may say by itself.

What the keys mean together, and against the SCIM schemas, is left to ``documents``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.mapping.language_fields import SourceField, TableField
from app.mapping.model import Aspect
from app.mapping.named_transforms import PLAIN, Step
from app.store.schema_errors import Key

_DESCRIPTOR = r"[A-Za-z][A-Za-z0-9-]*(;[A-Za-z0-9-]+)*\Z"  # RFC 4512 §1.4, §2.5
_DIRECTIONS = ("both", "to_directory", "to_scim")
_WRITINGS = ("always", "create")
_MATCHINGS = ("caseIgnore", "caseExact", "typed", "none")
ASPECTS: Mapping[Aspect, str] = {
    "enabled": "boolean",
    "password": "string",
    "current_password": "string",
    "locked": "boolean",
    "must_change": "boolean",
    "any_name": "string",
}
"""Account matters, and the type of the attributes that they are."""


class InvalidMap(ValueError):
    """A map says what cannot be. ``key`` is where."""

    def __init__(self, message: str, *, key: Key) -> None:
        super().__init__(message)
        self.key = key


KEYS_OF = {
    "attribute": {
        "direction",
        "transform",
        "matching",
        "substrings",
        "untyped",
        "default",
        "write",
        "required",
        "when",
    },
    "reference": {"direction", "types", "placeholder", "when", "by"},
    "account": set[str](),
}
"""The keys that go with each kind of rule."""


class RegexSchema(Schema):
    """A regular expression with named groups each way, and what is made of the groups."""

    scim = fields.String(required=True)
    to_directory = fields.String(required=True)
    directory = fields.String(required=True)
    to_scim = fields.String(required=True)


class BitsSchema(Schema):
    """A boolean in bits of a number."""

    mask = fields.Integer(strict=True, required=True, validate=validate.Range(min=1))
    true_when = fields.String(load_default="set", validate=validate.OneOf(("set", "any", "clear")))
    base = fields.Integer(strict=True, load_default=0, validate=validate.Range(min=0))


class TransformSchema(Schema):
    """A transform that needs more than its name; one of them."""

    prefix = fields.String(validate=validate.Length(min=1))
    suffix = fields.String(validate=validate.Length(min=1))
    table = TableField()
    regex = fields.Nested(RegexSchema)
    e164 = fields.String()
    bits = fields.Nested(BitsSchema)
    data_uri = fields.String(validate=validate.Regexp(r"[\w.+-]+/[\w.+-]+\Z", error="is no media type"))


_TRANSFORM = TransformSchema()


class TransformField(fields.Field[list[Step]]):
    """A transform, or a list of them: names, or the keys of ``TransformSchema``."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> list[Step]:
        del attr, data
        steps = value if isinstance(value, list) else [value]
        if not steps:
            raise ValidationError("Shorter than minimum length 1.")
        return [_step(step) for step in steps]


def _step(value: Any) -> Step:
    if isinstance(value, str):
        if value not in PLAIN:
            raise ValidationError(f"Must be one of: {', '.join((*PLAIN, *_TRANSFORM.fields))}.")
        return value, None
    loaded: dict[str, Any] = _TRANSFORM.load(value)
    if len(loaded) != 1:
        raise ValidationError(f"needs one of {', '.join(_TRANSFORM.fields)}")
    return next(iter(loaded.items()))


class RuleSchema(Schema):
    """What stands behind a SCIM attribute, where it is more than the directory attribute's name."""

    attribute = fields.String(validate=validate.Regexp(_DESCRIPTOR, error="is no attribute name (RFC 4512)"))
    account = fields.String(validate=validate.OneOf(tuple(ASPECTS)))
    reference = fields.String(validate=validate.Regexp(_DESCRIPTOR, error="is no attribute name (RFC 4512)"))
    types = fields.List(fields.String(), load_default=["User"], validate=validate.Length(min=1))
    placeholder = fields.String()
    by = fields.String(validate=validate.Regexp(_DESCRIPTOR, error="is no attribute name (RFC 4512)"))
    direction = fields.String(validate=validate.OneOf(_DIRECTIONS), load_default="both")
    transform = TransformField()
    matching = fields.String(validate=validate.OneOf(_MATCHINGS), load_default="caseIgnore")
    untyped = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    substrings = fields.Boolean(truthy={True}, falsy={False}, load_default=True)
    default = SourceField()
    write = fields.String(validate=validate.OneOf(_WRITINGS), load_default="always")
    required = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    when = fields.String(validate=validate.Length(min=1))


# Made once: a map has many rules, and a schema costs more to make than to load with.
_RULE = RuleSchema()


class RuleField(fields.Field[dict[str, Any]]):
    """A directory attribute's name, or the keys of ``RuleSchema``."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> dict[str, Any]:
        del attr, data
        written = {"attribute": value} if isinstance(value, str) else value
        loaded: dict[str, Any] = _RULE.load(written)
        kinds = KEYS_OF.keys() & written.keys()
        if len(kinds) != 1:
            raise ValidationError(
                "needs one of attribute, reference (each a directory attribute's name) and account"
            )
        (kind,) = kinds
        idle = sorted(written.keys() - {kind} - KEYS_OF[kind])
        if idle:
            raise ValidationError({name: [f"has no meaning beside {kind}"] for name in idle})
        return loaded


class AuxiliaryClassSchema(Schema):
    """When an auxiliary object class is given to an entry: one of these."""

    attributes = fields.List(fields.String(), validate=validate.Length(min=1))
    when = fields.String(validate=validate.Length(min=1))

    @validates_schema
    def _has_one(self, data: Mapping[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError("needs one of attributes and when")


class KeepSchema(Schema):
    """Where values are kept that no rule takes."""

    keep = fields.String(
        required=True, validate=validate.Regexp(_DESCRIPTOR, error="is no attribute name (RFC 4512)")
    )


class UnmappedField(fields.Field[str | dict[str, str]]):
    """What becomes of values that no rule takes: a word, or the keys of ``KeepSchema``."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> str | dict[str, str]:
        del attr, data
        if isinstance(value, dict):
            kept: dict[str, str] = KeepSchema().load(value)
            return kept
        if value not in ("ignore", "refuse"):
            raise ValidationError("is neither ignore nor refuse, nor {keep: ATTRIBUTE}")
        return str(value)


class EntrySchema(Schema):
    """What entries of the map look like."""

    object_classes = fields.List(
        fields.String(validate=validate.Regexp(_DESCRIPTOR)), required=True, validate=validate.Length(min=1)
    )
    scope = fields.String(required=True)
    rdn = fields.String(required=True, validate=validate.Regexp(_DESCRIPTOR))
    parent = SourceField(load_default=lambda: [{"text": ""}])
    create_parents = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    auxiliary_classes = fields.Dict(
        keys=fields.String(validate=validate.Regexp(_DESCRIPTOR, error="is no object class name (RFC 4512)")),
        values=fields.Nested(AuxiliaryClassSchema),
        load_default=dict,
    )
    attributes = fields.Dict(
        keys=fields.String(validate=validate.Regexp(_DESCRIPTOR, error="is no attribute name (RFC 4512)")),
        values=SourceField(),
        load_default=dict,
    )


class SchemaMapSchema(Schema):
    """A SchemaMap document's own keys; one that extends another may leave any of them out."""

    extends = fields.String(validate=validate.Length(min=1))
    resource_type = fields.String(required=True)
    entry = fields.Nested(EntrySchema, required=True)
    attributes = fields.Dict(keys=fields.String(), values=RuleField(allow_none=True), required=True)
    unmapped = UnmappedField(load_default="ignore")

    def validate(self, data: Any, *, many: bool | None = None, partial: Any = None) -> dict[str, list[str]]:
        return super().validate(data, many=many, partial=partial or "extends" in data)
