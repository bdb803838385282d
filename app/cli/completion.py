"""The command that has a shell complete the others."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

VARIABLE = "_LANDBRIDGE_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what has SHELL complete commands and options; its start-up file reads it."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell} is not known")
    made = kind(context.find_root().command, {}, "landbridge", VARIABLE)
    click.echo(made.source())
