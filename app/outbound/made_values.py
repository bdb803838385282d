"""What stands in a system's place besides one of ours as it is: the transforms and made values of the language of maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from app.mapping.expression import Evaluation
from app.mapping.language import TransformField
from app.mapping.language_fields import SourceField as MadeField
from app.mapping.model import Place
from app.mapping.named_transforms import make_transform
from app.mapping.sources import Source, first_made
from app.mapping.transforms import Transform, value_of_text
from app.scim.errors import InvalidValue
from app.scim.resource import Resource
from app.scim.schema import Value

TEXTUAL: Final = frozenset({"lower", "upper", "trim", "prefix", "suffix", "table", "regex", "e164"})
"""The transforms that make texts; the others are for the values of directories."""
KEEPING_ORDER: Final = frozenset({"lower", "upper", "trim", "prefix"})
MADE: Final = frozenset({"text", "expression", "table", "of", "when"})


class MovedSchema(Schema):
    """One of our places, whose value is written in another form."""

    source = fields.String(required=True, data_key="from", validate=validate.Length(min=1))
    transform = TransformField(required=True)


class PlaceSourceField(fields.Field[Any]):
    """One of our places, with a transform or without, a template, a constant, made values, or null for nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Any:
        del attr, data
        if isinstance(value, str):
            return value
        if isinstance(value, Mapping) and len(value) == 1 and value.keys() <= {"template", "value"}:
            return dict(value)
        if isinstance(value, Mapping) and "from" in value:
            return MovedSchema().load(value)
        if _is_made(value):
            return {"made": MadeField().deserialize(value)}
        raise ValidationError(
            "is one of our places, {from: place, transform: …}, {template: text}, {value: constant}, null, or what "
            "maps make values of: {expression: …}, {table: …, of: …}, each with {when: …}, or a list of them"
        )


def read_transform(steps: Sequence[tuple[str, Any]], place: Place, source: Place) -> Transform:
    """Make the transform between one of ours and the system's place; raise ValueError."""
    for name, _ in steps:
        if name not in TEXTUAL:
            raise ValueError(f"cannot use {name}: it is for the values of directories")
    if place.resolved.leaf.type not in {"string", "reference"}:
        raise ValueError("cannot hold what a transform makes, which is text")
    for each in (place, source):
        if each.resolved.leaf.type == "complex" or (
            each.resolved.attribute.multi_valued and each.element_type is None
        ):
            raise ValueError(f"cannot be transformed: {each} has no single value")
    return make_transform(steps, source.resolved.leaf)


def forward(transform: Transform, value: Value, *, source: Place) -> Value:
    """Write a value of ours in the system's form; raise InvalidValue."""
    if value is None:
        return None
    try:
        return transform.to_directory(value).decode()
    except ValueError as error:
        raise InvalidValue(f"{source}: {error}") from error


def back(transform: Transform, value: Value) -> Value:
    """Show a value of the system in our form; None where it has none."""
    if not isinstance(value, str):
        return None
    try:
        return transform.to_scim(value.encode())
    except ValueError:
        return None


def make(sources: Sequence[Source], resource: Resource, place: Place) -> Value:
    """Return what the first source makes that makes anything of a resource; None where there is none, or none that fits."""
    texts = first_made(sources, Evaluation(resource), place=str(place))
    if not texts:
        return None
    try:
        return value_of_text(texts[0], place.resolved.leaf)
    except ValueError:
        return None


def _is_made(value: Any) -> bool:
    written = value if isinstance(value, list) else [value]
    return bool(written) and all(isinstance(each, Mapping) and each.keys() <= MADE for each in written)
