"""Schemas, attributes and resource types (RFC 7643 §2, §6, §7), read from JSON schema documents.

Where the documents lie and which resource types exist is left to the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias, get_args

import marshmallow
from marshmallow import fields, validate

from app.scim.validation import problems

Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]
Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]
Returned = Literal["always", "never", "default", "request"]
Uniqueness = Literal["none", "server", "global"]

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"
"""A JSON value. Dates stay strings, binary stays base64, until something has to compare them."""

SCHEMA_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"
RESOURCE_TYPE_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
RESERVED_ENDPOINTS: Final = frozenset(
    {"/me", "/bulk", "/schemas", "/resourcetypes", "/serviceproviderconfig"}
)

_ATTRIBUTE_NAME: Final = r"(?:[A-Za-z][A-Za-z0-9_-]*|\$ref)\Z"  # RFC 7644 §3.4.2.2, ATTRNAME
_HAS_CASE: Final = frozenset({"string", "reference", "binary"})


class DocumentError(ValueError):
    """A schema document cannot be used. ``source`` names the document, ``key`` the place in it."""

    def __init__(self, problem: str, *, source: str, key: str) -> None:
        super().__init__(f"{source}: {key}: {problem}")
        self.source = source
        self.key = key
        self.problem = problem


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


@dataclass(frozen=True)
class Schema:
    """A schema: a URN and the attributes that it defines."""

    id: str
    name: str
    attributes: tuple[Attribute, ...]
    description: str = ""

    def __hash__(self) -> int:
        """Hash by URN: schemas are keys of caches, and their trees are large."""
        return hash(self.id)

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


@dataclass(frozen=True)
class ResourceType:
    """A kind of resource: its endpoint, its schema and its extensions (RFC 7643 §6)."""

    name: str
    endpoint: str
    schema: Schema
    extensions: tuple[Extension, ...] = ()
    description: str = ""

    def __hash__(self) -> int:
        """Hash by name and schema: resource types are keys of caches, and their trees are large."""
        return hash((self.name, self.schema.id))

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


_COMMON: Final = _by_name(COMMON_ATTRIBUTES)


def parse_schema(document: Mapping[str, object], *, source: str = "document") -> Schema:
    """Read a schema document (RFC 7643 §7). Raises DocumentError."""
    read = _load(_SchemaDocument(), document, source=source)
    attributes = _parse_attributes(read["attributes"], source=source, key="attributes")
    for index, attribute in enumerate(attributes):
        if attribute.name.lower() in _COMMON:
            problem = f"{attribute.name!r} is common to all resources and is not declared by a schema"
            raise DocumentError(problem, source=source, key=f"attributes[{index}].name")
    return Schema(read["id"], read["name"], attributes, read["description"])


def parse_resource_type(
    document: Mapping[str, object], schemas: Mapping[str, Schema], *, source: str = "document"
) -> ResourceType:
    """Read a resource type document (RFC 7643 §6), whose schemas are looked up by URN. Raises DocumentError."""
    read = _load(_ResourceTypeDocument(), document, source=source)
    by_urn = {urn.lower(): schema for urn, schema in schemas.items()}

    def schema_named(urn: str, key: str) -> Schema:
        if urn.lower() not in by_urn:
            raise DocumentError(f"there is no schema {urn!r}", source=source, key=key)
        return by_urn[urn.lower()]

    core = schema_named(read["schema"], "schema")
    extensions = tuple(
        Extension(
            schema_named(extension["schema"], f"schemaExtensions[{index}].schema"), extension["required"]
        )
        for index, extension in enumerate(read["extensions"])
    )
    return ResourceType(read["name"], read["endpoint"], core, extensions, read["description"])


def dump_schema(schema: Schema) -> dict[str, Value]:
    """Write a schema as RFC 7643 §7 has it; what does not apply is left out, nothing is null."""
    return {
        "schemas": [SCHEMA_URN],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [_dump_attribute(attribute) for attribute in schema.attributes],
    }


def dump_resource_type(resource_type: ResourceType) -> dict[str, Value]:
    """Write a resource type as RFC 7643 §6 has it."""
    document: dict[str, Value] = {
        "schemas": [RESOURCE_TYPE_URN],
        "id": resource_type.name,
        "name": resource_type.name,
        "endpoint": resource_type.endpoint,
        "description": resource_type.description,
        "schema": resource_type.schema.id,
    }
    if resource_type.extensions:
        document["schemaExtensions"] = [
            {"schema": extension.schema.id, "required": extension.required}
            for extension in resource_type.extensions
        ]
    return document


def _dump_attribute(attribute: Attribute) -> dict[str, Value]:
    is_complex = attribute.type == "complex"
    document: dict[str, Value | None] = {
        "name": attribute.name,
        "type": attribute.type,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "canonicalValues": list(attribute.canonical_values) or None,
        "caseExact": attribute.case_exact if attribute.type in _HAS_CASE else None,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
        # Erratum 6004 to RFC 7643: uniqueness says nothing about complex attributes.
        "uniqueness": None if is_complex else attribute.uniqueness,
        "referenceTypes": list(attribute.reference_types) or None,
        "subAttributes": [_dump_attribute(sub) for sub in attribute.sub_attributes] or None,
    }
    return {key: value for key, value in document.items() if value is not None}


def _choice(of: object) -> validate.OneOf:
    return validate.OneOf(get_args(of), error="must be one of: {choices}")


def _flag(key: str | None = None) -> fields.Boolean:
    return fields.Boolean(data_key=key, load_default=False, truthy={True}, falsy={False})


def _strings(key: str) -> fields.List[str]:
    return fields.List(fields.String(), data_key=key, load_default=list)


class _AttributeDocument(marshmallow.Schema):
    name = fields.String(
        required=True, validate=validate.Regexp(_ATTRIBUTE_NAME, error="is not an attribute name")
    )
    type = fields.String(load_default="string", validate=_choice(Type))
    multi_valued = _flag("multiValued")
    description = fields.String(load_default="")
    required = _flag()
    canonical_values = _strings("canonicalValues")
    case_exact = _flag("caseExact")
    mutability = fields.String(load_default="readWrite", validate=_choice(Mutability))
    returned = fields.String(load_default="default", validate=_choice(Returned))
    uniqueness = fields.String(load_default="none", validate=_choice(Uniqueness))
    reference_types = _strings("referenceTypes")
    sub_attributes = fields.List(
        fields.Nested(lambda: _AttributeDocument()),  # noqa: PLW0108  # the class is not yet bound here
        data_key="subAttributes",
        load_default=list,
    )


class _SchemaDocument(marshmallow.Schema):
    id = fields.String(required=True, validate=validate.Regexp(r"[^\s:]+:\S+\Z", error="is not a URN"))
    name = fields.String(required=True)
    description = fields.String(load_default="")
    attributes = fields.List(fields.Nested(_AttributeDocument), required=True)
    schemas = fields.List(fields.String())
    meta = fields.Dict()


class _ExtensionDocument(marshmallow.Schema):
    schema = fields.String(required=True)
    required = _flag()


class _ResourceTypeDocument(marshmallow.Schema):
    id = fields.String()
    name = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z][\w.-]*\Z", error="is not a name"))
    endpoint = fields.String(
        required=True,
        validate=validate.Regexp(r"/[\w.-]+\Z", error="must be a slash and one segment"),
    )
    description = fields.String(load_default="")
    schema = fields.String(required=True)
    extensions = fields.List(
        fields.Nested(_ExtensionDocument), data_key="schemaExtensions", load_default=list
    )
    schemas = fields.List(fields.String())
    meta = fields.Dict()

    @marshmallow.validates("endpoint")
    def _is_free(self, endpoint: str, **_: object) -> None:
        if endpoint.lower() in RESERVED_ENDPOINTS:
            raise marshmallow.ValidationError("is an endpoint of the protocol itself")


def _load(reader: marshmallow.Schema, document: Mapping[str, object], *, source: str) -> dict[str, Any]:
    try:
        read: dict[str, Any] = reader.load(document)
    except marshmallow.ValidationError as error:
        key, problem = next(problems(error))
        raise DocumentError(problem, source=source, key=key or "the document") from error
    return read


def _parse_attributes(read: Sequence[dict[str, Any]], *, source: str, key: str) -> tuple[Attribute, ...]:
    seen: set[str] = set()
    for index, attribute in enumerate(read):
        folded = attribute["name"].lower()
        if folded in seen:
            raise DocumentError("is declared twice", source=source, key=f"{key}[{index}].name")
        seen.add(folded)
    return tuple(
        _parse_attribute(attribute, source=source, key=f"{key}[{index}]")
        for index, attribute in enumerate(read)
    )


def _parse_attribute(read: dict[str, Any], *, source: str, key: str) -> Attribute:
    subs = _parse_attributes(read["sub_attributes"], source=source, key=f"{key}.subAttributes")
    problem = _problem_of(read, subs)
    if problem:
        raise DocumentError(problem, source=source, key=f"{key} ({read['name']})")
    lists = {name: tuple(read[name]) for name in ("canonical_values", "reference_types")}
    return Attribute(**{**read, **lists, "sub_attributes": subs})


def _problem_of(read: dict[str, Any], subs: tuple[Attribute, ...]) -> str | None:
    if read["type"] == "complex" and not subs:
        return "a complex attribute needs subAttributes"
    if read["type"] != "complex" and subs:
        return "only a complex attribute has subAttributes"
    if any(sub.type == "complex" for sub in subs):
        # Erratum 8415 to RFC 7643
        return "a sub-attribute is never complex"
    if read["mutability"] == "writeOnly" and read["returned"] != "never":
        # RFC 7643 §7: a writeOnly value is never returned.
        return "a writeOnly attribute needs returned: never"
    return None
