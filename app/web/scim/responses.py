"""SCIM responses: content type, ETag and Location are set here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus

from flask import Response

from app.scim.messages import ListResponse
from app.scim.projection import Projection
from app.scim.resource import Resource
from app.scim.schema import Value
from app.web.answers import Answer
from app.web.current import current_request, header, notes, services
from app.web.scim import media_types
from app.web.scim.locations import Locations
from app.web.scim.requests import preconditions, version_of
from app.web.scim.streams import encoded, long_attribute, pieces, with_texts

PREFIXES = {"scim": "/scim2", "scim_v2": "/scim/v2"}
"""The base paths of the service, by the names of their blueprints."""


def locations() -> Locations:
    """Return the URLs as clients see them, under the prefix that this request used."""
    asked, bridge = current_request(), services()
    prefix = PREFIXES["scim_v2"] if asked.path.startswith(PREFIXES["scim_v2"]) else PREFIXES["scim"]
    root = bridge.settings.public_url or f"{asked.scheme}://{asked.host}"
    return Locations(root.rstrip("/") + prefix, bridge.resource_types)


def negotiate() -> None:
    """Choose the answer's media type before anything is done; raise NotAcceptable."""
    # These answer without a body.
    if current_request().method not in {"DELETE", "OPTIONS"}:
        notes().media_type = media_types.chosen_by(header("HTTP_ACCEPT"))


def document_of(
    resource: Resource, projection: Projection, seen_at: Locations | None = None
) -> dict[str, Value]:
    """Write out what is asked of a resource, and where it is ``seen_at``."""
    return projection.document((seen_at or locations()).fill(resource))


def text_of(resource: Resource, projection: Projection, seen_at: Locations) -> str:
    """Write out what is asked of a resource as JSON, unless that has been done before."""
    return resource.once(
        (projection, seen_at.base_url), lambda: encoded(document_of(resource, projection, seen_at))
    )


def list_answer(found: ListResponse[str]) -> Response:
    """Answer with a list of resources that have been written out."""
    return _response(with_texts(found.envelope, "Resources", found.resources), HTTPStatus.OK)


def answer(body: Mapping[str, Value], status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Make a response of a JSON document."""
    return _response(encoded(body), status)


def _response(content: str | Iterable[bytes], status: HTTPStatus) -> Response:
    return Answer(content, status=status, content_type=notes().get("media_type", media_types.SCIM))


def resource_answer(
    resource: Resource, projection: Projection, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """Answer with a resource (RFC 7644 §3.1, §3.14)."""
    seen_at, name = locations(), long_attribute(resource)
    if not name:
        return _tagged(_response(text_of(resource, projection, seen_at), status), resource, seen_at)
    write = partial(document_of, projection=projection, seen_at=seen_at)
    return _tagged(_response(pieces(resource, name, write), status), resource, seen_at)


def read_answer(resource: Resource, projection: Projection) -> Response:
    """Answer with a resource, unless the client has this version already; raise PreconditionFailed."""
    if preconditions().is_known(version_of(resource)):
        return _tagged(Response(status=HTTPStatus.NOT_MODIFIED), resource, locations())
    return resource_answer(resource, projection)


def changed_answer(resource: Resource) -> Response:
    """Say that a resource has been changed, without showing it."""
    return _tagged(no_content(), resource, locations())


def no_content() -> Response:
    """Say that all went well, and nothing else."""
    response = Response(status=HTTPStatus.NO_CONTENT)
    del response.headers["Content-Type"]
    return response


def partly(response: Response, missing: Sequence[str]) -> Response:
    """Say which user store domains an answer lacks (RFC 7234 §5.5: 199 is a warning of any kind)."""
    if missing:
        response.headers["Warning"] = f'199 - "not reached: {", ".join(missing)}"'
    return response


def without_type(response: Response) -> Response:
    """Take the content type from what Flask answers to OPTIONS: there is no content."""
    if current_request().method == "OPTIONS" and response.status_code == HTTPStatus.OK:
        response.headers.pop("Content-Type", None)
    return response


def _tagged(response: Response, resource: Resource, seen_at: Locations) -> Response:
    response.headers.add("Location", seen_at.of(resource.type, resource.attributes.get("id")))
    version = version_of(resource)
    if version is not None:
        response.headers.add("ETag", f'"{version}"')
    return response
