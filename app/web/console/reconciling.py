"""Outbound, Reconcile: what a connector's system lacks, has too much or has different, and putting it right."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.web.console.directory import domain_names
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import note
from app.web.current import services

CONNECTOR = "Connector"
SHOWN = 200
SECONDS = 3
"""How often the page asks again while a report is being made."""
blueprint = Blueprint("reconciling", __name__, url_prefix="/outbound/connectors/<name>/reconcile")


@blueprint.get("")
@needs(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Show the last report."""
    return _page(name, Form())


@blueprint.post("")
@needs(Role.OPERATOR)
def start(name: str) -> ResponseReturnValue:
    """Have a report made; nothing is changed by it."""
    form = Form(request.form)
    _known(name)
    if form.text("domain") not in domain_names():
        form.refuse("Choose a user store.", "domain")
        return _page(name, form)
    with form:
        services().reporting.start(
            name, form.text("domain"), application=form.text("application"), actor=me().name
        )
        note("report", CONNECTOR, name, detail=form.text("domain"))
        return redirect(url_for(".show", name=name))
    return _page(name, form)


@blueprint.post("/mend")
@needs(Role.OPERATOR)
def mend(name: str) -> ResponseReturnValue:
    """Put what was found into the outbox."""
    form, report = Form(request.form), services().reporting.reports.get(_known(name))
    if report is None or report.ended is None:
        abort(404)
    with form:
        deletes = form.has("delete_foreign")
        count = services().reporting.mend(report, actor=me().name, deletes_foreign=deletes)
        note("reconcile", CONNECTOR, name, detail=f"{count} tasks")
        flash(f"{count} tasks are in the queue. Have another report made when they are done.")
        return redirect(url_for("console.outbound.tasks", connector=name))
    return _page(name, form)


def _page(name: str, form: Form) -> ResponseReturnValue:
    reporting = services().reporting
    report = reporting.reports.get(_known(name))
    page = render_template(
        "console/reconcile.html",
        name=name,
        report=report,
        is_running=reporting.is_running(report),
        refresh_seconds=SECONDS if reporting.is_running(report) else 0,
        shown=SHOWN,
        domains=domain_names(),
        applications=[each.name for each in services().applications.list()],
        form=form,
    )
    return page, form.status


def _known(name: str) -> str:
    return name if name in services().outbound.connectors.names() else abort(404)
