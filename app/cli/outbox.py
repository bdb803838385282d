"""The commands for the outbox and its connectors: list, show, retry, skip, edit, pause, resume, deliver."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from getpass import getuser
from threading import Event, Thread
from typing import IO

import click

from app.cli.output import JSON, YAML, output_option, text_of
from app.cli.output import show as tell
from app.cli.refusals import NotThere, told
from app.outbound.health import Condition
from app.outbound.outbox import LEASE_SECONDS, TaskFilter
from app.outbound.task import State, Task
from app.services import Services
from app.store.audit import AuditEvent

HOUSEKEEPING_SECONDS = 5.0
TIME = "%Y-%m-%d %H:%M:%SZ"


@click.group()
def outbox() -> None:
    """What connectors have yet to get."""


@outbox.command("list")
@click.option("--connector", help="Only what is for this connector.")
@click.option("--dead", "state", flag_value="dead", help="Only dead letters.")
@click.option("--waiting", "state", flag_value="ready", help="Only what will be delivered by itself.")
@click.option("--count", type=click.IntRange(1, 500), default=50, show_default=True, help="How many at most.")
@output_option
@click.pass_obj
def list_tasks(
    services: Services, connector: str | None, state: State | None, *, count: int, output: str
) -> None:
    """List tasks in their order."""
    rows = [_row(each) for each in services.outbound.outbox.page(TaskFilter(connector, state), limit=count)]
    names = ("id", "connector", "action", "resource", "state", "attempts", "error")
    content = [dict(zip(names, row, strict=True)) for row in rows]
    tell(output, content, head=[name.upper() for name in names], rows=rows)


@outbox.command("status")
@output_option
@click.pass_obj
def status(services: Services, output: str) -> None:
    """Show how each connector fares."""
    counts, conditions = services.outbound.outbox.counts(), services.outbound.health.all()
    oldest = services.outbound.outbox.oldest()
    content = [
        {
            "connector": name,
            "condition": _words(conditions.get(name, Condition(name))),
            "waiting": counts.get((name, "ready"), 0),
            "oldest": f"{oldest[name]:{TIME}}" if name in oldest else "",
            "dead": counts.get((name, "dead"), 0),
        }
        for name in services.outbound.connectors.names()
    ]
    rows = [[str(value) for value in each.values()] for each in content]
    tell(output, content, head=("CONNECTOR", "CONDITION", "WAITING", "OLDEST", "DEAD"), rows=rows)


@outbox.command("show")
@click.argument("task_id", type=int)
@output_option
@click.pass_obj
@told
def show(services: Services, task_id: int, output: str) -> None:
    """Show what a task carries as JSON or YAML, without its secrets."""
    task, payload = services.outbound.outbox.get(task_id), services.outbound.outbox.payload(task_id)
    click.echo("\t".join(_row(task)), err=True)
    click.echo(text_of(payload, YAML if output == YAML else JSON), nl=False)


@outbox.command("retry")
@click.argument("task_id", type=int, required=False)
@click.option("--connector", help="All dead letters of this connector.")
@click.option("--all", "everything", is_flag=True, help="All dead letters.")
@click.pass_obj
@told
def retry(services: Services, task_id: int | None, connector: str | None, *, everything: bool) -> None:
    """Let dead letters be tried again."""
    if [task_id is not None, connector is not None, everything].count(True) != 1:
        raise click.UsageError("name one task, or --connector, or --all")
    count = services.outbound.outbox.retry(TaskFilter(connector), task_id=task_id)
    _note(services, "retry", f"{count} dead letters")
    click.echo(f"{count} to be tried again")


@outbox.command("skip")
@click.argument("task_id", type=int)
@click.pass_obj
@told
def skip(services: Services, task_id: int) -> None:
    """Give a dead letter up, so that what is behind it goes on."""
    task = services.outbound.outbox.skip(task_id)
    _note(services, "skip", f"{task.change.action} at {task.connector}", task)
    click.echo(f"skipped {task_id}")


@outbox.command("edit")
@click.argument("task_id", type=int)
@click.option(
    "-f", "--file", "file", type=click.File(encoding="utf-8"), required=True, help="JSON; - for stdin."
)
@click.pass_obj
@told
def edit(services: Services, task_id: int, file: IO[str]) -> None:
    """Put other content, as `show` prints it, into a dead letter. It is tried again by `retry`."""
    try:
        payload = json.load(file)
    except ValueError as error:
        raise click.UsageError(f"the content is not JSON: {error}") from error
    if not isinstance(payload, dict):
        raise click.UsageError("the content is no JSON object")
    task = services.outbound.outbox.edit(task_id, payload)
    _note(services, "edit", f"{task.change.action} at {task.connector}", task)
    click.echo(f"changed {task_id}")


@outbox.command("pause")
@click.argument("connector")
@click.pass_obj
def pause(services: Services, connector: str) -> None:
    """Deliver nothing to a connector until it is resumed."""
    _check(services, connector)
    services.outbound.health.pause(connector)
    _note(services, "pause", connector)


@outbox.command("resume")
@click.argument("connector")
@click.pass_obj
def resume(services: Services, connector: str) -> None:
    """Deliver to a connector again, at once."""
    _check(services, connector)
    services.outbound.health.resume(connector)
    _note(services, "resume", connector)


@outbox.command("deliver")
@click.pass_obj
def deliver(services: Services) -> None:
    """Deliver what is due now, and return."""
    click.echo(f"{services.worker.drain()} taken up")


@click.command()
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Tasks at a time.")
@click.option(
    "--lease-seconds",
    type=click.FloatRange(1, 3600),
    default=LEASE_SECONDS,
    show_default=True,
    help="How long a worker that died keeps what it was at from others.",
)
@click.pass_obj
def worker(services: Services, threads: int, lease_seconds: float) -> None:
    """Deliver to connectors until stopped, and forget what has expired. Any number may run beside `serve`, on this machine or others."""
    stopped = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    run = services.worker.leasing(lease_seconds).run
    workers = [Thread(target=run, args=[stopped], name=f"outbox-{n}") for n in range(threads)]
    for each in workers:
        each.start()
    while not stopped.wait(HOUSEKEEPING_SECONDS):
        services.purge.tend()
    for each in workers:
        each.join()


def _row(task: Task) -> Sequence[str]:
    state = "dead" if task.state == "dead" else f"due {task.due:{TIME}}"
    resource = f"{task.change.resource_type} {task.change.resource_id}"
    return str(task.id), task.connector, task.change.action, resource, state, str(task.attempts), task.error


def _words(condition: Condition) -> str:
    if condition.paused:
        return "paused"
    if condition.closed_until is not None:
        return f"left alone until {condition.closed_until:{TIME}} ({condition.error})"
    return "failing" if condition.failures else "ready"


def _check(services: Services, connector: str) -> None:
    if connector not in services.outbound.connectors.names():
        raise NotThere(f"there is no connector {connector}")


def _note(services: Services, action: str, detail: str, task: Task | None = None) -> None:
    event = AuditEvent(
        actor=getuser(),
        action=f"outbox {action}",
        outcome="done",
        resource_type=task.change.resource_type if task else "Connector",
        resource_id=task.change.resource_id if task else "",
        detail=detail,
    )
    services.audit.record(event)
