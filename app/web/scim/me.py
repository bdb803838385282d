"""/Me: the caller's own resource, by another name (RFC 7644 §3.11).

Whoever is no user of the domain has none: administrators of Landbridge, and applications that call for themselves. Users
change of themselves only what their application lets them (``self_service``).
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from app.access.owners import ADMINISTRATOR
from app.access.scopes import Endpoint, Operation
from app.access.tokens import APPLICATION
from app.provisioning.target import Query, Wants, everything, nothing
from app.scim.codec import ResourceCodec
from app.scim.errors import NotFound, UniquenessConflict
from app.scim.filters.nodes import Comparison
from app.scim.patch_operations import parse_patch
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import ResourceType
from app.scim.self_service import allowed_paths, operations_of, refuse_others, refuse_without_current
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
        raise UniquenessConflict("the caller's user exists already; change it by PATCH or PUT")

    def replace(self) -> Response:
        body = ResourceCodec(self._type).load(requests.body(), purpose="replace")
        current = self._resource(everything)
        operations = operations_of(current, body, self._allowed())
        refuse_without_current(operations, self._allowed())
        return self._views.change(str(current.attributes["id"]), operations, written=body.paths)

    def patch(self) -> Response:
        operations = parse_patch(requests.body(), self._type)
        refuse_others(operations, self._allowed())
        refuse_without_current(operations, self._allowed())
        written = (each.target.path.parent for each in operations)
        return self._views.change(self._id(), operations, written=written)

    def delete(self) -> Response:
        return self._views.delete(self._id())

    def _allowed(self) -> frozenset[AttributePath]:
        return allowed_paths(caller().application.self_service, self._type)

    def _id(self) -> str:
        return str(self._resource(nothing).attributes["id"])

    def _resource(self, wants: Wants) -> Resource:
        query = Query(filter=Comparison(USER_NAME, "eq", _user_name()), count=2)
        found = requests.callers_target(self._type).search(query, wants=wants).resources
        if len(found) != 1:
            raise NotFound("the caller is not a user of the user store domain that its requests go to")
        return found[0]


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
