"""Guard: the changes that were too many at once, each as LDIF, and what becomes of them."""

from __future__ import annotations

from typing import Any, get_args

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.store.held_changes import HeldChange, NoSuchHeldChange, State
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import note
from app.web.current import services

KIND = "Held change"
SHOWN = 200
"""More than these nobody decides on one by one: there is the command for all of an application."""
STATES: tuple[State, ...] = get_args(State)
blueprint = Blueprint("held", __name__, url_prefix="/guard")


@blueprint.get("")
@needs(Role.VIEWER)
def list_() -> ResponseReturnValue:
    """Show the changes that wait, or others."""
    form = Form(request.args)
    state = next((each for each in STATES if each == form.text("state", "held")), None)
    found = services().held_changes.list(
        state, application=form.text("application") or None, domain=form.text("domain") or None, limit=SHOWN
    )
    return render_template(
        "console/held.html",
        changes=found,
        state=state,
        states=STATES,
        limits=list(_limits()),
        shown=SHOWN,
        form=form,
    )


@blueprint.get("/<int:number>")
@needs(Role.VIEWER)
def show(number: int) -> ResponseReturnValue:
    """Show one change with the LDIF that it would be."""
    return render_template("console/held_change.html", change=_change(number))


@blueprint.post("/<int:number>/approve")
@needs(Role.OPERATOR)
def approve(number: int) -> ResponseReturnValue:
    """Let a change through, once, when it comes again."""
    return _decided(number, approve=True)


@blueprint.post("/<int:number>/reject")
@needs(Role.OPERATOR)
def reject(number: int) -> ResponseReturnValue:
    """Refuse a change for a week."""
    return _decided(number, approve=False)


def _decided(number: int, *, approve: bool) -> ResponseReturnValue:
    _change(number)
    try:
        services().held_changes.decide(number, approve=approve, by=me().name)
    except NoSuchHeldChange:
        flash("Somebody has decided on this change already.")
        return redirect(url_for(".show", number=number))
    note("approve" if approve else "reject", KIND, str(number))
    flash("It is let through, once, when it comes again." if approve else "It is refused for a week.")
    return redirect(url_for(".list_"))


def _change(number: int) -> HeldChange:
    try:
        return services().held_changes.get(number)
    except NoSuchHeldChange:
        abort(404)


def _limits() -> Any:
    """Say which user stores and applications have limits, and where they are set."""
    for domain in services().configurations.current().domains.values():
        if domain.guard.limits:
            yield "Domain", domain.name, domain.guard
    for application in services().applications.list():
        if application.guard.limits:
            yield "Application", application.name, application.guard
