"""The command that says what needs attention."""

from __future__ import annotations

from dataclasses import asdict

import click

from app.cli.output import output_option, show
from app.services import Services
from app.signals.look import look


@click.command("status")
@output_option
@click.pass_context
def status(context: click.Context, output: str) -> None:
    """Say what needs attention: the same as the console's Home. Exit with 1 where something is an error."""
    services: Services = context.obj
    found = look(services)
    rows = [(each.severity, each.where, each.name, f"{each.text} {each.detail}".strip()) for each in found]
    show(output, [asdict(each) for each in found], head=("SEVERITY", "ABOUT", "NAME", "WHAT"), rows=rows)
    context.exit(1 if any(each.severity == "error" for each in found) else 0)
