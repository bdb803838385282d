"""The commands that say what needs attention, and how many requests come."""

from __future__ import annotations

from dataclasses import asdict

import click

from app.cli.output import output_option, show
from app.services import Services
from app.signals.look import look
from app.signals.rates import WINDOWS, rates

_RATES = ("APPLICATION", "REQUESTS", "PER MINUTE", "AT MOST", "REFUSED", "FAILED")


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


@click.command("requests")
@click.option(
    "--window",
    type=click.Choice(list(WINDOWS)),
    default="hour",
    show_default=True,
    help="How far to look back.",
)
@output_option
@click.pass_obj
def requests(services: Services, window: str, output: str) -> None:
    """Say how many requests each application sent of late, and how many were refused or failed."""
    found = rates(services, WINDOWS[window])
    rows = [
        (
            each.title,
            str(each.total.requests),
            f"{each.per_minute:g}",
            f"{each.peak_per_minute:g}",
            str(each.total.refused),
            str(each.total.failed),
        )
        for each in found
    ]
    show(output, [each.as_json() for each in found], head=_RATES, rows=rows)
