"""What is done by command, for the audit trail."""

from __future__ import annotations

from app.services import Services
from app.store.audit import AuditEvent

COMMAND = "(command)"
"""Stands in the trail in an application's place; no application can have this name."""


def note(services: Services, author: str, *, action: str, resource_type: str, resource_id: str) -> None:
    """Record something that was done to the configuration or to an account."""
    event = AuditEvent(
        actor=author,
        action=action,
        outcome="done",
        application=COMMAND,
        resource_type=resource_type,
        resource_id=resource_id,
    )
    services.audit.record(event)
