"""SCIM responses: content type, ETag and Location are set here and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, request

from app.scim.codec import ResourceCodec
from app.scim.resource import Resource, is_complex
from app.scim.schema import ResourceType, Value
from app.web.current import services

MEDIA_TYPE = "application/scim+json"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def base_url() -> str:
    """Return where clients see the service, under the prefix that this request used."""
    prefix = "/scim/v2" if request.path.startswith("/scim/v2") else "/scim2"
    root = services().settings.public_url or request.host_url
    return root.rstrip("/") + prefix


def location_of(resource_type: ResourceType, resource_id: Value) -> str:
    """Return a resource's URL."""
    return f"{base_url()}{resource_type.endpoint}/{resource_id}"


def document_of(resource: Resource) -> dict[str, Value]:
    """Write a resource out, with its location."""
    meta = resource.attributes.get("meta")
    location = location_of(resource.type, resource.attributes.get("id"))
    located = {**resource.attributes, "meta": {**(meta if is_complex(meta) else {}), "location": location}}
    return ResourceCodec(resource.type).dump(Resource(resource.type, located))


def answer(body: Mapping[str, Value] | None, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Make a response of a JSON document, or of none."""
    if body is None:
        return Response(status=HTTPStatus.NO_CONTENT)
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)


def resource_answer(resource: Resource, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Answer with a resource (RFC 7644 §3.1, §3.14)."""
    response = answer(document_of(resource), status)
    response.headers["Location"] = location_of(resource.type, resource.attributes.get("id"))
    meta = resource.attributes.get("meta")
    version = meta.get("version") if is_complex(meta) else None
    if isinstance(version, str):
        response.headers["ETag"] = version
    return response
