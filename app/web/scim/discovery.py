"""Discovery: what the service is and can do (RFC 7644 §4).

Who authenticates is told about where its requests go to: a domain, or, in proxy mode, what connectors keep. What is open
to everybody is about that of the resident application, or, where that has none, about what all domains can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from flask import Response, request

from app.access.scopes import Endpoint, Operation
from app.provisioning.capabilities import capabilities_of, resource_types_of
from app.provisioning.domain import Domain
from app.provisioning.routing import Destination
from app.scim.discovery import (
    AuthenticationScheme,
    Capabilities,
    resource_type_document,
    schema_document,
    schemas_of,
    service_provider_config,
)
from app.scim.errors import Forbidden, NotFound
from app.scim.messages import ListResponse, dump_list_response
from app.scim.schema import ResourceType, Value
from app.web import auth
from app.web.auth import requires
from app.web.current import services
from app.web.scim import requests
from app.web.scim.responses import answer, locations
from app.web.scim.routes import Route

SCHEMES = (
    AuthenticationScheme(
        "oauthbearertoken",
        "OAuth Bearer Token",
        "An access token of /oauth2/token in the Authorization header.",
        spec_uri="https://www.rfc-editor.org/info/rfc6750",
        primary=True,
    ),
    AuthenticationScheme(
        "httpbasic",
        "HTTP Basic",
        "Name and password of an administrator.",
        spec_uri="https://www.rfc-editor.org/info/rfc7617",
    ),
)


def service_provider() -> Response:
    """Show what the service can do."""
    found = replace(_capabilities(), authentication_schemes=SCHEMES)
    return answer(service_provider_config(found, base_url=locations().base_url))


def resource_types() -> Response:
    """List the resource types."""
    return _list(_resource_types().values())


def resource_type(name: str) -> Response:
    """Show a resource type."""
    return _one(_resource_types(), name)


def schemas() -> Response:
    """List the schemas."""
    return _list(_schemas().values())


def schema(urn: str) -> Response:
    """Show a schema."""
    return _one(_schemas(), urn)


ROUTES = (
    Route(
        "GET",
        "/ServiceProviderConfig",
        requires(Endpoint.SERVICE_PROVIDER_CONFIG, Operation.VIEW),
        service_provider,
    ),
    Route("GET", "/ResourceTypes", requires(Endpoint.RESOURCE_TYPES, Operation.LIST), resource_types),
    Route("GET", "/ResourceTypes/<name>", requires(Endpoint.RESOURCE_TYPES, Operation.VIEW), resource_type),
    Route("GET", "/Schemas", requires(Endpoint.SCHEMAS, Operation.LIST), schemas),
    Route("GET", "/Schemas/<urn>", requires(Endpoint.SCHEMAS, Operation.VIEW), schema),
)


def _destination() -> Destination | None:
    """Say where the requests go that this one is told about; None where that is nowhere in particular."""
    caller = auth.known()
    found = requests.destination_of(caller.application if caller else services().applications.resident())
    usable = services().configurations.current().domains
    leads_on = found.proxy_mode and found.connectors
    return found if leads_on or any(name in usable for name in found.domains) else None


def _capabilities() -> Capabilities:
    destination = _destination()
    if destination is None:
        return capabilities_of(_all_domains())
    return requests.router().capabilities(destination)


def _all_domains() -> list[Domain]:
    return list(services().configurations.current().domains.values())


def _resource_types() -> Mapping[str, Mapping[str, Value]]:
    destination = _destination()
    if destination is None:
        found: Sequence[ResourceType] = resource_types_of(_all_domains())
    else:
        found = requests.router().resource_types(destination)
    return {each.name: resource_type_document(each, base_url=locations().base_url) for each in found}


def _schemas() -> Mapping[str, Mapping[str, Value]]:
    found = requests.router().resource_types(requests.destination())
    return {each.id: schema_document(each, base_url=locations().base_url) for each in schemas_of(found)}


def _list(documents: Iterable[Mapping[str, Value]]) -> Response:
    if "filter" in request.args:
        # RFC 7644 §4: filters are refused, other parameters are ignored.
        raise Forbidden("what the service says about itself cannot be filtered")
    found = list(documents)
    return answer(dump_list_response(ListResponse(found, len(found))))


def _one(documents: Mapping[str, Mapping[str, Value]], name: str) -> Response:
    found = next((document for key, document in documents.items() if key.lower() == name.lower()), None)
    if found is None:
        raise NotFound(f"there is no {name!r} here")
    return answer(found)
