"""/Me: the caller's own resource, by another name (RFC 7644 §3.11).

Whoever is no user of the domain has none: administrators of Landbridge, and applications that call for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from app.access.owners import ADMINISTRATOR
from app.access.scopes import Endpoint, Operation
from app.access.tokens import APPLICATION
from app.provisioning.target import Query, nothing
from app.scim.errors import NotFound, UniquenessConflict
from app.scim.filters.nodes import Comparison
from app.scim.path import AttributePath
from app.scim.schema import ResourceType
from app.web.auth import caller, requires
from app.web.scim import requests
from app.web.scim.resources import ResourceViews
from app.web.scim.routes import Route

PATH = "/Me"
USER_NAME = AttributePath("userName")


def routes(types: Mapping[str, ResourceType]) -> tuple[Route, ...]:
    """Say what is answered at /Me, where there are users at all."""
    user = types.get("User")
    return _Me(user).routes() if user else ()


class _Me:
    def __init__(self, user: ResourceType) -> None:
        self._type = user
        self._views = ResourceViews(user)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", PATH, requires(Endpoint.ME, Operation.VIEW), self.view),
            Route("POST", PATH, requires(Endpoint.ME, Operation.CREATE), self.create),
            Route("PUT", PATH, requires(Endpoint.ME, Operation.UPDATE), self.replace),
            Route("PATCH", PATH, requires(Endpoint.ME, Operation.UPDATE), self.patch),
            Route("DELETE", PATH, requires(Endpoint.ME, Operation.DELETE), self.delete),
        )

    def view(self) -> Response:
        return self._views.view(self._id())

    def create(self) -> Response:
        # Every caller that may have a user is one: who calls has a name and password in the domain.
        self._id()
        raise UniquenessConflict("the caller's user exists already")

    def replace(self) -> Response:
        return self._views.replace(self._id())

    def patch(self) -> Response:
        return self._views.patch(self._id())

    def delete(self) -> Response:
        return self._views.delete(self._id())

    def _id(self) -> str:
        ids = self._ids(_user_name())
        if len(ids) != 1:
            raise NotFound("the caller is not a user of the user store domain that its requests go to")
        return ids[0]

    def _ids(self, name: str) -> list[str]:
        query = Query(filter=Comparison(USER_NAME, "eq", name), count=2)
        page = requests.target(self._type).search(query, wants=nothing)
        return [str(resource.attributes["id"]) for resource in page.resources]


def _user_name() -> str:
    """Return the name that the caller has in its domain."""
    known = caller()
    if known.owner_kind == APPLICATION:
        raise NotFound("the application calls for itself, and so there is no user behind /Me")
    if known.owner_kind == ADMINISTRATOR:
        raise NotFound(
            "the caller administers Landbridge and is no user of a domain, so there is none behind /Me"
        )
    return known.subject
