"""The commands for writes that were broken off: list, show, recover, close."""

from __future__ import annotations

from getpass import getuser

import click

from app.cli.documents import TIME
from app.cli.output import TABLE, output_option, show, text_of
from app.cli.refusals import NotThere, Refusal
from app.directory.plan_text import load_steps
from app.services import Services
from app.store.audit import AuditEvent
from app.store.intents import Intent

SHORT = 8


@click.group()
def intents() -> None:
    """Writes that are on their way, or were broken off in the middle.

    What a process left behind is finished or undone by any other within seconds; what needs a person waits here.
    """


@intents.command("list")
@click.option("--all", "everything", is_flag=True, help="Those on their way, too.")
@output_option
@click.pass_obj
def list_intents(services: Services, *, everything: bool, output: str) -> None:
    """List what was broken off."""
    found = services.intents.list()
    shown = [each for each in found if everything or each.needs or services.intents.is_orphan(each)]
    content = [
        {
            "id": each.id[:SHORT],
            "time": each.time.strftime(TIME),
            "domain": each.domain,
            "write": f"{each.action} {each.resource_type} {each.resource_id}".strip(),
            "state": _state(services, each),
        }
        for each in shown
    ]
    head = ("ID", "TIME", "DOMAIN", "WRITE", "STATE")
    show(output, content, head=head, rows=[tuple(each.values()) for each in content])


@intents.command("show")
@click.argument("name", metavar="ID")
@output_option
@click.pass_obj
def show_intent(services: Services, name: str, output: str) -> None:
    """Show what was to be done, by whom, and how far it got."""
    intent = _found(services, name)
    if output != TABLE:
        wanted = ("id", "time", "actor", "application", "domain", "action", "resource_type", "resource_id")
        content = {each: getattr(intent, each) for each in (*wanted, "request_id", "needs", "plan")}
        told = {**content, "made": _made(intent), "state": _state(services, intent)}
        click.echo(text_of(told, output), nl=False)
        return
    click.echo(f"# {intent.action} {intent.resource_type} {intent.resource_id}".rstrip())
    click.echo(f"# by {intent.actor} through {intent.application}, {intent.time.strftime(TIME)}")
    click.echo(f"# request {intent.request_id or 'unknown'}, domain {intent.domain}")
    click.echo(f"# {_made(intent)} steps are known to have been made; {_state(services, intent)}")
    click.echo(intent.plan, nl=False)


@intents.command("recover")
@click.pass_obj
def recover(services: Services) -> None:
    """See to all that was broken off now."""
    for recovered in services.recovery.run(at_once=True):
        ending = recovered.ending.value if recovered.ending else f"waits: {recovered.reason}"
        click.echo(f"{recovered.intent.id[:SHORT]}  {ending}")


@intents.command("close")
@click.argument("name", metavar="ID")
@click.option("--comment", required=True, help="What you found and did, for the audit trail.")
@click.option("--author", default=getuser, show_default="who runs the command", help="Who you are.")
@click.pass_obj
def close(services: Services, name: str, comment: str, author: str) -> None:
    """Say that a person has seen to it."""
    intent = _found(services, name)
    if not (intent.needs or services.intents.is_orphan(intent)):
        raise Refusal(f"{intent.id[:SHORT]} is on its way; nobody need see to it")
    event = AuditEvent(
        actor=author,
        action="close",
        outcome="done",
        request_id=intent.request_id,
        application=intent.application,
        domain=intent.domain,
        resource_type=intent.resource_type,
        resource_id=intent.resource_id,
        plan=intent.plan,
        detail=f"{intent.needs}: {comment}" if intent.needs else comment,
    )
    services.intents.end(intent.id, event)
    click.echo(f"{intent.id[:SHORT]} closed")


def _found(services: Services, name: str) -> Intent:
    intent = services.intents.find(name)
    if intent is None:
        raise NotThere(f"there is no intent {name}, or more than one")
    return intent


def _made(intent: Intent) -> int:
    """Count the steps that are known to have been made; where it is known that all were, more are noted than there are."""
    return min(intent.made, len(load_steps(intent.steps)))


def _state(services: Services, intent: Intent) -> str:
    if intent.needs:
        return f"needs a person: {intent.needs}"
    return "will be seen to" if services.intents.is_orphan(intent) else "on its way"
