"""What is done through the Admin API, for the audit trail."""

from __future__ import annotations

from flask import g

from app.provisioning.trail import DONE
from app.store.audit import AuditEvent
from app.web.admin.guard import me
from app.web.current import services

ADMIN_API = "(admin)"
"""Stands in the trail in an application's place; no application can have this name."""


def note(action: str, resource_type: str, resource_id: str, *, detail: str = "") -> None:
    """Record something that was done to the configuration or to an account."""
    event = AuditEvent(
        actor=me().name,
        action=action,
        outcome=DONE,
        request_id=g.get("request_id", ""),
        application=ADMIN_API,
        resource_type=resource_type,
        resource_id=resource_id,
        detail=detail,
    )
    services().audit.record(event)
