"""Bulk requests (RFC 7644 §3.7): the scope for them, and that of each operation within."""

from __future__ import annotations

from flask import Response

from app.access.scopes import Endpoint, Operation
from app.provisioning.bulk import Ground, carry_out
from app.provisioning.capabilities import MAX_BULK_BYTES, MAX_BULK_OPERATIONS
from app.provisioning.target import Target
from app.scim.bulk import dump_bulk_response, parse_bulk
from app.scim.schema import ResourceType
from app.web.auth import authorise, requires
from app.web.current import services
from app.web.scim import requests
from app.web.scim.entity_tags import parse_preconditions
from app.web.scim.responses import answer, locations
from app.web.scim.routes import Route

_OPERATIONS = {
    "POST": Operation.CREATE,
    "PUT": Operation.UPDATE,
    "PATCH": Operation.UPDATE,
    "DELETE": Operation.DELETE,
}


def bulk() -> Response:
    """Carry out many operations."""
    request = parse_bulk(requests.body(max_bytes=MAX_BULK_BYTES), max_operations=MAX_BULK_OPERATIONS)
    ground = Ground(
        types={found.endpoint: found for found in services().resource_types.values()},
        target=requests.target,
        authorise=_authorise,
        locate=locations().of,
        version_to_write=_version_to_write,
    )
    return answer(dump_bulk_response(carry_out(request, ground)))


ROUTES = (Route("POST", "/Bulk", requires(Endpoint.BULK, Operation.CREATE), bulk),)


def _authorise(resource_type: ResourceType, method: str) -> None:
    authorise(resource_type.endpoint.strip("/"), _OPERATIONS[method])


def _version_to_write(target: Target, resource_id: str, version: str | None) -> str | None:
    return requests.version_to_write(target, resource_id, parse_preconditions(version, None, name="version"))
