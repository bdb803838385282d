"""The commands for the mass-change guard: what waits, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

import click

from app.cli.documents import TIME, author_option
from app.cli.output import TABLE, output_option, progress, text_of
from app.cli.output import show as tell
from app.cli.recording import note
from app.cli.refusals import told
from app.services import Services
from app.store.held_changes import HeldChange, State

_numbers = click.argument("numbers", nargs=-1, type=int, metavar="[NUMBER]...")
_all = click.option(
    "--all", "all_of_them", is_flag=True, help="All that wait, or all of an application or domain."
)
_application = click.option("--application", help="Only those of an application.")
_domain = click.option("--domain", help="Only those in a user store domain.")


@click.group()
def guard() -> None:
    """Changes that were too many at once, and wait for somebody to decide."""


@guard.command("list")
@click.option(
    "--state",
    type=click.Choice([*get_args(State), "all"]),
    default="held",
    show_default=True,
    help="Which ones.",
)
@_application
@_domain
@output_option
@click.pass_obj
def list_held(
    services: Services, *, state: str, application: str | None, domain: str | None, output: str
) -> None:
    """List changes, newest first."""
    wanted = next((each for each in get_args(State) if each == state), None)
    found = services.held_changes.list(wanted, application=application, domain=domain)
    rows = [
        (
            str(each.id),
            f"{each.time:{TIME}}",
            each.state,
            each.application,
            f"{each.domain}: {each.action} {each.resource_type} {each.resource_id}",
            each.reason,
        )
        for each in found
    ]
    head = ("NUMBER", "TIME", "STATE", "APPLICATION", "CHANGE", "REASON")
    tell(output, [_document(each) for each in found], head=head, rows=rows)


@guard.command("show")
@click.argument("number", type=int)
@output_option
@click.pass_obj
@told
def show(services: Services, number: int, output: str) -> None:
    """Show a change with the LDIF that it would be."""
    found = services.held_changes.get(number)
    if output != TABLE:
        click.echo(text_of(_document(found), output), nl=False)
        return
    for name, value in _document(found).items():
        if name != "plan":
            click.echo(f"{name + ':':15}{value}")
    click.echo(f"\n{found.plan}")


@guard.command("approve")
@_numbers
@_all
@_application
@_domain
@author_option
@click.pass_obj
@told
def approve(services: Services, /, numbers: Sequence[int], *, author: str, **which: Any) -> None:
    """Let changes through when they come again."""
    _decide(services, _wanted(services, numbers, **which), author, approve=True)


@guard.command("reject")
@_numbers
@_all
@_application
@_domain
@author_option
@click.pass_obj
@told
def reject(services: Services, /, numbers: Sequence[int], *, author: str, **which: Any) -> None:
    """Refuse changes for a week, without asking again."""
    _decide(services, _wanted(services, numbers, **which), author, approve=False)


def _wanted(
    services: Services,
    numbers: Sequence[int],
    *,
    all_of_them: bool,
    application: str | None,
    domain: str | None,
) -> Sequence[int]:
    if bool(numbers) == all_of_them:
        raise click.UsageError("name changes by their numbers, or --all")
    if numbers:
        return numbers
    found = services.held_changes.list(application=application, domain=domain, limit=1_000_000)
    return [each.id for each in found]


def _decide(services: Services, numbers: Sequence[int], author: str, *, approve: bool) -> None:
    action, done = ("approve", "approved") if approve else ("reject", "rejected")
    with progress(numbers, f"{action.capitalize()} {len(numbers)} changes") as each:
        for number in each:
            services.held_changes.decide(number, approve=approve, by=author)
            note(services, author, action=action, resource_type="Held change", resource_id=str(number))
            click.echo(f"{number} is {done}")


def _document(held: HeldChange) -> Mapping[str, object]:
    times = {"time": held.time.isoformat(), "decided": held.decided.isoformat() if held.decided else None}
    return {**asdict(held), **times}
