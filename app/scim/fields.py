"""marshmallow fields for SCIM's data types (RFC 7643 §2.3).

A message says what was expected and what kind of thing came, and never repeats the value: it may be a password.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import cached_property
from typing import Any, Final

import marshmallow
from marshmallow import ValidationError, fields

from app.scim.instant import parse_instant
from app.scim.schema import Attribute, Type

REQUIRED: Final = {"required": "is required"}
_INTEGERS: Final = range(-(2**63), 2**63)
_HALF: Final = re.compile("[\ud800-\udfff]")
_BOOLEANS: Final = {"true": True, "false": False}


class Text(fields.String):
    """A string: Unicode."""

    expected = "a string"

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        del attr, data, kwargs
        if not isinstance(value, str):
            raise _wrong(self.expected, value)
        if _HALF.search(value):
            raise ValidationError("has half of a surrogate pair, which is no character")
        return self._check(value)

    def _check(self, value: str) -> str:
        return value


class Storable(Text):
    """A string that must be kept whole by whatever stores or hashes it, and so has no NUL."""

    def _check(self, value: str) -> str:
        if "\0" in value:
            raise ValidationError("has a NUL character, which cannot be stored")
        return value


class DateTime(Text):
    """A dateTime (RFC 7643 §2.3.5). It stays the text that was sent."""

    expected = "a dateTime such as 2011-05-13T04:42:34Z"

    def _check(self, value: str) -> str:
        try:
            parse_instant(value)
        except ValueError as error:
            raise ValidationError(f"expected {self.expected}, got another string") from error
        return value


class Binary(Text):
    """Bytes in base64 (RFC 7643 §2.3.6). They stay base64."""

    expected = "base64"

    def _check(self, value: str) -> str:
        try:
            base64.b64decode(value.encode(), validate=True)
        except binascii.Error as error:
            raise ValidationError("expected base64, got another string") from error
        return value


class Boolean(fields.Boolean):
    """A boolean (RFC 7643 §2.3.2), or its name in any case."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        del attr, data, kwargs
        # Entra and Keycloak send "False" and "true" as strings.
        read = _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value
        if not isinstance(read, bool):
            raise _wrong("true or false", value)
        return read


class Integer(fields.Integer):
    """A whole number (RFC 7643 §2.3.4) of 64 bits."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        del attr, data, kwargs
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong("a whole number", value)
        if value not in _INTEGERS:
            raise ValidationError("is a number of more than 64 bits")
        return value


class Number(fields.Float):
    """A real number (RFC 7643 §2.3.3)."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        del attr, data, kwargs
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _wrong("a number", value)
        if value not in _INTEGERS if isinstance(value, int) else not math.isfinite(value):
            raise ValidationError("is too large a number")
        return value


class Complex(fields.Nested):
    """A complex value (RFC 7643 §2.3.8)."""

    def _load(self, value: Any, partial: Any = None) -> Any:
        if not isinstance(value, Mapping):
            raise _wrong("an object", value)
        return super()._load(value, partial=partial)


class Many(fields.List[Any]):
    """A multi-valued attribute (RFC 7643 §2.4)."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        elements = _distinct(super()._deserialize(value, attr, data, **kwargs))
        if sum(isinstance(element, dict) and element.get("primary") is True for element in elements) > 1:
            # RFC 7643 §2.4: the primary value true MUST appear no more than once.
            raise ValidationError("has more than one value that is primary")
        return elements


_SIMPLE: Final[Mapping[Type, type[fields.Field[Any]]]] = {
    "string": Text,
    "reference": Text,
    "dateTime": DateTime,
    "binary": Binary,
    "boolean": Boolean,
    "integer": Integer,
    "decimal": Number,
}


class Reader(marshmallow.Schema):
    """The base of the classes generated from schema documents."""

    class Meta:
        """What has no field was left out before, so that anything more is a mistake of ours."""

        unknown = marshmallow.RAISE

    def load(self, data: Any, **options: Any) -> Any:
        """Check what was sent, field by field; marshmallow's own way, which asks all fields, tells what is amiss."""
        checks, demanded = self._checks
        if not any(options.values()) and isinstance(data, dict) and demanded <= data.keys() <= checks.keys():
            with suppress(ValidationError):
                return self._read(data)
        return super().load(data, **options)

    def _read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        read, (checks, _) = {}, self._checks
        for key, value in data.items():
            name, check = checks[key]
            read[name] = check.deserialize(value, key, data)
        return read

    @cached_property
    def _checks(self) -> tuple[Mapping[str, tuple[str, fields.Field[Any]]], AbstractSet[str]]:
        """The fields by what is sent for them, and what must be."""
        checks = {found.data_key or name: (name, found) for name, found in self.load_fields.items()}
        return checks, {key for key, (_, found) in checks.items() if found.required}


def field_of(
    attribute: Attribute, *, required: bool, complete: bool = True, data_key: str | None = None
) -> fields.Field[Any]:
    """Make the field that checks an attribute's values. ``complete`` demands the required sub-attributes."""
    options: dict[str, Any] = {
        "required": required,
        "error_messages": REQUIRED,
        "data_key": data_key,
        "metadata": {"description": attribute.description},
    }
    if attribute.multi_valued:
        return Many(_single(attribute, {}, complete=complete), **options)
    return _single(attribute, options, complete=complete)


def complex_of(name: str, attributes: Iterable[Attribute], *, complete: bool, **options: Any) -> Complex:
    """Make the field that checks an object with these attributes."""
    below = {attribute.name: _below(attribute, complete=complete) for attribute in attributes}
    return Complex(Reader.from_dict(below, name=name), **options)


def _below(attribute: Attribute, *, complete: bool) -> fields.Field[Any]:
    demanded = complete and attribute.required and attribute.mutability != "readOnly"
    return field_of(attribute, required=demanded, complete=complete)


def _single(attribute: Attribute, options: dict[str, Any], *, complete: bool) -> fields.Field[Any]:
    if attribute.type == "complex":
        return complex_of(attribute.name, attribute.sub_attributes, complete=complete, **options)
    # Secrets are hashed, by functions that may end at a NUL; externalId may be kept in SQL.
    is_delicate = attribute.type == "string" and (
        attribute.returned == "never" or attribute.name == "externalId"
    )
    return (Storable if is_delicate else _SIMPLE[attribute.type])(**options)


def _distinct(elements: list[Any]) -> list[Any]:
    if len(elements) < 2:  # noqa: PLR2004 - nothing is there twice
        return elements
    return list({json.dumps(element, sort_keys=True): element for element in elements}.values())


def _wrong(expected: str, value: object) -> ValidationError:
    return ValidationError(f"expected {expected}, got {kind_of(value)}")


def kind_of(value: object) -> str:
    """Name the kind of a JSON value, without the value."""
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return "null"
