"""The commands that bring users in from files and out to them: import, export.

What a file may say, and what becomes of each row, is left to ``app.exchange``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from app.cli.documents import author_option
from app.cli.output import TABLE, meter, output_option, printable, progress, show
from app.cli.recording import COMMAND
from app.cli.refusals import Exit, NotThere, Refusal, told
from app.cli.users import domain_option
from app.exchange.cells import CLEAR
from app.exchange.diary import noted
from app.exchange.exports import FORMS
from app.exchange.importing import Import, Order
from app.exchange.imports import Errand
from app.exchange.results import Result, head
from app.provisioning.guard import Sentry
from app.provisioning.trail import Origin
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.services import Services

TOLD = 20
"""How many rows that fail are told on the terminal; the result file has all."""
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


class ColumnParam(click.ParamType[tuple[str, str]]):
    """A column of a file, and what it holds."""

    name = "column=attribute"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        column, is_pair, attribute = value.rpartition("=")
        if not (attribute and is_pair and column):
            self.fail(f"{value} is not COLUMN=ATTRIBUTE", param, ctx)
        return column.strip(), attribute.strip()


@click.command("import")
@domain_option
@click.argument("file", type=_FILE)
@click.option(
    "--column",
    "columns",
    multiple=True,
    type=ColumnParam(),
    help="What a column holds that does not say so by its name; - leaves it out. May be given several times.",
)
@click.option("--key", default="userName", show_default=True, help="The attribute that users are found by.")
@click.option("--delimiter", default="", help="What stands between cells; found out where it is not given.")
@click.option(
    "--clear",
    default=CLEAR,
    show_default=True,
    help="The cell that removes what is there; an empty one does not.",
)
@click.option("--separator", default="\n", help="What stands between several values in a cell: a new line.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each row, and change nothing.")
@click.option(
    "--result",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write what became of each row here, as CSV.",
)
@output_option
@author_option
@click.pass_obj
@told
def import_users(  # noqa: PLR0913 - click hands over one argument for each option
    services: Services,
    /,
    *,
    domain: str,
    file: Path,
    columns: tuple[tuple[str, str], ...],
    key: str,
    delimiter: str,
    clear: str,
    separator: str,
    dry_run: bool,
    result: Path | None,
    output: str,
    author: str,
) -> None:
    """Create and change users as FILE says (CSV in UTF-8, - for standard input): a row each, found by a key.

    Rows that fail are told and do not stop the others. The same file can be imported again: what is done stays done.
    """
    order = Order(dict(columns), key, delimiter.replace("\\t", "\t"), clear, separator)
    errand = errand_of(services, domain, author, is_rehearsal=dry_run)
    with click.open_file(str(file), "rb") as opened, _written(result) as write:
        work = services.imports.open(opened, domain, order)
        _tell_columns(work)
        try:
            with _noted(services, work, order, errand, file) as goes_on:
                _follow(work, services.imports.run(work, errand), write, goes_on, size=_size(file))
        finally:
            tell(work, output, is_rehearsal=dry_run)
    if work.tally.counts["failed"]:
        raise click.exceptions.Exit(Exit.FOUND)


@click.command("export")
@domain_option
@click.option(
    "--format", "form", type=click.Choice(sorted(FORMS)), default="json", show_default=True, help="How."
)
@click.option("--filter", "text", help="A SCIM filter, such as 'userName sw \"a\"'.")
@click.option(
    "--type", "resource_type", default="User", show_default=True, help="What to export: User or Group."
)
@click.pass_obj
@told
def export_users(
    services: Services, /, *, domain: str, form: str, text: str | None, resource_type: str
) -> None:
    """Write all users that fit: as CSV, which can be imported again, as JSON, or as the LDIF of their entries."""
    kind = services.resource_types.get(resource_type)
    if kind is None:
        raise NotThere(f"there is no resource type {resource_type}")
    condition = resolve(parse(text), kind) if text else None
    export = services.exports.begin(domain, resource_type, form, condition)
    with progress(export.texts, "Exporting", length=export.total) as texts:
        for each in texts:
            click.echo(each, nl=False)


def errand_of(services: Services, domain: str, author: str, *, is_rehearsal: bool = False) -> Errand:
    """Say where a table goes, and on whose behalf."""
    origin, limits = Origin(author, COMMAND), services.applications.resident().guard
    sentry = Sentry(services.held_changes, services.populations, author, COMMAND, limits)
    return Errand(domain, origin, services.journal(origin), sentry, is_rehearsal)


@contextmanager
def _noted(
    services: Services, work: Import, order: Order, errand: Errand, file: Path
) -> Iterator[Callable[[Result], bool]]:
    """Have the store know of an import while it goes on; of a dry run nobody needs to know."""
    if errand.is_rehearsal:
        yield lambda _: True
        return
    facts = {"domain": errand.domain, "actor": errand.origin.actor, "file_name": file.name}
    name = services.import_runs.begin(asdict(order), size=_size(file) or 0, **facts)
    with noted(services.import_runs, name, work) as diary:
        yield diary.goes_on


def _follow(
    work: Import,
    results: Generator[Result, None, None],
    write: Callable[[str], object],
    goes_on: Callable[[Result], bool],
    *,
    size: int | None,
) -> None:
    with closing(results), meter("Importing", size) as show_at, failures_told() as tell_failure:
        for each in results:
            for line in each.lines():
                write(line)
            tell_failure(each)
            show_at(work.table.position)
            if not goes_on(each):
                raise Refusal(f"stopped at the console after row {work.tally.last_row}")


@contextmanager
def failures_told() -> Iterator[Callable[[Result], None]]:
    """Tell of the first rows that fail, and at the end how many there are besides."""
    failed = 0

    def tell_failure(result: Result) -> None:
        nonlocal failed
        if result.problems and failed < TOLD:
            _tell_row(result)
        failed += bool(result.problems)

    yield tell_failure
    if failed > TOLD:
        click.echo(f"{failed - TOLD} more rows have failed: the result has them all", err=True)


def _tell_row(result: Result) -> None:
    for each in result.problems:
        about = ": ".join(filter(None, (each.column, each.value)))
        row = f"row {result.row}" + (f" ({result.key})" if result.key else "")
        click.echo(printable(": ".join(filter(None, (row, about, each.message)))), err=True)


def _tell_columns(work: Import) -> None:
    if work.columns.unused:
        click.echo(printable(f"not used: {', '.join(work.columns.unused)}"), err=True)


def tell(work: Import, output: str, *, is_rehearsal: bool) -> None:
    """Tell what an import came to."""
    if output != TABLE:
        show(output, {"dryRun": is_rehearsal, **work.columns.as_json(), **work.tally.as_json()})
        return
    click.echo(f"{'would be: ' if is_rehearsal else ''}{work.tally}, to row {work.tally.last_row}")


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.is_file() else None


@contextmanager
def _written(file: Path | None) -> Iterator[Callable[[str], object]]:
    """Open a result file; what is written to none is forgotten."""
    if file is None:
        yield lambda _: None
        return
    with click.open_file(str(file), "w", encoding="utf-8", lazy=False) as opened:
        opened.write(head())
        yield opened.write
