"""Home: what is wrong and where to see to it, what is connected, what comes in, and what was done last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.access.application import RESIDENT, Application
from app.signals.flows import WINDOW
from app.signals.look import look
from app.signals.rates import WINDOWS, rates
from app.signals.signal import Signal, Where
from app.store.audit import AuditEntry
from app.web.console.guard import needs
from app.web.console.outbound import connector_rows
from app.web.console.rates import chart
from app.web.console.recording import SESSION
from app.web.console.stores import UserStore, user_stores
from app.web.current import services

LATEST = 8
_PLACES: Mapping[Where, tuple[str, str, str, Mapping[str, Any]]] = {
    "domain": ("See why", "console.stores.show", "name", {}),
    "checkup": ("See what", "console.stores.show", "name", {}),
    "secrets": ("Make a new one", "console.secrets.show", "name", {}),
    "tokens": ("Make a new one", "console.tokens.show", "name", {}),
    "connector": ("See the connector", "console.outbound.list_", "", {}),
    "dead letters": ("See them", "console.outbound.tasks", "connector", {"state": "dead"}),
    "client": ("See its activity", "console.activity.list_", "application", {"outcome": "failed"}),
    "strangers": ("See who may call", "console.applications.list_", "", {}),
    "guard": ("Decide", "console.held.list_", "", {}),
    "imports": ("See the imports", "console.imports.new", "domain", {}),
    "intents": ("See the activity", "console.activity.list_", "", {"outcome": "failed"}),
}
"""For each kind of signal: what the link says, the page, which argument its name is, and what else goes along."""
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
    flows = {flow.application: flow for flow in services().traffic.of_late(WINDOW)}
    callers = [services().applications.resident()] if RESIDENT in flows else []
    shown = {each.name: each for each in (*applications, *callers)}
    window = request.args.get("requests", "hour")
    window = window if window in WINDOWS else "hour"
    return render_template(
        "console/home.html",
        stores=stores,
        checkups=services().checkups.all(),
        applications=shown.values(),
        flows=flows,
        connectors=connector_rows(),
        signals=[(signal, _seen_to_at(signal)) for signal in look(services())],
        steps=list(next_steps(stores, applications)),
        entries=_latest_changes(),
        window=window,
        windows=list(WINDOWS),
        charts=[chart(rate) for rate in rates(services(), WINDOWS[window])],
    )


def _seen_to_at(signal: Signal) -> NextStep:
    """Say where somebody sees to what a signal is about."""
    if signal.where not in _PLACES:
        return NextStep(signal.text, "", "")
    link, endpoint, argument, more = _PLACES[signal.where]
    arguments: dict[str, Any] = {**more, **({argument: signal.name} if argument and signal.name else {})}
    return NextStep(signal.text, link, url_for(endpoint, **arguments))


def _latest_changes() -> list[AuditEntry]:
    """Return what was changed last; that somebody signed in is for Activity."""
    entries = services().audit.page(limit=LATEST * 5)
    return [entry for entry in entries if entry.resource_type != SESSION][:LATEST]


def next_steps(stores: Sequence[UserStore], applications: Sequence[Application]) -> Iterator[NextStep]:
    """Say what is missing before users can be provisioned, in the order in which to do it."""
    if not stores:
        url = url_for("console.stores.list_")
        yield NextStep("No user store is connected yet.", "Connect a user store", url)
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
