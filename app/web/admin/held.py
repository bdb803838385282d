"""The mass-change guard: the changes that wait, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

from app.access.administrators import Role
from app.store.held_changes import HeldChange, State
from app.web.admin.bodies import text
from app.web.admin.errors import InvalidRequest
from app.web.admin.guard import me
from app.web.admin.recording import note
from app.web.admin.routes import TEXT, Answer, Operation
from app.web.current import services

KIND = "Held change"


def list_held() -> Answer:
    """List changes, newest first; those that wait, unless another state, or all, is asked for."""
    asked = text("state") or "held"
    if asked not in {*get_args(State), "all"}:
        raise InvalidRequest(f"state is one of {', '.join(get_args(State))} and all")
    state = next((each for each in get_args(State) if each == asked), None)
    found = services().held_changes.list(state, application=text("application"), domain=text("domain"))
    return [_shown(each) for each in found]


def show(number: int) -> Answer:
    """Show a change with the LDIF that it would be."""
    return _shown(services().held_changes.get(number))


def approve(number: int) -> Answer:
    """Let a change through, once, when its client sends it again."""
    return _decided(number, approve=True)


def reject(number: int) -> Answer:
    """Refuse a change for a week."""
    return _decided(number, approve=False)


_ONE = "/guard/<int:number>"
OPERATIONS = (
    Operation(
        method="GET",
        path="/guard",
        role=Role.VIEWER,
        view=list_held,
        query={"state": TEXT, "application": TEXT, "domain": TEXT},
    ),
    Operation(method="GET", path=_ONE, role=Role.VIEWER, view=show),
    Operation(method="POST", path=f"{_ONE}/approve", role=Role.OPERATOR, view=approve),
    Operation(method="POST", path=f"{_ONE}/reject", role=Role.OPERATOR, view=reject),
)


def _decided(number: int, *, approve: bool) -> Answer:
    decided = services().held_changes.decide(number, approve=approve, by=me().name)
    note("approve" if approve else "reject", KIND, str(number))
    return _shown(decided)


def _shown(held: HeldChange) -> Mapping[str, Any]:
    decided = held.decided.isoformat() if held.decided else None
    return {**asdict(held), "time": held.time.isoformat(), "decided": decided}
