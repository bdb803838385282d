"""What has been done, or tried, for whoever keeps account of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.directory.plan import Plan
from app.scim.errors import ScimError


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One write: what it was, by which plan, and with which error if it failed."""

    action: str
    domain: str
    resource_type: str
    resource_id: str
    plan: Plan
    error: ScimError | None = None


Record = Callable[[Done], None]
