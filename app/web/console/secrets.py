"""An application's Secrets tab: the client secrets that it has, one more, and one less."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.lifetimes import read_days
from app.web.console.recording import note
from app.web.current import services

KIND = "Client secret"
blueprint = Blueprint("secrets", __name__, url_prefix="/applications/<name>/secrets")


@blueprint.get("")
@needs(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Show the tab, without the secrets."""
    return _page(name, Form())


@blueprint.post("")
@needs(Role.ADMINISTRATOR)
def add(name: str) -> ResponseReturnValue:
    """Make one more secret and show it."""
    form = Form(request.form)
    days = read_days(form)
    with form:
        if not form.problems:
            lifetime = timedelta(days=days) if days else None
            made = services().applications.add_secret(name, author=me().name, lifetime=lifetime)
            note("create", KIND, name)
            return _page(name, Form(), made=made)
    return _page(name, form)


@blueprint.get("/<secret_id>/remove")
@needs(Role.ADMINISTRATOR)
def confirm_remove(name: str, secret_id: str) -> ResponseReturnValue:
    """Ask whether to end a secret."""
    return _question(name, secret_id, Form())


@blueprint.post("/<secret_id>/remove")
@needs(Role.ADMINISTRATOR)
def remove(name: str, secret_id: str) -> ResponseReturnValue:
    """End a secret."""
    services().applications.secret(name, secret_id)
    form = Form()
    with form:
        services().applications.remove_secret(name, secret_id, author=me().name)
        note("remove", KIND, f"{name}: {secret_id}")
        flash("The client secret has ended.")
        return redirect(url_for(".show", name=name))
    return _question(name, secret_id, form)


def _question(name: str, secret_id: str, form: Form) -> ResponseReturnValue:
    page = render_template(
        "console/application_secret_remove.html",
        application=services().applications.get(name),
        secret=services().applications.secret(name, secret_id),
        form=form,
    )
    return page, form.status


def _page(name: str, form: Form, *, made: str | None = None) -> ResponseReturnValue:
    page = render_template(
        "console/application_secrets.html",
        application=services().applications.get(name),
        now=services().clock(),
        made=made,
        form=form,
    )
    return page, form.status
