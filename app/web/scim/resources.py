"""The endpoints of resource types: /Users, /Users/<id> and so on, the same for every type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus

from flask import Response

from app.access.scopes import Operation
from app.provisioning.paging import query_of
from app.provisioning.target import nothing
from app.scim.codec import ResourceCodec
from app.scim.patch_operations import PatchOperation, parse_patch
from app.scim.path import AttributePath
from app.scim.query import Query
from app.scim.schema import ResourceType
from app.web.auth import requires
from app.web.scim import requests
from app.web.scim.responses import (
    changed_answer,
    no_content,
    read_answer,
    resource_answer,
)
from app.web.scim.routes import Route, View
from app.web.scim.search import page_answer, projection_of


class ResourceViews:
    """What is done at the endpoint of one type."""

    def __init__(self, resource_type: ResourceType) -> None:
        self._type = resource_type
        self._codec = ResourceCodec(resource_type)

    def routes(self) -> tuple[Route, ...]:
        """Say what the views answer, and what each of them does."""
        path = self._type.endpoint
        one = f"{path}/<resource_id:resource_id>"

        def to(operation: Operation) -> Callable[[View], View]:
            return requires(path.strip("/"), operation)

        return (
            Route("GET", path, to(Operation.LIST), self.list),
            Route("POST", path, to(Operation.CREATE), self.create),
            Route("POST", f"{path}/.search", to(Operation.SEARCH), self.search),
            Route("GET", one, to(Operation.VIEW), self.view),
            Route("PUT", one, to(Operation.UPDATE), self.replace),
            Route("PATCH", one, to(Operation.UPDATE), self.patch),
            Route("DELETE", one, to(Operation.DELETE), self.delete),
        )

    def list(self) -> Response:
        """List what the URL asks for."""
        return self._found(requests.query())

    def search(self) -> Response:
        """List what the body asks for."""
        return self._found(requests.search_request())

    def create(self) -> Response:
        """Create a resource."""
        resource = self._codec.load(requests.body(), purpose="create")
        shown = requests.projection(self._type, written=resource.paths)
        created = requests.target(self._type).create(resource, wants=shown.wants)
        return resource_answer(created, shown, HTTPStatus.CREATED)

    def view(self, resource_id: str) -> Response:
        """Show a resource."""
        shown = requests.projection(self._type)
        return read_answer(requests.target(self._type).read(resource_id, wants=shown.wants), shown)

    def replace(self, resource_id: str) -> Response:
        """Put a resource in another one's place."""
        resource = self._codec.load(requests.body(), purpose="replace")
        shown = requests.projection(self._type, written=resource.paths)
        target = requests.target(self._type)
        version = requests.version_to_write(target, resource_id)
        replaced = target.replace(resource_id, resource, version=version, wants=shown.wants)
        return resource_answer(replaced, shown)

    def patch(self, resource_id: str) -> Response:
        """Change parts of a resource."""
        operations = parse_patch(requests.body(), self._type)
        written = (each.target.path.parent for each in operations)
        return self.change(resource_id, operations, written=written)

    def change(
        self, resource_id: str, operations: Sequence[PatchOperation], *, written: Iterable[AttributePath]
    ) -> Response:
        """Carry out operations on a resource; ``written`` are the attributes that the request set."""
        shown = requests.projection(self._type, written=written)
        target = requests.target(self._type)
        version = requests.version_to_write(target, resource_id)
        is_silent = self._may_be_large and not requests.wants_content()
        wants = nothing if is_silent else shown.wants
        patched = target.patch(resource_id, operations, version=version, wants=wants)
        return changed_answer(patched) if is_silent else resource_answer(patched, shown)

    def delete(self, resource_id: str) -> Response:
        """Delete a resource."""
        target = requests.target(self._type)
        target.delete(resource_id, version=requests.version_to_write(target, resource_id))
        return no_content()

    @property
    def _may_be_large(self) -> bool:
        """Whether a resource may have so many members that it is not read just to answer a change."""
        return self._type.attribute("members") is not None

    def _found(self, asked: Query) -> Response:
        shown = projection_of(asked, self._type)
        page = requests.target(self._type).search(query_of(asked, self._type), wants=shown.wants)
        return page_answer(page, {self._type.name: shown})
