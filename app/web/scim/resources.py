"""The endpoints of resource types: /Users, /Users/<id> and so on, the same for every type."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.access.scopes import Operation
from app.scim.codec import ResourceCodec
from app.scim.patch_operations import parse_patch
from app.scim.schema import ResourceType
from app.web.auth import requires
from app.web.scim.requests import body, query, target, wanted_version
from app.web.scim.responses import LIST_RESPONSE, answer, document_of, resource_answer


def register(blueprint: Blueprint, resource_type: ResourceType) -> None:
    """Add the endpoints of one type."""
    codec = ResourceCodec(resource_type)
    endpoint = resource_type.endpoint.strip("/")

    @blueprint.get(f"/{endpoint}", endpoint=f"{endpoint}_list")
    @requires(endpoint, Operation.LIST)
    def list_() -> ResponseReturnValue:
        page = target(resource_type).search(query(resource_type))
        return answer(
            {
                "schemas": [LIST_RESPONSE],
                "totalResults": page.total,
                "startIndex": page.start_index,
                "itemsPerPage": len(page.resources),
                "Resources": [document_of(resource) for resource in page.resources],
            }
        )

    @blueprint.post(f"/{endpoint}", endpoint=f"{endpoint}_create")
    @requires(endpoint, Operation.CREATE)
    def create() -> ResponseReturnValue:
        resource = codec.load(body(), purpose="create")
        return resource_answer(target(resource_type).create(resource), HTTPStatus.CREATED)

    @blueprint.get(f"/{endpoint}/<resource_id>", endpoint=f"{endpoint}_view")
    @requires(endpoint, Operation.VIEW)
    def view(resource_id: str) -> ResponseReturnValue:
        return resource_answer(target(resource_type).read(resource_id))

    @blueprint.put(f"/{endpoint}/<resource_id>", endpoint=f"{endpoint}_replace")
    @requires(endpoint, Operation.UPDATE)
    def replace(resource_id: str) -> ResponseReturnValue:
        resource = codec.load(body(), purpose="replace")
        return resource_answer(target(resource_type).replace(resource_id, resource, version=wanted_version()))

    @blueprint.patch(f"/{endpoint}/<resource_id>", endpoint=f"{endpoint}_patch")
    @requires(endpoint, Operation.UPDATE)
    def patch(resource_id: str) -> ResponseReturnValue:
        operations = parse_patch(body(), resource_type)
        return resource_answer(target(resource_type).patch(resource_id, operations, version=wanted_version()))

    @blueprint.delete(f"/{endpoint}/<resource_id>", endpoint=f"{endpoint}_delete")
    @requires(endpoint, Operation.DELETE)
    def delete(resource_id: str) -> ResponseReturnValue:
        target(resource_type).delete(resource_id, version=wanted_version())
        return Response(status=HTTPStatus.NO_CONTENT)
