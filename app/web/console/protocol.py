"""An application's Protocol tab: how its client authenticates, and which grants it may use."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.access.application import GRANTS
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import note
from app.web.current import services

blueprint = Blueprint("protocol", __name__, url_prefix="/applications/<name>/protocol")


@blueprint.get("")
@needs(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Show the tab, without the secret."""
    return _page(name, Form())


@blueprint.post("")
@needs(Role.ADMINISTRATOR)
def update(name: str) -> ResponseReturnValue:
    """Set the allowed grants."""
    form = Form(request.form)
    with form:
        services().applications.set_grants(name, form.chosen("grant"), author=me().name)
        note("update", "Grants", name, detail=", ".join(form.chosen("grant")))
        flash("The allowed grant types are updated.")
        return redirect(url_for(".show", name=name))
    return _page(name, form)


@blueprint.post("/secret")
@needs(Role.ADMINISTRATOR)
def reveal(name: str) -> ResponseReturnValue:
    """Show the tab with the secret, this once."""
    secret = services().applications.client_secret(name)
    note("show", "Client secret", name)
    return _page(name, Form(), secret=secret)


@blueprint.get("/rotate")
@needs(Role.ADMINISTRATOR)
def confirm_rotate(name: str) -> ResponseReturnValue:
    """Ask whether to make a new secret."""
    application = services().applications.get(name)
    return render_template("console/application_rotate.html", application=application, form=Form())


@blueprint.post("/rotate")
@needs(Role.ADMINISTRATOR)
def rotate(name: str) -> ResponseReturnValue:
    """Make a new secret; the old one ends."""
    application, form = services().applications.get(name), Form()
    with form:
        services().applications.rotate_secret(name, author=me().name)
        note("rotate", "Client secret", name)
        flash("The client has a new secret. The old one has ended.")
        return redirect(url_for(".show", name=name))
    return render_template("console/application_rotate.html", application=application, form=form), form.status


def _page(name: str, form: Form, *, secret: str | None = None) -> ResponseReturnValue:
    page = render_template(
        "console/application_protocol.html",
        application=services().applications.get(name),
        has_secret=services().applications.client_secret(name) is not None,
        secret=secret,
        grants=GRANTS,
        form=form,
        service_url=(services().settings.public_url or request.host_url).rstrip("/"),
    )
    return page, form.status
