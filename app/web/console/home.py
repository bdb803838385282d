"""Home: what is connected, what was done last, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.access.application import Application
from app.store.audit import AuditEntry
from app.web.console.guard import needs
from app.web.console.recording import SESSION
from app.web.console.stores import UserStore, user_stores
from app.web.current import services

LATEST = 8
blueprint = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something to do, and where."""

    text: str
    link: str
    url: str


@blueprint.get("")
@needs(Role.VIEWER)
def show() -> ResponseReturnValue:
    """Show the overview."""
    stores, applications = user_stores(), services().applications.list()
    return render_template(
        "console/home.html",
        stores=stores,
        applications=applications,
        steps=list(next_steps(stores, applications)),
        entries=_latest_changes(),
    )


def _latest_changes() -> list[AuditEntry]:
    """Return what was changed last; that somebody signed in is for Activity."""
    entries = services().audit.page(limit=LATEST * 5)
    return [entry for entry in entries if entry.resource_type != SESSION][:LATEST]


def next_steps(stores: Sequence[UserStore], applications: Sequence[Application]) -> Iterator[NextStep]:
    """Say what is missing before users can be provisioned, in the order in which to do it."""
    list_url = url_for("console.stores.list_")
    if not stores:
        yield NextStep("No user store is connected yet.", "Connect a user store", list_url)
    for store in stores:
        if not store.state.is_usable:
            url = url_for("console.stores.show", name=store.name)
            yield NextStep(f"The user store {store.name} cannot be used.", "See why", url)
    if not applications:
        url = url_for("console.applications.new")
        yield NextStep("No application can send users yet.", "Create an application", url)
    for application in applications:
        yield from _steps_of(application)


def _steps_of(application: Application) -> Iterator[NextStep]:
    name, route = application.name, application.provisioning
    if not application.enabled:
        return
    if route.domain is None and not route.proxy_mode:
        url = url_for("console.provisioning.show", name=name)
        yield NextStep(f"{application.title} has no user store to provision to.", "Choose one", url)
    if not application.apis:
        url = url_for("console.api_authorization.show", name=name)
        yield NextStep(f"{application.title} is not authorised for any API.", "Authorise it", url)
