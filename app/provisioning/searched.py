"""Targets that are directories: what matches a query there can be listed together with what matches elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.provisioning.scan import Scan
from app.provisioning.target import Query, Target, Wants
from app.scim.resource import Resource


class Searched(Target, Protocol):
    """A target whose lists can be joined with others."""

    def scan(self, query: Query) -> Scan:
        """Return what matches a query."""
        ...

    def complete(self, resources: Sequence[Resource], wants: Wants) -> list[Resource]:
        """Add what is kept beside the directory."""
        ...
