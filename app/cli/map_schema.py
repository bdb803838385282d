"""The command that prints the JSON Schema of the map language."""

from __future__ import annotations

import json

import click

from app.mapping.json_schema import json_schema


@click.command("schema")
def show_schema() -> None:
    """Print the JSON Schema of the language of maps, for editors."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
