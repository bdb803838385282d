"""The console put together: its blueprints, its guard, and what every template may use."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined

from app.access.administrators import Role
from app.web.console import (
    account,
    activity,
    api_authorization,
    applications,
    connect,
    documents,
    errors,
    external,
    group_members,
    groups,
    guard,
    held,
    home,
    imports,
    map_proof,
    outbound,
    protocol,
    providers,
    provisioning,
    reconciling,
    secrets,
    store_checks,
    store_new,
    stores,
    terms,
    tokens,
    users,
    wording,
)
from app.web.console.headers import add_headers
from app.web.console.sessions import signed_in

PAGES = (
    home,
    account,
    external,
    applications,
    connect,
    protocol,
    api_authorization,
    provisioning,
    terms,
    secrets,
    tokens,
    users,
    imports,
    map_proof,
    groups,
    group_members,
    stores,
    store_checks,
    store_new,
    outbound,
    reconciling,
    held,
    documents,
    providers,
    activity,
)


def init_app(app: Flask) -> None:
    """Mount the console at /console, and send the bare address there."""
    # Only the console has forms; SCIM and OAuth are called by programs, with credentials of their own.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    guard.csrf.init_app(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(label=wording.label, day=wording.day, hour=wording.hour, what=wording.what)
    app.register_blueprint(_blueprint())
    app.add_url_rule("/", view_func=_to_console)


def _blueprint() -> Blueprint:
    console = Blueprint(
        "console", __name__, url_prefix=errors.PREFIX, static_folder="static", template_folder="templates"
    )
    for page in PAGES:
        console.register_blueprint(page.blueprint)
    console.before_request(guard.admit)
    console.after_request(add_headers)
    console.app_context_processor(_context)
    errors.init_blueprint(console)
    return console


def _context() -> dict[str, object]:
    return {
        "me": signed_in(),
        "may_operate": guard.may(Role.OPERATOR),
        "may_administer": guard.may(Role.ADMINISTRATOR),
    }


def _to_console() -> ResponseReturnValue:
    return redirect(url_for("console.home.show"))
