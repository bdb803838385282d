"""What needs attention."""

from __future__ import annotations

from dataclasses import asdict

from app.access.administrators import Role
from app.signals.look import look
from app.web.admin.routes import Answer, Operation
from app.web.current import services


def list_signals() -> Answer:
    """List what is wrong or soon will be, the worst first."""
    return [asdict(each) for each in look(services())]


OPERATIONS = (Operation(method="GET", path="/signals", role=Role.VIEWER, view=list_signals),)
