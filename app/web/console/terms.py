"""An application's Access tab: from where, how often and for how long its client is let in, and how it is served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import note
from app.web.current import services

LIFETIMES = ("access_seconds", "refresh_seconds")
SWITCHES: Mapping[str, tuple[str, Any]] = {
    "create_on_replace": ("create_on_replace", True),
    "group_answers": ("group_patch", "resource"),
    "ignore_members": ("unknown_members", "ignore"),
    "complete_answers": ("complete_answers", True),
}
"""The boxes, and what each says in ``client`` of the application's document."""
blueprint = Blueprint("terms", __name__, url_prefix="/applications/<name>/access")


@blueprint.get("")
@needs(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Show the tab."""
    return _page(name, Form())


@blueprint.post("")
@needs(Role.ADMINISTRATOR)
def update(name: str) -> ResponseReturnValue:
    """Set all of it."""
    form = Form(request.form)
    lifetimes = {key: _seconds(form, f"tokens.{key}") for key in LIFETIMES if form.text(f"tokens.{key}")}
    with form:
        if not form.problems:
            services().applications.change(name, _keys(form, lifetimes), author=me().name)
            note("update", "Access", name)
            flash("The access is updated.")
            return redirect(url_for(".show", name=name))
    return _page(name, form)


def _keys(form: Form, lifetimes: Mapping[str, int]) -> dict[str, Any]:
    """Write the keys of the document; what is left empty is not in it."""
    client = dict(said for box, said in SWITCHES.items() if form.has(box))
    return {
        "networks": form.text("networks").split() or None,
        "rate": form.text("rate") or None,
        "tokens": {**lifetimes} or None,
        "client": client or None,
    }


def _seconds(form: Form, field: str) -> int:
    text = form.text(field)
    if not (text.isascii() and text.isdigit()):
        form.refuse("This is a number of seconds.", field)
        return 0
    return int(text[:12])


def _page(name: str, form: Form) -> ResponseReturnValue:
    said = services().applications.said(name)
    client = said.get("client", {})
    ticked = {box: client.get(key) == value for box, (key, value) in SWITCHES.items()}
    page = render_template(
        "console/application_access.html",
        application=services().applications.get(name),
        has_document=services().documents.current().get("Application", name) is not None,
        networks="\n".join(said.get("networks", ())),
        rate=said.get("rate", ""),
        lifetimes={key: str(said.get("tokens", {}).get(key, "")) for key in LIFETIMES},
        ticked={box: form.has(box) for box in SWITCHES} if form.sent else ticked,
        form=form,
    )
    return page, form.status
