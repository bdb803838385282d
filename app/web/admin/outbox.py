"""The outbox: what connectors have yet to get, and the letters that they would not take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

from marshmallow import Schema, fields

from app.access.administrators import Role
from app.outbound.health import Condition
from app.outbound.outbox import TaskFilter
from app.outbound.task import Cause, State, Task
from app.scim.errors import NotFound
from app.web.admin.bodies import number, read, text
from app.web.admin.errors import InvalidRequest
from app.web.admin.guard import me
from app.web.admin.recording import note
from app.web.admin.routes import NUMBER, TEXT, Answer, Operation
from app.web.current import services

MAX_PAGE = 500
KIND = "Task"


class ReconcileSchema(Schema):
    """What to hold a connector against, and whether to put right what is found."""

    domain = fields.String(required=True)
    application = fields.String(load_default="")
    types = fields.List(fields.String(), load_default=[])
    apply = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    delete_foreign = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class EditSchema(Schema):
    """Other content for a dead letter, as it is shown."""

    payload = fields.Dict(keys=fields.String(), required=True)


def list_tasks() -> Answer:
    """List tasks in their order; `next` is what to send as `after` for more."""
    state = next((each for each in get_args(State) if each == text("state")), None)
    if text("state") and state is None:
        raise InvalidRequest(f"state is one of {', '.join(get_args(State))}")
    limit = number("limit", 50, least=1, most=MAX_PAGE)
    wanted = TaskFilter(text("connector"), state, text("resource_type"), text("resource_id"))
    tasks = services().outbound.outbox.page(wanted, limit=limit, after=number("after", 0))
    return {
        "tasks": [_shown(each) for each in tasks],
        "next": tasks[-1].id if len(tasks) == limit else None,
    }


def show(number: int) -> Answer:
    """Show a task with what it carries, without its secrets."""
    outbox = services().outbound.outbox
    return {**_shown(outbox.get(number)), "payload": outbox.payload(number)}


def retry(number: int) -> None:
    """Let a dead letter be tried again."""
    services().outbound.outbox.retry(task_id=number)
    note("retry", KIND, str(number))


def skip(number: int) -> None:
    """Give a dead letter up, so that what is behind it goes on."""
    task = services().outbound.outbox.skip(number)
    note("skip", KIND, str(number), detail=f"{task.change.action} at {task.connector}")


def edit(number: int) -> Answer:
    """Put other content into a dead letter; it is tried again by retry."""
    task = services().outbound.outbox.edit(number, read(EditSchema)["payload"])
    note("edit", KIND, str(number), detail=f"{task.change.action} at {task.connector}")
    return _shown(task)


def list_connectors() -> Answer:
    """List connectors with what waits for each."""
    counts, conditions = services().outbound.outbox.counts(), services().outbound.health.all()
    return [
        {
            "name": name,
            "is_paused": conditions.get(name, Condition(name)).paused,
            "waiting": counts.get((name, "ready"), 0),
            "dead": counts.get((name, "dead"), 0),
        }
        for name in services().outbound.connectors.names()
    ]


def pause(connector: str) -> None:
    """Deliver nothing to a connector until it is resumed."""
    services().outbound.health.pause(_known(connector))
    note("pause", "Connector", connector)


def resume(connector: str) -> None:
    """Deliver to a connector again, at once."""
    services().outbound.health.resume(_known(connector))
    note("resume", "Connector", connector)


def reconcile(connector: str) -> Answer:
    """Report what a connector lacks, has too much or has different; with apply, put it right by the outbox."""
    wanted, reconciliation = read(ReconcileSchema), services().reconciliation
    report = reconciliation.report(
        _known(connector), wanted["domain"], application=wanted["application"], types=wanted["types"]
    )
    found, tasks = list(report), 0
    if wanted["apply"]:
        cause = Cause(application=wanted["application"], domain=wanted["domain"], actor=me().name)
        tasks = reconciliation.mend(connector, found, cause, deletes_foreign=wanted["delete_foreign"])
        note("reconcile", "Connector", connector, detail=f"{tasks} tasks")
    return {"findings": [asdict(each) for each in found], "tasks": tasks}


_ONE = "/outbox/<int:number>"
OPERATIONS = (
    Operation(
        method="GET",
        path="/outbox",
        role=Role.VIEWER,
        view=list_tasks,
        query={
            **dict.fromkeys(("connector", "state", "resource_type", "resource_id"), TEXT),
            "after": NUMBER,
            "limit": NUMBER,
        },
    ),
    Operation(method="GET", path=_ONE, role=Role.VIEWER, view=show),
    Operation(method="POST", path=f"{_ONE}/retry", role=Role.OPERATOR, view=retry),
    Operation(method="POST", path=f"{_ONE}/skip", role=Role.OPERATOR, view=skip),
    Operation(method="PUT", path=_ONE, role=Role.OPERATOR, view=edit, body=EditSchema),
    Operation(method="GET", path="/connectors", role=Role.VIEWER, view=list_connectors),
    Operation(method="POST", path="/connectors/<connector>/pause", role=Role.OPERATOR, view=pause),
    Operation(
        method="POST",
        path="/connectors/<connector>/reconcile",
        role=Role.OPERATOR,
        view=reconcile,
        body=ReconcileSchema,
    ),
    Operation(method="POST", path="/connectors/<connector>/resume", role=Role.OPERATOR, view=resume),
)


def _known(connector: str) -> str:
    if connector not in services().outbound.connectors.names():
        raise NotFound(f"there is no connector {connector}")
    return connector


def _shown(task: Task) -> Mapping[str, Any]:
    return {
        "id": task.id,
        "connector": task.connector,
        "state": task.state,
        "action": task.change.action,
        "resource_type": task.change.resource_type,
        "resource_id": task.change.resource_id,
        "application": task.cause.application,
        "domain": task.cause.domain,
        "attempts": task.attempts,
        "created": task.created.isoformat(),
        "due": task.due.isoformat(),
    }
