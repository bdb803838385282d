"""The commands for the outbox and its connectors: list, show, retry, skip, edit, pause, resume, deliver."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from getpass import getuser
from threading import Event, Thread
from typing import IO

import click

from app.outbound.health import Condition
from app.outbound.outbox import LEASE_SECONDS, NoSuchTask, TaskFilter
from app.outbound.task import State, Task
from app.scim.errors import ScimError
from app.services import Services
from app.store.audit import AuditEvent

TIME = "%Y-%m-%d %H:%M:%SZ"


@click.group()
def outbox() -> None:
    """What connectors have yet to get."""


@outbox.command("list")
@click.option("--connector", help="Only what is for this connector.")
@click.option("--dead", "state", flag_value="dead", help="Only dead letters.")
@click.option("--waiting", "state", flag_value="ready", help="Only what will be delivered by itself.")
@click.option("--count", type=click.IntRange(1, 500), default=50, show_default=True, help="How many at most.")
@click.pass_obj
def list_tasks(services: Services, connector: str | None, state: State | None, count: int) -> None:
    """List tasks in their order."""
    for task in services.outbound.outbox.page(TaskFilter(connector, state), limit=count):
        click.echo("\t".join(_row(task)))


@outbox.command("status")
@click.pass_obj
def status(services: Services) -> None:
    """Show how each connector fares."""
    counts, conditions = services.outbound.outbox.counts(), services.outbound.health.all()
    oldest = services.outbound.outbox.oldest()
    for name in services.outbound.connectors.names():
        waiting, dead = counts.get((name, "ready"), 0), counts.get((name, "dead"), 0)
        since = f", the oldest of {oldest[name]:{TIME}}" if name in oldest else ""
        condition = _words(conditions.get(name, Condition(name)))
        click.echo(f"{name}\t{condition}\t{waiting} waiting{since}\t{dead} dead")


@outbox.command("show")
@click.argument("task_id", type=int)
@click.pass_obj
def show(services: Services, task_id: int) -> None:
    """Show what a task carries as JSON, without its secrets."""
    try:
        task, payload = services.outbound.outbox.get(task_id), services.outbound.outbox.payload(task_id)
    except NoSuchTask as error:
        raise click.ClickException(str(error)) from error
    click.echo("\t".join(_row(task)), err=True)
    click.echo(json.dumps(payload, indent=2, ensure_ascii=False))


@outbox.command("retry")
@click.argument("task_id", type=int, required=False)
@click.option("--connector", help="All dead letters of this connector.")
@click.option("--all", "everything", is_flag=True, help="All dead letters.")
@click.pass_obj
def retry(services: Services, task_id: int | None, connector: str | None, *, everything: bool) -> None:
    """Let dead letters be tried again."""
    if [task_id is not None, connector is not None, everything].count(True) != 1:
        raise click.UsageError("name one task, or --connector, or --all")
    try:
        count = services.outbound.outbox.retry(TaskFilter(connector), task_id=task_id)
    except NoSuchTask as error:
        raise click.ClickException(str(error)) from error
    _note(services, "retry", f"{count} dead letters")
    click.echo(f"{count} to be tried again")


@outbox.command("skip")
@click.argument("task_id", type=int)
@click.pass_obj
def skip(services: Services, task_id: int) -> None:
    """Give a dead letter up, so that what is behind it goes on."""
    try:
        task = services.outbound.outbox.skip(task_id)
    except NoSuchTask as error:
        raise click.ClickException(str(error)) from error
    _note(services, "skip", f"{task.change.action} at {task.connector}", task)
    click.echo(f"skipped {task_id}")


@outbox.command("edit")
@click.argument("task_id", type=int)
@click.option(
    "-f", "--file", "file", type=click.File(encoding="utf-8"), required=True, help="JSON; - for stdin."
)
@click.pass_obj
def edit(services: Services, task_id: int, file: IO[str]) -> None:
    """Put other content, as `show` prints it, into a dead letter. It is tried again by `retry`."""
    try:
        payload = json.load(file)
    except ValueError as error:
        raise click.ClickException(f"the content is not JSON: {error}") from error
    if not isinstance(payload, dict):
        raise click.ClickException("the content is no JSON object")
    try:
        task = services.outbound.outbox.edit(task_id, payload)
    except NoSuchTask as error:
        raise click.ClickException(str(error)) from error
    except ScimError as error:
        raise click.ClickException(error.detail) from error
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
    """Deliver to connectors until stopped. Any number may run beside `serve`, on this machine or others."""
    stopped = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    run = services.worker.leasing(lease_seconds).run
    workers = [Thread(target=run, args=[stopped], name=f"outbox-{n}") for n in range(threads)]
    for each in workers:
        each.start()
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
        raise click.ClickException(f"there is no connector {connector}")


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
