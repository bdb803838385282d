"""Who may use the Admin API: administrators, by name and password or by a token of theirs that has its scope."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g

from app.access.administrators import Administrator, Role
from app.access.owners import ADMINISTRATOR
from app.access.scopes import ADMIN
from app.scim.errors import Forbidden
from app.web.auth import authenticated, caller
from app.web.current import services

P = ParamSpec("P")
R = TypeVar("R")


def needs(role: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only administrators in who have a role, or a higher one."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def held(*args: P.args, **kwargs: P.kwargs) -> R:
            g.administrator = _administrator()
            if not g.administrator.has(role):
                raise Forbidden(f"this needs the role {role}")
            return view(*args, **kwargs)

        return authenticated(held)

    return decorate


def me() -> Administrator:
    """Return who makes this request."""
    found: Administrator = g.administrator
    return found


def _administrator() -> Administrator:
    who = caller()
    found = services().administrators.get(who.subject) if who.owner_kind == ADMINISTRATOR else None
    if found is None or not found.enabled:
        raise Forbidden("only administrators of Landbridge may do this")
    if who.kind == "token" and ADMIN not in who.scopes:
        raise Forbidden(f"this needs the scope {ADMIN}")
    return found
