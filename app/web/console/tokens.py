"""An application's Tokens tab: long-lived tokens for clients that can do nothing but send one."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.console.lifetimes import read_days
from app.web.console.recording import note
from app.web.current import services

KIND = "Token"
DAYS = 365
blueprint = Blueprint("tokens", __name__, url_prefix="/applications/<name>/tokens")


@blueprint.get("")
@needs(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Show the tab."""
    return _page(name, Form())


@blueprint.post("")
@needs(Role.ADMINISTRATOR)
def create(name: str) -> ResponseReturnValue:
    """Make a token and show it, this once."""
    application, form = services().applications.get(name), Form(request.form)
    days = read_days(form, default=DAYS)
    with form:
        if not form.problems:
            made = services().named_tokens.create(
                application, form.text("token_name"), lifetime=timedelta(days=days or DAYS)
            )
            note("create", KIND, f"{name}: {form.text('token_name')}")
            return _page(name, Form(), made=made)
    return _page(name, form)


@blueprint.get("/<token_id>/revoke")
@needs(Role.ADMINISTRATOR)
def confirm_revoke(name: str, token_id: str) -> ResponseReturnValue:
    """Ask whether to end a token."""
    application = services().applications.get(name)
    token = services().named_tokens.get(application, token_id)
    return render_template(
        "console/application_token_revoke.html", application=application, revoked=token, form=Form()
    )


@blueprint.post("/<token_id>/revoke")
@needs(Role.ADMINISTRATOR)
def revoke(name: str, token_id: str) -> ResponseReturnValue:
    """End a token."""
    ended = services().named_tokens.revoke(services().applications.get(name), token_id)
    note("revoke", KIND, f"{name}: {ended.name}")
    flash(f"The token {ended.name} has ended.")
    return redirect(url_for(".show", name=name))


def _page(name: str, form: Form, *, made: str | None = None) -> ResponseReturnValue:
    application = services().applications.get(name)
    page = render_template(
        "console/application_tokens.html",
        application=application,
        tokens=services().named_tokens.list(application),
        now=services().clock(),
        made=made,
        days=DAYS,
        form=form,
    )
    return page, form.status
