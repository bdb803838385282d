"""User stores: the domains there are, how they are, and the maps by which resources live in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.directory.servers.directory import ServerDirectory
from app.directory.servers.server import Status
from app.provisioning.configuration import Configuration
from app.provisioning.connection import url_of
from app.provisioning.domain import Domain
from app.provisioning.health import State
from app.store.change_limits import UNLIMITED
from app.store.document import Document
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.current import services

_WORDS = {"closed": ("Answers", "good"), "half-open": ("Being tried", "warn"), "open": ("Fails", "bad")}
"""What the page calls the states of a server's circuit breaker."""
blueprint = Blueprint("stores", __name__, url_prefix="/user-stores")


@dataclass(frozen=True, slots=True)
class UserStore:
    """A domain as its document describes it, without its secrets, and how it is."""

    name: str
    description: str
    product: str
    servers: tuple[str, ...]
    base: str
    bind_dn: str
    maps: Mapping[str, str]
    state: State


@blueprint.get("")
@needs(Role.VIEWER)
def list_() -> ResponseReturnValue:
    """Show all domains."""
    return render_template("console/stores.html", stores=user_stores())


@blueprint.get("/<name>")
@needs(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Show one domain with its maps."""
    configuration = services().configurations.current()
    store = next((found for found in user_stores() if found.name == name), None)
    if store is None:
        abort(404)
    domain = configuration.domains.get(name)
    return render_template(
        "console/store.html",
        store=store,
        maps=domain.maps if domain else {},
        guard=domain.guard if domain else UNLIMITED,
        servers=_servers(domain),
        server_words=_WORDS,
        form=Form(),
    )


def user_stores() -> list[UserStore]:
    """Look at all domains, as they were a moment ago."""
    configuration = services().configurations.current()
    states = services().health.states(configuration)
    return [_user_store(document, configuration, states) for document in services().documents.list("Domain")]


def _user_store(document: Document, configuration: Configuration, states: Mapping[str, State]) -> UserStore:
    body, domain = document.body, configuration.domains.get(document.name)
    return UserStore(
        name=document.name,
        description=document.description,
        product=body["product"],
        servers=tuple(_shown(url_of(server)) for server in body.get("servers", ()))
        or (body["dns"]["domain"],),
        base=str(domain.base) if domain else _shown(body["base"]),
        bind_dn=_shown(body["bind"].get("dn") or body["bind"].get("method", "")),
        maps=body["maps"],
        state=states.get(document.name, State("Cannot be used", is_usable=False)),
    )


def _shown(value: str | Mapping[str, str]) -> str:
    """Write a text as it is, and a reference as where it points."""
    if isinstance(value, str):
        return value
    [(source, name)] = value.items()
    return f"{'environment variable' if source == 'env' else 'file'} {name}"


def _servers(domain: Domain | None) -> list[Status]:
    """Tell how each server is, as far as this process has used it; nobody is asked."""
    directory = domain.directory if domain else None
    return directory.statuses() if isinstance(directory, ServerDirectory) else []
