"""Schemas, attributes and resource types (RFC 7643 §2, §6, §7), read from JSON schema documents.

Where the documents lie and which resource types exist is left to the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]
Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]
Returned = Literal["always", "never", "default", "request"]
Uniqueness = Literal["none", "server", "global"]

Value: TypeAlias = "None | bool | int | float | str | Sequence[Value] | Mapping[str, Value]"
"""A JSON value. Dates stay strings, binary stays base64, until something has to compare them."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute's characteristics (RFC 7643 §2.2, §7)."""

    name: str
    type: Type = "string"
    multi_valued: bool = False
    description: str = ""
    required: bool = False
    canonical_values: tuple[str, ...] = ()
    case_exact: bool = False
    mutability: Mutability = "readWrite"
    returned: Returned = "default"
    uniqueness: Uniqueness = "none"
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()

    def sub_attribute(self, name: str) -> Attribute | None:
        """Find a sub-attribute by name, in any case (RFC 7643 §2.1)."""
        return _find(self.sub_attributes, name)


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema: a URN and the attributes that it defines."""

    id: str
    name: str
    attributes: tuple[Attribute, ...]
    description: str = ""

    def attribute(self, name: str) -> Attribute | None:
        """Find an attribute by name, in any case."""
        return _find(self.attributes, name)


@dataclass(frozen=True, slots=True)
class Extension:
    """A schema that a resource type may carry beside its own."""

    schema: Schema
    required: bool = False


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource: its endpoint, its schema and its extensions (RFC 7643 §6)."""

    name: str
    endpoint: str
    schema: Schema
    extensions: tuple[Extension, ...] = ()
    description: str = ""

    @property
    def schemas(self) -> Iterator[Schema]:
        """The core schema, then the extensions."""
        yield self.schema
        yield from (extension.schema for extension in self.extensions)


def _find(attributes: Sequence[Attribute], name: str) -> Attribute | None:
    folded = name.lower()
    return next((attribute for attribute in attributes if attribute.name.lower() == folded), None)
