"""How commands tell what they found: a table for people, JSON or YAML for programs. ``--output`` is the same everywhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click
import yaml

T = TypeVar("T")
TABLE, JSON, YAML = "table", "json", "yaml"
output_option = click.option(
    "--output",
    "-o",
    type=click.Choice((TABLE, JSON, YAML)),
    default=TABLE,
    show_default=True,
    help="How to show it: for people, or for programs.",
)


def show(
    output: str, content: object, *, head: Sequence[str] = (), rows: Iterable[Sequence[str]] = ()
) -> None:
    """Show a table of ``rows``, or ``content`` for a program."""
    click.echo(table(head, rows) if output == TABLE else text_of(content, output), nl=False)


def show_one(output: str, content: Mapping[str, object]) -> None:
    """Show one thing: a line for each of its values, or all of it for a program."""
    if output != TABLE:
        click.echo(text_of(content, output), nl=False)
        return
    width = max(map(len, content), default=0) + 2
    for name, value in content.items():
        click.echo(f"{name + ':':{width}}{printable(_words(value))}".rstrip())


def text_of(content: object, output: str) -> str:
    """Write content as JSON or YAML; times and the like as texts."""
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    if output == JSON:
        return text + "\n"
    return yaml.safe_dump(json.loads(text), sort_keys=False, allow_unicode=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out rows in columns; text from outside cannot move the terminal's cursor."""
    lines = [head, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )
    return "".join(f"{line.rstrip()}\n" for line in padded)


def printable(text: str) -> str:
    """Write text from outside so that it cannot move the terminal's cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _words(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value))
    return "" if value is None else str(value)


@contextmanager
def progress(works: Iterable[T], label: str, *, length: int | None = None) -> Iterator[Iterable[T]]:
    """Show how far long work is, on standard error, where somebody watches it."""
    watched = sys.stderr.isatty()
    with click.progressbar(works, label=label, length=length, file=sys.stderr, hidden=not watched) as bar:
        yield bar


@contextmanager
def meter(label: str, length: int | None) -> Iterator[Callable[[int], None]]:
    """Show how far long work is that counts its own steps: what is handed to the block takes how many are done."""
    watched = sys.stderr.isatty() and length is not None
    done = 0
    with click.progressbar(length=length or 1, label=label, file=sys.stderr, hidden=not watched) as bar:

        def show_at(position: int) -> None:
            nonlocal done
            bar.update(position - done)
            done = position

        yield show_at
