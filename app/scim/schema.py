"""Schemas, attributes and resource types (RFC 7643 §2, §6, §7), and the attributes that all resources have.

Reading and writing the documents that declare them is left to ``schema_documents``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]
Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]
Returned = Literal["always", "never", "default", "request"]
Uniqueness = Literal["none", "server", "global"]

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"
"""A JSON value. Dates stay strings, binary stays base64, until something has to compare them."""


@dataclass(frozen=True)
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

    def __hash__(self) -> int:
        """Hash by name: attributes are keys of caches, and their trees are large."""
        return hash(self.name)

    @cached_property
    def key(self) -> str:
        """The name as it is compared, in any case."""
        return self.name.lower()

    def sub_attribute(self, name: str) -> Attribute | None:
        """Find a sub-attribute by name, in any case (RFC 7643 §2.1)."""
        return self._by_name.get(name.lower())

    @cached_property
    def _by_name(self) -> dict[str, Attribute]:
        return _by_name(self.sub_attributes)


@dataclass(frozen=True, eq=False)
class Schema:
    """A schema: a URN and the attributes that it defines.

    Schemas and resource types are keys of caches and their trees are large: two are the same only where they are one.
    """

    id: str
    name: str
    attributes: tuple[Attribute, ...]
    description: str = ""

    def attribute(self, name: str) -> Attribute | None:
        """Find an attribute by name, in any case."""
        return self._by_name.get(name.lower())

    @cached_property
    def _by_name(self) -> dict[str, Attribute]:
        return _by_name(self.attributes)


@dataclass(frozen=True, slots=True)
class Extension:
    """A schema that a resource type may carry beside its own."""

    schema: Schema
    required: bool = False


@dataclass(frozen=True, eq=False)
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

    @cached_property
    def core_attributes(self) -> tuple[Attribute, ...]:
        """The attributes that stand at a resource's top level: the common ones and those of the core schema."""
        return (*COMMON_ATTRIBUTES, *self.schema.attributes)

    def extension(self, urn: str) -> Extension | None:
        """Find an extension by the URN of its schema, in any case."""
        return self._by_urn.get(urn.lower())

    def attribute(self, name: str) -> Attribute | None:
        """Find a common or core attribute by name, in any case."""
        return self._by_name.get(name.lower())

    @cached_property
    def _by_name(self) -> dict[str, Attribute]:
        return _by_name(self.core_attributes)

    @cached_property
    def _by_urn(self) -> dict[str, Extension]:
        return {extension.schema.id.lower(): extension for extension in self.extensions}


def _by_name(attributes: Sequence[Attribute]) -> dict[str, Attribute]:
    return {attribute.key: attribute for attribute in attributes}


COMMON_ATTRIBUTES: Final = (
    # RFC 7643 §3, §3.1
    Attribute(
        "schemas",
        type="reference",
        multi_valued=True,
        description="The URNs of the schemas that the resource has attributes of.",
        required=True,
        case_exact=True,
        mutability="readOnly",
        returned="always",
        reference_types=("uri",),
    ),
    Attribute(
        "id",
        description="The service's identifier of the resource.",
        case_exact=True,
        mutability="readOnly",
        returned="always",
        uniqueness="server",
    ),
    Attribute("externalId", description="The client's identifier of the resource.", case_exact=True),
    Attribute(
        "meta",
        type="complex",
        description="What the service knows about the resource.",
        mutability="readOnly",
        sub_attributes=(
            Attribute("resourceType", description="Its type.", case_exact=True, mutability="readOnly"),
            Attribute("created", type="dateTime", description="When it was made.", mutability="readOnly"),
            Attribute(
                "lastModified", type="dateTime", description="When it last changed.", mutability="readOnly"
            ),
            Attribute(
                "location",
                type="reference",
                description="Its URI.",
                case_exact=True,
                mutability="readOnly",
                reference_types=("uri",),
            ),
            Attribute(
                "version", description="Its version, an entity tag.", case_exact=True, mutability="readOnly"
            ),
        ),
    ),
)
