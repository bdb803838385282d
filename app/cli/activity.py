"""The commands for the audit trail: list, show, export, undo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from app.cli.documents import TIME, author_option
from app.cli.output import TABLE, output_option, progress, show, text_of
from app.cli.recording import COMMAND
from app.cli.refusals import NotThere, told
from app.provisioning.trail import Origin
from app.services import Services
from app.store.audit import AuditEntry, AuditFilter
from app.store.audit_export import as_csv, as_json_lines

EXPORTS = {"csv": as_csv, "json": as_json_lines}
FILTERS = (
    "actor",
    "action",
    "outcome",
    "application",
    "domain",
    "resource_type",
    "resource_id",
    "request_id",
)


def _filters(command: click.Command) -> click.Command:
    for name in reversed(FILTERS):
        command.params.insert(
            0, click.Option([f"--{name.replace('_', '-')}"], help="Only those that say so.")
        )
    return command


@click.group()
def activity() -> None:
    """What was done, by whom, and undoing it."""


@click.command("list")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many.")
@output_option
@click.pass_obj
def list_activity(services: Services, /, limit: int, output: str, **wanted: str | None) -> None:
    """List the latest entries, newest first."""
    found = services.audit.page(_filter(wanted), limit=limit)
    head = ("ID", "TIME", "WHO", "WHAT", "RESOURCE", "OUTCOME")
    show(output, [_content(each) for each in found], head=head, rows=map(_row, found))


@click.command("export")
@click.option(
    "--format", "kind", type=click.Choice(sorted(EXPORTS)), default="json", show_default=True, help="How."
)
@click.pass_obj
def export_activity(services: Services, /, kind: str, **wanted: str | None) -> None:
    """Write all entries that fit, newest first: lines of JSON, or CSV."""
    with progress(EXPORTS[kind](services.audit.pages(_filter(wanted))), "Writing the trail") as lines:
        for line in lines:
            click.echo(line, nl=False)


@activity.command("show")
@click.argument("number", metavar="ID", type=int)
@output_option
@click.pass_obj
def show_activity(services: Services, number: int, output: str) -> None:
    """Show one entry with the LDIF of what was sent."""
    entry = services.audit.get(number)
    if entry is None:
        raise NotThere(f"there is no entry {number}")
    if output != TABLE:
        click.echo(text_of(_content(entry), output), nl=False)
        return
    for name in (
        "time",
        "actor",
        "application",
        "domain",
        "action",
        "resource_type",
        "resource_id",
        "request_id",
    ):
        click.echo(f"# {name}: {getattr(entry, name)}")
    click.echo(f"# outcome: {entry.outcome} {entry.detail}".rstrip())
    click.echo(entry.plan, nl=False)


@activity.command("undo")
@click.argument("number", metavar="ID", type=int)
@click.option("--apply", "is_applied", is_flag=True, help="Do it; without this it is only shown.")
@author_option
@click.pass_obj
@told
def undo_activity(services: Services, number: int, *, is_applied: bool, author: str) -> None:
    """Undo what an entry did, if nobody has changed it since. Shows the LDIF; --apply sends it."""
    record = services.journal(Origin(author, COMMAND))
    undoing = services.undo.run(number, record) if is_applied else services.undo.plan(number)
    for note in undoing.notes:
        click.echo(f"# {note}")
    click.echo(undoing.plan.render(), nl=False)
    click.echo("undone" if is_applied else "nothing was sent: --apply does it", err=True)


def _filter(wanted: Mapping[str, Any]) -> AuditFilter:
    return AuditFilter(**wanted)


def _content(entry: AuditEntry) -> Mapping[str, object]:
    content = asdict(entry)
    content.pop("steps")
    return {**content, "time": entry.time.isoformat()}


def _row(entry: AuditEntry) -> tuple[str, ...]:
    what = f"{entry.action} {entry.resource_type}"
    return (str(entry.id), entry.time.strftime(TIME), entry.actor, what, entry.resource_id, entry.outcome)


activity.add_command(_filters(list_activity))
activity.add_command(_filters(export_activity))
