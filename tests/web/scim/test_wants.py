"""Targets are told what an answer shows, so that nothing else is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import pytest

from app.provisioning.events import Record
from app.provisioning.guard import Sentry
from app.provisioning.routing import Destination, Router
from app.provisioning.target import Page, Query, Wants, everything
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import ResourceType
from app.web.current import EXTENSION
from tests.web.scim.bridge import Bridge

pytestmark = pytest.mark.directory
NAME, MEMBERS = AttributePath("displayName"), AttributePath("members")


@dataclass
class Listener:
    """A target of groups, and a router to it; it notes what is wanted."""

    type: ResourceType
    wanted: list[str]

    def pinned(self) -> Listener:
        """Be the router of a request."""
        return self

    def target(
        self, resource_type: str, destination: Destination, *, record: Record, sentry: Sentry | None = None
    ) -> Listener:
        """Be the target."""
        del resource_type, destination, record, sentry
        return self

    def create(self, resource: Resource, *, wants: Wants = everything) -> Resource:
        """Note."""
        return self._noted(wants, resource)

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        """Note."""
        return self._noted(wants, resource_id)

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        """Note."""
        return Page([self._noted(wants, query)], 1)

    def replace(
        self, resource_id: str, resource: Resource, *, version: str | None = None, wants: Wants = everything
    ) -> Resource:
        """Note."""
        return self._noted(wants, resource_id, resource, version)

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
    ) -> Resource:
        """Note."""
        return self._noted(wants, resource_id, operations, version)

    def _noted(self, wants: Wants, *_: object) -> Resource:
        self.wanted = [str(path) for path in (NAME, MEMBERS) if wants(path)]
        return Resource(self.type, {"id": "1", "displayName": "Team"})


@pytest.fixture
def listener(bridge: Bridge) -> Iterator[Listener]:
    """Have all requests go to a listener."""
    listener = Listener(bridge.services.resource_types["Group"], [])
    bridge.app.extensions[EXTENSION] = replace(bridge.services, router=cast("Router", listener))
    yield listener
    bridge.app.extensions[EXTENSION] = bridge.services


BODIES = {
    "POST": {"displayName": "Team"},
    "PUT": {"displayName": "Team"},
    "PATCH": {"Operations": [{"op": "replace", "path": "displayName", "value": "Team"}]},
}


@pytest.mark.parametrize(
    ("request_line", "wanted"),
    [
        ("GET /Groups", ["displayName", "members"]),
        ("GET /Groups?excludedAttributes=members", ["displayName"]),
        ("GET /Groups?attributes=id", []),
        ("GET /Groups/1", ["displayName", "members"]),
        ("GET /Groups/1?attributes=members.value", ["members"]),
        ("POST /Groups?attributes=displayName", ["displayName"]),
        ("PUT /Groups/1?excludedAttributes=members", ["displayName"]),
        ("PATCH /Groups/1", []),
        ("PATCH /Groups/1?attributes=displayName", ["displayName"]),
        ("PATCH /Groups/1?excludedAttributes=displayName", ["members"]),
    ],
)
def test_nothing_is_fetched_that_is_not_shown(
    bridge: Bridge, listener: Listener, request_line: str, wanted: list[str]
) -> None:
    """A PATCH of a group that asks for nothing gets nothing."""
    method, _, path = request_line.partition(" ")

    answer = bridge.send(method, path, BODIES.get(method))

    assert answer.status_code < 300
    assert listener.wanted == wanted
