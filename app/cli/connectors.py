"""The commands for connectors: list, check, reconcile."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from getpass import getuser

import click

from app.outbound.reconcile import Finding
from app.outbound.task import Cause
from app.provisioning.target import Query, nothing
from app.scim.errors import NotImplementedHere, ScimError
from app.services import Services


@click.group()
def connectors() -> None:
    """Systems that changes are pushed on to."""


@connectors.command("list")
@click.pass_obj
def list_connectors(services: Services) -> None:
    """List connectors, with their types and what they get."""
    for rules in services.outbound.connectors.all_rules():
        ways = "blocking" if rules.blocking else "outbox"
        follows = f"follows {', '.join(rules.domains)}" if rules.domains else ""
        state = "enabled" if rules.enabled else "disabled"
        click.echo("\t".join([rules.name, rules.type, state, ways, ", ".join(rules.resource_types), follows]))


@connectors.command("check")
@click.argument("name")
@click.pass_obj
def check(services: Services, name: str) -> None:
    """Ask a connector for one resource of each type. Nothing is changed."""
    try:
        rules = services.outbound.connectors.rules(name)
        for resource_type in rules.resource_types:
            leg = services.outbound.legs.leg(name, resource_type)
            page = leg.search(Query(count=1), wants=nothing)
            click.echo(f"{resource_type}\t{page.total}")
    except NotImplementedHere as error:
        click.echo(error.detail)
    except ScimError as error:
        raise click.ClickException(error.detail) from error


@connectors.command("reconcile")
@click.argument("name")
@click.option("--domain", default="PRIMARY", show_default=True, help="The user store domain that is right.")
@click.option("--application", default="", help="Whose externalIds count.")
@click.option("--type", "types", multiple=True, help="Only this resource type. May be given several times.")
@click.option("--apply", "mends", is_flag=True, help="Put what was found into the outbox.")
@click.option("--delete-foreign", is_flag=True, help="With --apply: also delete what only the system has.")
@click.option("--output", "-o", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_obj
def reconcile(  # noqa: PLR0913 - the options of the command
    services: Services,
    name: str,
    domain: str,
    application: str,
    *,
    types: tuple[str, ...],
    mends: bool,
    delete_foreign: bool,
    output: str,
) -> None:
    """Report what connector NAME lacks, has too much, or has different; with --apply, put it right."""
    try:
        found = list(services.reconciliation.report(name, domain, application=application, types=types))
    except ScimError as error:
        raise click.ClickException(error.detail) from error
    _show(found, output)
    if mends:
        cause = Cause(application=application, domain=domain, actor=getuser())
        count = services.reconciliation.mend(name, found, cause, deletes_foreign=delete_foreign)
        click.echo(f"{count} tasks in the outbox", err=True)


def _show(found: list[Finding], output: str) -> None:
    if output == "json":
        click.echo(json.dumps([asdict(finding) for finding in found], indent=2, ensure_ascii=False))
        return
    for finding in found:
        about = ", ".join(finding.attributes)
        click.echo(f"{finding.kind}\t{finding.resource_type}\t{finding.name}\t{finding.resource_id}\t{about}")
    counts = Counter(finding.kind for finding in found)
    said = ", ".join(f"{counts[kind]} {kind}" for kind in ("missing", "different", "extra", "foreign"))
    click.echo(said, err=True)
