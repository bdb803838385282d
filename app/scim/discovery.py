"""What a service says about itself (RFC 7643 §5 to §7, RFC 7644 §4, RFC 9865 §4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from app.scim.schema import ResourceType, Schema, Value
from app.scim.schema_documents import dump_resource_type, dump_schema

SERVICE_PROVIDER_CONFIG_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"


@dataclass(frozen=True, slots=True)
class AuthenticationScheme:
    """A way to authenticate."""

    type: Literal["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"]
    name: str
    description: str
    spec_uri: str | None = None
    documentation_uri: str | None = None
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Pagination:
    """The ways to page (RFC 9865 §4)."""

    default_page_size: int
    max_page_size: int
    cursor: bool = True
    index: bool = True
    default_method: Literal["cursor", "index"] = "index"
    cursor_timeout_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the service offers."""

    pagination: Pagination
    max_results: int
    bulk: bool = True
    bulk_max_operations: int = 1000
    bulk_max_payload_bytes: int = 1_048_576
    patch: bool = True
    filter: bool = True
    change_password: bool = True
    sort: bool = True
    etag: bool = True
    authentication_schemes: tuple[AuthenticationScheme, ...] = field(default=())
    documentation_uri: str | None = None


def service_provider_config(capabilities: Capabilities, *, base_url: str) -> dict[str, Value]:
    """Write the ServiceProviderConfig."""
    return _present(
        {
            "schemas": [SERVICE_PROVIDER_CONFIG_URN],
            "documentationUri": capabilities.documentation_uri,
            "patch": {"supported": capabilities.patch},
            "bulk": {
                "supported": capabilities.bulk,
                # authentik divides by it, also where there is no bulk.
                "maxOperations": max(1, capabilities.bulk_max_operations),
                "maxPayloadSize": capabilities.bulk_max_payload_bytes,
            },
            "filter": {"supported": capabilities.filter, "maxResults": capabilities.max_results},
            "changePassword": {"supported": capabilities.change_password},
            "sort": {"supported": capabilities.sort},
            "etag": {"supported": capabilities.etag},
            "pagination": _pagination(capabilities.pagination),
            "authenticationSchemes": [_scheme(scheme) for scheme in capabilities.authentication_schemes],
            "meta": _meta("ServiceProviderConfig", f"{base_url}/ServiceProviderConfig"),
        }
    )


def resource_type_document(resource_type: ResourceType, *, base_url: str) -> dict[str, Value]:
    """Write a resource type, with its meta."""
    location = f"{base_url}/ResourceTypes/{resource_type.name}"
    return {**dump_resource_type(resource_type), "meta": _meta("ResourceType", location)}


def schema_document(schema: Schema, *, base_url: str) -> dict[str, Value]:
    """Write a schema, with its meta."""
    return {**dump_schema(schema), "meta": _meta("Schema", f"{base_url}/Schemas/{schema.id}")}


def schemas_of(resource_types: Iterable[ResourceType]) -> list[Schema]:
    """List the schemas of the resource types, each once."""
    return list({schema.id: schema for found in resource_types for schema in found.schemas}.values())


def _pagination(pagination: Pagination) -> dict[str, Value]:
    return _present(
        {
            "cursor": pagination.cursor,
            "index": pagination.index,
            "defaultPaginationMethod": pagination.default_method,
            "defaultPageSize": pagination.default_page_size,
            "maxPageSize": pagination.max_page_size,
            "cursorTimeout": pagination.cursor_timeout_seconds,
        }
    )


def _scheme(scheme: AuthenticationScheme) -> dict[str, Value]:
    return _present(
        {
            "type": scheme.type,
            "name": scheme.name,
            "description": scheme.description,
            "specUri": scheme.spec_uri,
            "documentationUri": scheme.documentation_uri,
            "primary": scheme.primary,
        }
    )


def _meta(resource_type: str, location: str) -> dict[str, Value]:
    return {"resourceType": resource_type, "location": location}


def _present(document: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in document.items() if value is not None}
