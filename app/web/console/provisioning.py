"""An application's Provisioning tab: where the users go that it sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.access.application import FAIL, PARTIAL, Provisioning
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import note
from app.web.current import services

blueprint = Blueprint("provisioning", __name__, url_prefix="/applications/<name>/provisioning")


@blueprint.get("")
@needs(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Show the tab."""
    return _page(name, Form())


@blueprint.post("")
@needs(Role.ADMINISTRATOR)
def update(name: str) -> ResponseReturnValue:
    """Set the domain and the mode."""
    form = Form(request.form)
    with form:
        before = services().applications.get(name).provisioning
        domain = form.text("domain") or None
        further = [name for name in form.chosen("further") if name != domain]
        wanted = replace(
            before,
            domain=domain,
            others=_in_order(before.others, further) if domain else (),
            unreachable=PARTIAL if form.has("partial") else FAIL,
            proxy_mode=form.has("proxy_mode"),
            connectors=_in_order(before.connectors, form.chosen("connectors")),
        )
        services().applications.set_provisioning(name, wanted, author=me().name)
        note("update", "Provisioning", name, detail=_in_words(wanted))
        flash("The provisioning is updated.")
        return redirect(url_for(".show", name=name))
    return _page(name, form)


def _in_order(before: Sequence[str], chosen: Sequence[str]) -> tuple[str, ...]:
    """Keep the order of those that were there, since the first that can read answers reads; new ones come last."""
    kept = [name for name in before if name in chosen]
    return (*kept, *(name for name in dict.fromkeys(chosen) if name not in kept))


def _in_words(wanted: Provisioning) -> str:
    return "proxy mode" if wanted.proxy_mode else f"user store domain {', '.join(wanted.domains) or 'none'}"


def _page(name: str, form: Form) -> ResponseReturnValue:
    page = render_template(
        "console/application_provisioning.html",
        application=services().applications.get(name),
        domains=[document.name for document in services().documents.list("Domain")],
        broken=services().configurations.current().broken,
        connectors={name: _rules_of(name) for name in services().outbound.connectors.names()},
        form=form,
    )
    return page, form.status


def _rules_of(name: str) -> str:
    """Say of a connector whether clients wait for it, and who is provisioned to it."""
    body = services().documents.get("Connector", name).body
    waits = "waits" if body.get("blocking") else "does not wait"
    scopes = [
        f"{kind}s: {' and '.join(_scope_words(scope))}." for kind, scope in body.get("scope", {}).items()
    ]
    return " ".join([f"In proxy mode the client {waits} for it.", *(scopes or ["It gets everybody."])])


def _scope_words(scope: Mapping[str, str]) -> Iterator[str]:
    if "filter" in scope:
        yield f"those with {scope['filter']}"
    if "group" in scope:
        yield f"members of the group {scope['group']}"
