"""Lists: the answer to a search of one type, and the search of all types that the caller may list at the root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import wraps
from typing import Any

from flask import Response

from app.access.scopes import Operation
from app.provisioning import across
from app.provisioning.across import Source
from app.provisioning.target import Page
from app.scim.errors import Forbidden
from app.scim.messages import ListResponse
from app.scim.projection import Projection
from app.scim.query import Query
from app.scim.schema import ResourceType
from app.web.auth import authenticated, is_allowed
from app.web.current import services
from app.web.scim import requests
from app.web.scim.responses import list_answer, locations, partly, text_of
from app.web.scim.routes import Route, View


def search_all() -> Response:
    """List what the body asks for, of all types (RFC 7644 §3.4.3)."""
    asked = requests.search_request()
    shown = {found.name: projection_of(asked, found) for found in _listed_types()}
    sources = [Source(requests.target(projection.type), projection) for projection in shown.values()]
    return page_answer(across.search(asked, sources), shown)


def _listing(view: View) -> View:
    """Let only callers in who may list resources of some type."""

    @wraps(view)
    def held(*args: Any, **kwargs: Any) -> Response:
        if not _allowed(services().resource_types.values()):
            raise Forbidden("this needs a scope by which resources of some type may be listed")
        return view(*args, **kwargs)

    return authenticated(held)


ROUTES = (Route("POST", "/.search", _listing, search_all),)


def projection_of(asked: Query, resource_type: ResourceType) -> Projection:
    """Bind the attributes that a query asks for to a type."""
    return Projection.parse(
        resource_type, attributes=asked.attributes, excluded_attributes=asked.excluded_attributes
    )


def page_answer(page: Page, shown: Mapping[str, Projection]) -> Response:
    """Answer with a page; ``shown`` is by the names of the types."""
    seen_at = locations()
    texts = [text_of(each, shown[each.type.name], seen_at) for each in page.resources]
    found = ListResponse(texts, page.total, page.start_index, page.next_cursor, page.previous_cursor)
    return partly(list_answer(found), page.missing)


def _listed_types() -> list[ResourceType]:
    """Name the types that the caller's destination has, and that the caller may list."""
    present = {found.name for found in requests.router().resource_types(requests.destination())}
    types = [found for found in services().resource_types.values() if found.name in present]
    allowed = _allowed(types)
    if types and not allowed:
        raise Forbidden("this needs a scope by which resources of some type may be listed")
    return allowed


def _allowed(types: Iterable[ResourceType]) -> list[ResourceType]:
    return [found for found in types if is_allowed(found.endpoint.strip("/"), Operation.LIST)]
