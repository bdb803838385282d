"""Where resources are stored that connectors follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.provisioning.target import Target
from app.scim.errors import NotFound
from app.scim.resource import Resource
from app.scim.schema import ResourceType


@dataclass(frozen=True, slots=True)
class Source:
    """Where a resource of a task is stored, and what is kept of its type there."""

    target: Target
    published: ResourceType

    def find(self, resource_id: str) -> Resource | None:
        """Return a resource, where there is one."""
        try:
            return self.target.read(resource_id)
        except NotFound:
            return None


FindSource = Callable[[str, str, str], Source]
"""Finds the source by domain, application and resource type; raises ScimError."""
