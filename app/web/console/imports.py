"""User Management, Import: a table is uploaded, its columns are understood, it is tried out, and then imported.

The work is done beside requests; the page shows how far it is, and asks again by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.access.administrators import Role
from app.exchange.columns import NOT_USED, Offer, offer_of
from app.exchange.importing import Order
from app.exchange.imports import USER, Errand
from app.exchange.results import OUTCOMES, head
from app.exchange.table import Table
from app.provisioning.trail import Origin
from app.store.csv_text import BYTE_ORDER_MARK
from app.store.import_runs import Run
from app.web.console.directory import map_of, new_sentry, target_of
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.import_writing import DELIMITERS, SEPARATORS, shown_of, written_by
from app.web.console.recording import CONSOLE
from app.web.current import services
from app.web.recording import recorder

SECONDS = 2
"""How often the page asks again while a table is being imported."""
_ONE = "/<run_id>"
blueprint = Blueprint("imports", __name__, url_prefix="/users/<domain>/import")


@blueprint.get("")
@needs(Role.OPERATOR)
def new(domain: str) -> ResponseReturnValue:
    """Ask for a table, and show the latest ones."""
    return _upload_page(domain, Form())


@blueprint.post("")
@needs(Role.OPERATOR)
def upload(domain: str) -> ResponseReturnValue:
    """Keep a table, if it is one."""
    form, sent = Form(request.form), request.files.get("table")
    if sent is None or not sent.filename:
        form.refuse("Choose a file.", "table")
        return _upload_page(domain, form)
    with closing(sent), form:
        run_id = _kept(domain, sent)
        return redirect(url_for(".show", domain=domain, run_id=run_id))
    return _upload_page(domain, form)


def _kept(domain: str, sent: FileStorage) -> str:
    """Keep a table; raise InvalidTable where it is none."""
    Table(sent.stream)
    sent.stream.seek(0)
    return services().import_runs.keep(
        sent.stream, domain=domain, actor=me().name, file_name=sent.filename or ""
    )


@blueprint.get(_ONE)
@needs(Role.OPERATOR)
def show(domain: str, run_id: str) -> ResponseReturnValue:
    """Show a table: its columns, how far it is, or what became of it."""
    return _page(_known(domain, run_id), Form())


@blueprint.post(f"{_ONE}/check")
@needs(Role.OPERATOR)
def check(domain: str, run_id: str) -> ResponseReturnValue:
    """Say what would become of each row; nothing is changed by it."""
    form, run = Form(request.form), _known(domain, run_id)
    writing = written_by(form)
    if form.text("delimiter") != form.text("shown-delimiter"):
        form.refuse("The columns are divided anew: see what they hold, and check again.", "delimiter")
    if form.problems:
        return _page(run, form, writing)
    return _begun(run, form, _chosen(run, form, writing), is_rehearsal=True)


@blueprint.post(f"{_ONE}/apply")
@needs(Role.OPERATOR)
def apply(domain: str, run_id: str) -> ResponseReturnValue:
    """Import a table with the columns that it was tried out with."""
    form, run = Form(request.form), _known(domain, run_id)
    if run.phase == "new":
        form.refuse("Check the table first.")
        return _page(run, form)
    return _begun(run, form, Order(**run.reading), is_rehearsal=False)


@blueprint.post(f"{_ONE}/stop")
@needs(Role.OPERATOR)
def stop(domain: str, run_id: str) -> ResponseReturnValue:
    """End what is going on after the row that it is at."""
    services().import_runs.stop(_known(domain, run_id).id)
    flash("It stops after the row that it is at.")
    return redirect(url_for(".show", domain=domain, run_id=run_id))


@blueprint.get(f"{_ONE}/result.csv")
@needs(Role.OPERATOR)
def result(domain: str, run_id: str) -> ResponseReturnValue:
    """Send what became of each row."""
    run = _known(domain, run_id)
    name = f"{run.phase}-{domain}-{run.id[:8]}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        _result(services().import_runs.result(run.id)),
        content_type="text/csv; charset=utf-8",
        headers=headers,
    )


def _result(pieces: Iterator[str]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + next(pieces, head())
    yield from pieces


def _begun(run: Run, form: Form, order: Order, *, is_rehearsal: bool) -> ResponseReturnValue:
    record = recorder(me().name, CONSOLE)
    origin = Origin(me().name, CONSOLE, record.origin.request_id)
    errand = Errand(run.domain, origin, record, new_sentry(), is_rehearsal)
    application = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's way to hand it on
    with form:
        services().background.start(run.id, order, errand, within=application.app_context)
        return redirect(url_for(".show", domain=run.domain, run_id=run.id))
    return _page(run, form, order)


def _known(domain: str, run_id: str) -> Run:
    run = services().import_runs.get(run_id)
    return run if run is not None and run.domain == domain else abort(404)


def _upload_page(domain: str, form: Form) -> ResponseReturnValue:
    target_of(domain, USER)  # refuses domains that cannot be used
    runs = services().import_runs.recent(domain)
    page = render_template("console/import_new.html", domain=domain, form=form, runs=runs, outcomes=OUTCOMES)
    return page, form.status


def _page(run: Run, form: Form, order: Order | None = None) -> ResponseReturnValue:
    chosen = order or (Order(**run.reading) if run.reading else Order())
    page = render_template(
        "console/import.html",
        run=run,
        domain=run.domain,
        form=form,
        chosen=chosen,
        headers=_headers(run, chosen),
        places=list(_offer(run).places),
        outcomes=OUTCOMES,
        not_used=NOT_USED,
        writing=shown_of(chosen),
        delimiters=DELIMITERS,
        separators=SEPARATORS,
        refresh_seconds=SECONDS if run.is_running else 0,
        has_table=services().import_runs.has_table(run.id),
    )
    return page, form.status


@dataclass(frozen=True, slots=True)
class Header:
    """A column of the table, and what it is taken to hold."""

    index: int
    name: str
    place: str


def _headers(run: Run, order: Order) -> list[Header]:
    """Say what the columns hold: as somebody chose, or as their names say."""
    if run.is_running:
        return []
    file = services().import_runs.table(run.id)
    if file is None:
        return []
    offer = _offer(run)
    with file:
        names = Table(file, delimiter=order.delimiter).header
    return [
        Header(index, name, order.columns.get(name) or _guess(offer, name))
        for index, name in enumerate(names)
        if name
    ]


def _guess(offer: Offer, name: str) -> str:
    place = offer.find(name)
    return str(place) if place else NOT_USED


def _chosen(run: Run, form: Form, writing: Order) -> Order:
    headers = _headers(run, writing)
    chosen = {header.name: form.text(f"column-{header.index}", header.place) for header in headers}
    return replace(writing, columns=chosen, key=form.text("key") or "userName")


def _offer(run: Run) -> Offer:
    schema_map = map_of(run.domain, USER)
    if schema_map is None:
        abort(404)
    return offer_of(schema_map)
