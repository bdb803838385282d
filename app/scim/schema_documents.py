"""The JSON documents of schemas and resource types (RFC 7643 §6, §7): read, checked and written.

Where the documents lie and which resource types exist is left to the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import marshmallow
from marshmallow import fields, validate

from app.scim.schema import (
    COMMON_ATTRIBUTES,
    Attribute,
    Extension,
    Mutability,
    ResourceType,
    Returned,
    Schema,
    Type,
    Uniqueness,
    Value,
)
from app.scim.validation import problems

SCHEMA_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"
RESOURCE_TYPE_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
RESERVED_ENDPOINTS: Final = frozenset(
    {"/me", "/bulk", "/schemas", "/resourcetypes", "/serviceproviderconfig"}
)

_ATTRIBUTE_NAME: Final = r"(?:[A-Za-z][A-Za-z0-9_-]*|\$ref)\Z"  # RFC 7644 §3.4.2.2, ATTRNAME
_HAS_CASE: Final = frozenset({"string", "reference", "binary"})
_COMMON: Final = frozenset(attribute.key for attribute in COMMON_ATTRIBUTES)


class DocumentError(ValueError):
    """A schema document cannot be used. ``source`` names the document, ``key`` the place in it."""

    def __init__(self, problem: str, *, source: str, key: str) -> None:
        super().__init__(f"{source}: {key}: {problem}")
        self.source = source
        self.key = key
        self.problem = problem


def parse_schema(document: Mapping[str, object], *, source: str = "document") -> Schema:
    """Read a schema document (RFC 7643 §7). Raises DocumentError."""
    read = _load(_SchemaDocument(), document, source=source)
    attributes = _parse_attributes(read["attributes"], source=source, key="attributes")
    for index, attribute in enumerate(attributes):
        if attribute.key in _COMMON:
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
