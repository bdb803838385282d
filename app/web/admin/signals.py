"""What needs attention, and how many requests come."""

from __future__ import annotations

from dataclasses import asdict

from app.access.administrators import Role
from app.signals.look import look
from app.signals.rates import WINDOWS, rates
from app.web.admin.bodies import text
from app.web.admin.errors import InvalidRequest
from app.web.admin.routes import TEXT, Answer, Operation
from app.web.current import services


def list_signals() -> Answer:
    """List what is wrong or soon will be, the worst first."""
    return [asdict(each) for each in look(services())]


def list_rates() -> Answer:
    """List how many requests each application sent of late, and how many were refused or failed."""
    window = text("window") or "hour"
    if window not in WINDOWS:
        raise InvalidRequest(f"window is {' or '.join(WINDOWS)}")
    return [each.as_json() for each in rates(services(), WINDOWS[window])]


OPERATIONS = (
    Operation(method="GET", path="/signals", role=Role.VIEWER, view=list_signals),
    Operation(
        method="GET",
        path="/requests",
        role=Role.VIEWER,
        view=list_rates,
        query={"window": {**TEXT, "enum": list(WINDOWS)}},
    ),
)
