"""Outbound: the connectors, how each fares, what waits for it, and the dead letters."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.outbound.health import Condition
from app.outbound.outbox import NoSuchTask, TaskFilter
from app.outbound.task import State
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.console.recording import note
from app.web.current import services

CONNECTOR = "Connector"
PER_PAGE = 50
STATES: dict[str, State] = {"ready": "ready", "dead": "dead"}
blueprint = Blueprint("outbound", __name__, url_prefix="/outbound")


@dataclass(frozen=True, slots=True)
class ConnectorRow:
    """A connector in the list."""

    name: str
    type: str
    description: str
    condition: Condition
    waiting: int
    dead: int
    oldest: datetime | None

    @property
    def word(self) -> str:
        """Say in a word how it fares."""
        if self.condition.paused:
            return "Paused"
        if self.condition.closed_until is not None:
            return "Left alone"
        return "Failing" if self.condition.failures else "Ready"


@blueprint.get("")
@needs(Role.VIEWER)
def list_() -> ResponseReturnValue:
    """Show all connectors."""
    return render_template(
        "console/outbound.html", connectors=connector_rows(), reports=services().reporting.reports.all()
    )


@blueprint.get("/tasks")
@needs(Role.VIEWER)
def tasks() -> ResponseReturnValue:
    """Show a page of what is yet to be delivered."""
    wanted = TaskFilter(request.args.get("connector") or None, STATES.get(request.args.get("state", "")))
    after = max(0, request.args.get("after", 0, type=int))
    found = services().outbound.outbox.page(wanted, limit=PER_PAGE + 1, after=after)
    return render_template(
        "console/outbound_tasks.html",
        tasks=found[:PER_PAGE],
        more=found[PER_PAGE - 1].id if len(found) > PER_PAGE else 0,
        wanted=wanted,
        connectors=services().outbound.connectors.names(),
    )


@blueprint.get("/tasks/<int:number>")
@needs(Role.VIEWER)
def task(number: int) -> ResponseReturnValue:
    """Show one task with what it carries, without its secrets."""
    return _task_page(number, Form())


@blueprint.post("/tasks/<int:number>")
@needs(Role.OPERATOR)
def edit(number: int) -> ResponseReturnValue:
    """Put other content into a dead letter, which waits for being retried."""
    form = Form(request.form)
    payload = _typed(form)
    with form:
        if form.problems:
            return _task_page(number, form)
        try:
            task = services().outbound.outbox.edit(number, payload)
        except NoSuchTask as error:
            flash(f"Nothing was done: {error}.")
            return redirect(url_for(".tasks"))
        note("edit", "Task", str(number), detail=f"{task.change.action} at {task.connector}")
        flash("It is changed. Retry has it delivered.")
        return redirect(url_for(".task", number=number))
    return _task_page(number, form)


@blueprint.post("/tasks/<int:number>/retry")
@needs(Role.OPERATOR)
def retry(number: int) -> ResponseReturnValue:
    """Let a dead letter be tried again."""
    return _with_task(number, "retry", lambda: services().outbound.outbox.retry(task_id=number))


@blueprint.post("/tasks/<int:number>/skip")
@needs(Role.OPERATOR)
def skip(number: int) -> ResponseReturnValue:
    """Give a dead letter up, so that what is behind it goes on."""
    return _with_task(number, "skip", lambda: services().outbound.outbox.skip(number))


@blueprint.post("/connectors/<name>/pause")
@needs(Role.OPERATOR)
def pause(name: str) -> ResponseReturnValue:
    """Deliver nothing to a connector until it is resumed."""
    services().outbound.health.pause(_known(name))
    return _told("pause", name, f"{name} is paused: what is meant for it waits.")


@blueprint.post("/connectors/<name>/resume")
@needs(Role.OPERATOR)
def resume(name: str) -> ResponseReturnValue:
    """Deliver to a connector again, at once."""
    services().outbound.health.resume(_known(name))
    return _told("resume", name, f"{name} is delivered to again.")


@blueprint.post("/connectors/<name>/retry")
@needs(Role.OPERATOR)
def retry_all(name: str) -> ResponseReturnValue:
    """Let all dead letters of a connector be tried again."""
    count = services().outbound.outbox.retry(TaskFilter(_known(name)))
    return _told("retry", name, f"{count} dead letters of {name} are tried again.")


def connector_rows() -> list[ConnectorRow]:
    """Look at all connectors, and at what is there for each."""
    outbound, documents = services().outbound, services().documents.list(CONNECTOR)
    counts, conditions, oldest = outbound.outbox.counts(), outbound.health.all(), outbound.outbox.oldest()
    return [
        ConnectorRow(
            name=document.name,
            type=str(document.body.get("type", "")),
            description=document.description,
            condition=conditions.get(document.name, Condition(document.name)),
            waiting=counts.get((document.name, "ready"), 0),
            dead=counts.get((document.name, "dead"), 0),
            oldest=oldest.get(document.name),
        )
        for document in documents
    ]


def _task_page(number: int, form: Form) -> ResponseReturnValue:
    outbox = services().outbound.outbox
    try:
        found, payload = outbox.get(number), outbox.payload(number)
    except NoSuchTask:
        abort(404)
    carried = json.dumps(payload, indent=2, ensure_ascii=False)
    page = render_template("console/outbound_task.html", task=found, payload=carried, form=form)
    return page, form.status


def _typed(form: Form) -> dict[str, Any]:
    """Read the content that was typed; what is no JSON object is refused."""
    try:
        payload = json.loads(form.text("payload"))
    except (ValueError, RecursionError) as error:
        form.refuse(f"This is no JSON: {error}.", "payload")
        return {}
    if not isinstance(payload, dict):
        form.refuse("This is no JSON object.", "payload")
        return {}
    return payload


def _known(name: str) -> str:
    return name if name in services().outbound.connectors.names() else abort(404)


def _with_task(number: int, action: str, act: Callable[[], object]) -> ResponseReturnValue:
    try:
        act()
    except NoSuchTask as error:
        flash(f"Nothing was done: {error}.")
        return redirect(url_for(".tasks"))
    note(action, "Task", str(number))
    flash("It is tried again." if action == "retry" else "It is given up.")
    return redirect(url_for(".tasks"))


def _told(action: str, name: str, text: str) -> ResponseReturnValue:
    note(action, CONNECTOR, name)
    flash(text)
    return redirect(url_for(".list_"))
