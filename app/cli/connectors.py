"""The commands for connectors: list, types, check, reconcile."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from getpass import getuser

import click

from app.cli.output import output_option, progress, show
from app.cli.refusals import told
from app.outbound.discovery import OWN, discover
from app.outbound.reconcile import Finding
from app.outbound.task import Cause
from app.provisioning.target import Query, nothing
from app.scim.errors import NotImplementedHere
from app.services import Services


@click.group()
def connectors() -> None:
    """Systems that changes are pushed on to."""


@connectors.command("list")
@output_option
@click.pass_obj
def list_connectors(services: Services, output: str) -> None:
    """List connectors, with their types and what they get."""
    content = [
        {
            "name": rules.name,
            "type": rules.type,
            "state": "enabled" if rules.enabled else "disabled",
            "way": "blocking" if rules.blocking else "outbox",
            "resource_types": ", ".join(rules.resource_types),
            "follows": ", ".join(rules.domains),
        }
        for rules in services.outbound.connectors.all_rules()
    ]
    head = ("NAME", "TYPE", "STATE", "WAY", "RESOURCE TYPES", "FOLLOWS")
    show(output, content, head=head, rows=[tuple(each.values()) for each in content])


@connectors.command("types")
@output_option
def types(output: str) -> None:
    """List the types that connectors may have, and those of plugins that cannot be used."""
    found = discover()
    rows = [(name, "built in" if name in OWN else "plugin", "") for name in sorted(found.types)]
    rows += [(name, "broken", why) for name, why in sorted(found.broken.items())]
    content = [{"name": name, "origin": origin, "reason": why} for name, origin, why in rows]
    show(output, content, head=("NAME", "ORIGIN", "REASON"), rows=rows)


@connectors.command("check")
@click.argument("name")
@output_option
@click.pass_obj
@told
def check(services: Services, name: str, output: str) -> None:
    """Ask a connector for one resource of each type. Nothing is changed."""
    try:
        rules = services.outbound.connectors.rules(name)
        found = [(each, _total(services, name, each)) for each in rules.resource_types]
        content = [{"resource_type": each, "total": total} for each, total in found]
        rows = [(each, str(total)) for each, total in found]
        show(output, content, head=("TYPE", "TOTAL"), rows=rows)
    except NotImplementedHere as error:
        click.echo(error.detail)


@connectors.command("reconcile")
@click.argument("name")
@click.option("--domain", default="PRIMARY", show_default=True, help="The user store domain that is right.")
@click.option("--application", default="", help="Whose externalIds count.")
@click.option("--type", "types", multiple=True, help="Only this resource type. May be given several times.")
@click.option("--apply", "mends", is_flag=True, help="Put what was found into the outbox.")
@click.option("--delete-foreign", is_flag=True, help="With --apply: also delete what only the system has.")
@output_option
@click.pass_obj
@told
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
    report = services.reconciliation.report(name, domain, application=application, types=types)
    with progress(report, f"Holding {name} against {domain}") as findings:
        found = list(findings)
    _show(found, output)
    if mends:
        cause = Cause(application=application, domain=domain, actor=getuser())
        count = services.reconciliation.mend(name, found, cause, deletes_foreign=delete_foreign)
        click.echo(f"{count} tasks in the outbox", err=True)


def _total(services: Services, name: str, resource_type: str) -> int:
    return services.outbound.legs.leg(name, resource_type).search(Query(count=1), wants=nothing).total


def _show(found: list[Finding], output: str) -> None:
    rows = [
        (each.kind, each.resource_type, each.name, each.resource_id, ", ".join(each.attributes))
        for each in found
    ]
    head = ("KIND", "TYPE", "NAME", "ID", "ATTRIBUTES")
    show(output, [asdict(each) for each in found], head=head, rows=rows)
    counts = Counter(finding.kind for finding in found)
    said = ", ".join(f"{counts[kind]} {kind}" for kind in ("missing", "different", "extra", "foreign"))
    click.echo(said, err=True)
