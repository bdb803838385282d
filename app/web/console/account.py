"""Signing in and out, and one's own password."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.access.administrators import Administrator, Role
from app.access.throttle import Attempt
from app.telemetry import get_logger
from app.web.addresses import remote_address
from app.web.console.forms import Form
from app.web.console.guard import me, needs, safe_next
from app.web.console.recording import SESSION, note
from app.web.console.sessions import END_URL, sign_out, signed_in
from app.web.console.sessions import sign_in as begin_session
from app.web.current import services

blueprint = Blueprint("account", __name__)
_log = get_logger(__name__)


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """Ask for name and password."""
    if signed_in():
        return redirect(safe_next(request.args.get("next", "")))
    return login_page(Form(), request.args.get("next", ""))


@blueprint.post("/login")
def sign_in() -> ResponseReturnValue:
    """Begin a session."""
    form = Form(request.form)
    if not services().settings.password_login:
        form.refuse("Passwords are not taken here.", status=HTTPStatus.FORBIDDEN)
        return login_page(form, form.text("next"))
    administrator = _authenticated(form.text("name"), form.secret("password"))
    if administrator is None:
        _log.warning("sign_in_refused", remote=remote_address())
        form.refuse("The name or the password is wrong.")
        return login_page(form, form.text("next"))
    begin_session(administrator)
    note("start", SESSION, administrator.name)
    return redirect(safe_next(form.text("next")))


def login_page(form: Form, wanted: str) -> ResponseReturnValue:
    """Show the ways to sign in, and what was wrong with the last one."""
    page = render_template(
        "console/login.html",
        form=form,
        next=wanted,
        passwords=services().settings.password_login,
        providers=services().identity_providers.list(),
    )
    return page, form.status


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session."""
    provider, end_url = services().identity_providers.get(me().provider), session.get(END_URL, "")
    sign_out()
    flash(_signed_out(provider.label, end_url) if provider else "You are signed out.")
    return redirect(url_for("console.account.login"))


def _signed_out(label: str, end_url: str) -> str:
    """Say that the provider's own session goes on, and where to end it, if it can be ended."""
    link = Markup(' <a href="{}">Sign out there, too</a>').format(end_url) if end_url else ""
    return Markup("You are signed out here. {} may still know you.{}").format(label, link)


@blueprint.get("/password")
@needs(Role.VIEWER)
def password() -> ResponseReturnValue:
    """Ask for another password."""
    return render_template("console/password.html", form=Form())


@blueprint.post("/password")
@needs(Role.VIEWER)
def change_password() -> ResponseReturnValue:
    """Change one's own password; all other sessions end."""
    form = Form(request.form)
    _check_passwords(form)
    with form:
        if not form.problems:
            services().administrators.set_password(me().name, form.secret("new"))
            return _renewed()
    return render_template("console/password.html", form=form), form.status


def _authenticated(name: str, password: str) -> Administrator | None:
    """Return whose name and password these are; refuse with 429 where too many have been wrong."""
    attempt = Attempt("person", name, remote_address())
    return services().throttle.attempt(
        attempt, lambda: services().administrators.authenticate(name, password)
    )


def _check_passwords(form: Form) -> None:
    if _authenticated(me().name, form.secret("current")) is None:
        form.refuse("This is not your password.", "current")
    if not form.secret("new"):
        form.refuse("Choose a new password.", "new")
    if form.secret("new") != form.secret("again"):
        form.refuse("This is not the same as the new password.", "again")


def _renewed() -> ResponseReturnValue:
    administrator = me()
    begin_session(administrator)
    note("change", "Password", administrator.name)
    flash("Your password is changed. All your other sessions have ended.")
    return redirect(url_for("console.home.show"))
