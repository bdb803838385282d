"""Who gets in: nobody without signing in, no change without this session's CSRF token, no page without its role.

The first two hold for every page that does not stand in ``OPEN``; a view names its role by ``@needs``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from app.access.administrators import Administrator, Role
from app.web.console.sessions import keep_alive, signed_in

P = ParamSpec("P")
R = TypeVar("R")

STATIC = "console.static"
OPEN = frozenset(
    {
        "console.account.login",
        "console.account.sign_in",
        "console.external.begin",
        "console.external.finish",
    }
)
LARGE = {"console.imports.upload": (Role.OPERATOR, 1 << 30)}
"""Where more may be sent than elsewhere, by whom, and how many bytes."""
csrf = CSRFProtect()


def admit() -> ResponseReturnValue | None:
    """Send strangers to the login page, and refuse forms that are not ours; None lets the request in."""
    if request.endpoint == STATIC:
        return None
    if request.endpoint not in OPEN:
        if signed_in() is None:
            return redirect(url_for("console.account.login", next=_wanted_page()))
        keep_alive()
    if request.endpoint in LARGE:
        role, most = LARGE[request.endpoint]
        request.max_content_length = most if may(role) else request.max_content_length
    csrf.protect()
    return None


def needs(role: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Hold a view to a role, or a higher one."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def held(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(role):
                abort(403)
            return view(*args, **kwargs)

        return held

    return decorate


def may(role: Role) -> bool:
    """Tell whether who is signed in has a role, or a higher one."""
    administrator = signed_in()
    return administrator is not None and administrator.has(role)


def me() -> Administrator:
    """Return who is signed in."""
    administrator = signed_in()
    if administrator is None:
        abort(403)
    return administrator


def safe_next(wanted: str) -> str:
    """Return where to go after signing in: a page of the console, and nothing else."""
    parts = urlsplit(wanted) if wanted.isprintable() and "\\" not in wanted else urlsplit("")
    is_ours = parts.path == "/console" or parts.path.startswith("/console/")
    is_local = not parts.scheme and not parts.netloc
    return wanted if is_ours and is_local else url_for("console.home.show")


def _wanted_page() -> str | None:
    """Return the page that was asked for; what a form wanted to do cannot be done later."""
    path = request.full_path.rstrip("?")
    is_home = path == url_for("console.home.show")
    return path if request.method == "GET" and not is_home else None
