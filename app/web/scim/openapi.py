"""The SCIM service as an OpenAPI document, at /openapi.json: the same classes that check requests, in another form.

It tells of the caller's domain, as /Schemas does, and is for the same callers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response

from app import __version__
from app.access.scopes import Endpoint, Operation
from app.provisioning.capabilities import resource_types_of
from app.scim.bulk import BULK_REQUEST_URN, BULK_RESPONSE_URN
from app.scim.codec import Purpose, resource_reader
from app.scim.messages import ERROR_URN, LIST_RESPONSE_URN
from app.scim.patch_operations import PATCH_URN
from app.scim.query import SEARCH_REQUEST_URN
from app.scim.schema import ResourceType
from app.web.auth import requires
from app.web.scim import media_types, requests
from app.web.scim.responses import answer, locations

Document = Mapping[str, Any]
TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "integer"}
LARGEST: Final = 10**18 - 1
NUMBER_OR_NONE: Final = {
    "anyOf": [{**NUMBER, "minimum": -LARGEST, "maximum": LARGEST}, {"type": "string", "enum": [""]}],
    "description": "empty as if left out",
}
TEXTS: Final = {"type": "array", "items": TEXT}
NAMES: Final = {
    "anyOf": [TEXTS, TEXT],
    "description": "a list, or its names in a string, with commas between them",
}
OBJECTS: Final = {"type": "array", "items": {"type": "object"}}
PURPOSES: Final[Mapping[str, Purpose]] = {"": "read", "Create": "create", "Replace": "replace"}
REFUSALS: Final = (400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 429, 500, 503)


def _any_case(*words: str) -> str:
    """Write a pattern for one of some words, in any case."""
    spelt = ("".join(f"[{each.upper()}{each}]" for each in word) for word in words)
    return f"^({'|'.join(spelt)})$"


PARAMETERS: Final[Mapping[str, Document]] = {
    "attributes": TEXT,
    "excludedAttributes": TEXT,
    "filter": TEXT,
    "sortBy": TEXT,
    "sortOrder": {
        **TEXT,
        "pattern": _any_case("ascending", "descending", ""),
        "description": "ascending or descending, in any case; empty for ascending",
    },
    "startIndex": NUMBER_OR_NONE,
    "count": NUMBER_OR_NONE,
    "cursor": TEXT,
}
SHOWN: Final = ("attributes", "excludedAttributes")


def create_blueprint() -> Blueprint:
    """Make the blueprint, which belongs at the root."""
    blueprint = Blueprint("openapi", __name__)
    guard = requires(Endpoint.SCHEMAS, Operation.LIST)
    blueprint.add_url_rule("/openapi.json", "document", guard(document))
    return blueprint


def document() -> Response:
    """Show the document."""
    found = resource_types_of([requests.router().domain(requests.destination())])
    response = answer(describe(found, base_url=locations().base_url))
    response.content_type = media_types.JSON
    return response


def describe(types: Iterable[ResourceType], *, base_url: str) -> dict[str, Any]:
    """Describe the endpoints of resource types, and those that there always are."""
    spec = APISpec(
        "Landbridge",
        __version__,
        "3.1.0",
        # Without names all classes stand where they are used.
        plugins=[MarshmallowPlugin(schema_name_resolver=lambda _: "")],
        servers=[{"url": base_url}],
        security=[{"bearer": []}, {"basic": []}],
    )
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme("basic", {"type": "http", "scheme": "basic"})
    for name, message in MESSAGES.items():
        spec.components.schema(name, component=message)
    for resource_type in types:
        _add_type(spec, resource_type)
    for path, operations in COMMON.items():
        spec.path(path=path, operations=dict(operations))
    return spec.to_dict()


def _answered(urn: str, *, required: Iterable[str] = (), **members: Document) -> dict[str, Any]:
    schemas = {"type": "array", "items": {"type": "string", "const": urn}}
    required = ["schemas", *required]
    return {"type": "object", "required": required, "properties": {"schemas": schemas, **members}}


def _tolerant(value: Document) -> dict[str, Any]:
    """Describe what is taken for a value: null is none (RFC 7643 §2.5), and what is not known is ignored."""
    taken = _or_null(value)
    if "properties" in value:
        taken["properties"] = {name: _tolerant(each) for name, each in value["properties"].items()}
        taken["additionalProperties"] = True
    if "items" in value:
        taken["items"] = _tolerant(value["items"])
    return taken


def _asked(urn: str, *, required: Iterable[str] = (), **members: Document) -> dict[str, Any]:
    demanded = [*required]
    # Clients forget the URN: the endpoint says what the message is.
    properties: dict[str, Document] = {"schemas": {"default": [urn]}}
    for name, each in members.items():
        properties[name] = each if name in demanded else _or_null(each)
    return {"type": "object", "required": demanded, "properties": properties}


def _or_null(value: Document) -> dict[str, Any]:
    if "anyOf" in value:
        return {**value, "anyOf": [*value["anyOf"], {"type": "null"}]}
    return {**value, "type": [value["type"], "null"]}


MESSAGES: Final[Mapping[str, dict[str, Any]]] = {
    "Error": _answered(ERROR_URN, required=["status"], status=TEXT, scimType=TEXT, detail=TEXT),
    "PatchOp": _asked(
        PATCH_URN,
        required=["Operations"],
        Operations={
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["op"],
                "properties": {
                    "op": {"type": "string", "pattern": _any_case("add", "remove", "replace")},
                    "path": _or_null(TEXT),
                    "value": {},
                },
            },
        },
    ),
    "SearchRequest": _asked(
        SEARCH_REQUEST_URN, **{**PARAMETERS, "attributes": NAMES, "excludedAttributes": NAMES}
    ),
    "ListResponse": _answered(
        LIST_RESPONSE_URN,
        required=["totalResults", "Resources"],
        totalResults=NUMBER,
        startIndex=NUMBER,
        itemsPerPage=NUMBER,
        nextCursor=TEXT,
        previousCursor=TEXT,
        Resources=OBJECTS,
    ),
    "BulkRequest": _asked(
        BULK_REQUEST_URN,
        required=["Operations"],
        failOnErrors={**NUMBER, "minimum": 0},
        Operations={
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: _or_null(TEXT) for name in ("method", "path", "bulkId", "version")},
            },
        },
    ),
    "BulkResponse": _answered(BULK_RESPONSE_URN, required=["Operations"], Operations=OBJECTS),
}


def _add_type(spec: APISpec, resource_type: ResourceType) -> None:
    name, path = resource_type.name, resource_type.endpoint
    for suffix, purpose in PURPOSES.items():
        spec.components.schema(name + suffix, schema=resource_reader(resource_type, purpose))
        # apispec has written it in full, and knows nothing of what happens before the class is asked.
        found = spec.components.schemas[name + suffix]
        found.update(_sent(found, resource_type) if suffix else _shown_with_schemas(found))
    one = {"name": "id", "in": "path", "required": True, "schema": TEXT}
    create, replace, patch = _body(f"{name}Create"), _body(f"{name}Replace"), _body("PatchOp")
    brief = {"204": {"description": "Changed."}} if resource_type.attribute("members") else {}
    spec.path(
        path=path,
        operations={
            "get": _operation(f"List {path[1:]}.", {"200": _answer("ListResponse")}, PARAMETERS),
            "post": _operation(f"Create a {name}.", {"201": _answer(name)}, SHOWN, create),
        },
    )
    spec.path(path=f"{path}/.search", operations={"post": _search(f"Search {path[1:]}.")})
    spec.path(
        path=f"{path}/{{id}}",
        parameters=[one],
        operations={
            "get": _operation(f"Read a {name}.", {"200": _answer(name)}, SHOWN),
            "put": _operation(f"Replace a {name}.", {"200": _answer(name)}, SHOWN, replace),
            "patch": _operation(f"Change a {name}.", {"200": _answer(name), **brief}, SHOWN, patch),
            "delete": _operation(f"Delete a {name}.", {"204": {"description": "Deleted."}}),
        },
    )


def _shown_with_schemas(resource: Document) -> dict[str, Any]:
    return {**resource, "required": ["schemas"], "properties": {"schemas": TEXTS, **resource["properties"]}}


def _sent(resource: Document, resource_type: ResourceType) -> dict[str, Any]:
    # RFC 7643 §2.2: what is read-only is ignored, whatever it is.
    ignored = {each.name for each in resource_type.core_attributes if each.mutability == "readOnly"}
    properties = {
        name: _tolerant(each) for name, each in resource["properties"].items() if name not in ignored
    }
    for name in resource.get("required", ()):
        properties[name] = _assigned(resource["properties"][name])
    return {**resource, "additionalProperties": True, "properties": properties}


def _assigned(value: Document) -> dict[str, Any]:
    """Describe a value that must be there: null and the empty text are none (RFC 7643 §2.5)."""
    taken = {**_tolerant(value), "type": value["type"]}
    return {**taken, "minLength": 1} if value["type"] == "string" else taken


def _operation(
    summary: str, answers: Document, parameters: Iterable[str] = (), body: Document | None = None
) -> dict[str, Any]:
    refusals = {str(status): _answer("Error", HTTPStatus(status).phrase) for status in REFUSALS}
    asked = [{"name": name, "in": "query", "schema": PARAMETERS[name]} for name in parameters]
    sent = {"requestBody": body} if body else {}
    return {"summary": summary, "parameters": asked, "responses": {**answers, **refusals}, **sent}


def _search(summary: str) -> dict[str, Any]:
    return _operation(summary, {"200": _answer("ListResponse")}, body=_body("SearchRequest"))


def _answer(name: str, description: str = "Done.") -> Document:
    return {"description": description, "content": _content(name)}


def _body(name: str) -> Document:
    return {"required": True, "content": _content(name)}


def _content(name: str) -> Document:
    schema = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return {media_types.SCIM: schema, media_types.JSON: schema}


def _shown(summary: str) -> dict[str, Any]:
    schema = {"schema": {"type": "object"}}
    shown = {"description": "Done.", "content": {media_types.SCIM: schema, media_types.JSON: schema}}
    return _operation(summary, {"200": shown})


def _open(operation: dict[str, Any]) -> dict[str, Any]:
    # RFC 7644 §4: these need no credentials.
    return {**operation, "security": []}


COMMON: Final[Mapping[str, Document]] = {
    "/.search": {"post": _search("Search all types.")},
    "/Bulk": {
        "post": _operation(
            "Carry out many operations.", {"200": _answer("BulkResponse")}, body=_body("BulkRequest")
        )
    },
    "/ServiceProviderConfig": {"get": _open(_shown("Tell what the service can do."))},
    "/ResourceTypes": {"get": _open(_shown("List the resource types."))},
    "/Schemas": {"get": _shown("List the schemas.")},
}
