"""The commands about imports that there were: which ones, and going on with one that ended early."""

from __future__ import annotations

import click

from app.cli.documents import author_option
from app.cli.exchanging import errand_of, failures_told, tell
from app.cli.output import meter, output_option, show
from app.cli.refusals import Exit, told
from app.cli.users import domain_option
from app.exchange.importing import Import, Order
from app.exchange.results import Result
from app.services import Services
from app.store.import_runs import Run

_HEAD = ("ID", "FILE", "BEGUN", "BY", "STATE", "ROW", "PROBLEM")


@click.command("imports")
@domain_option
@output_option
@click.pass_obj
@told
def list_imports(services: Services, domain: str, output: str) -> None:
    """List the latest imports into a domain: how far each has got, and why one ended early."""
    services.background.see_to_lost()
    found = services.import_runs.recent(domain)
    rows = [
        (
            each.id,
            each.file_name,
            f"{each.created:%Y-%m-%d %H:%M}",
            each.actor,
            each.word,
            str(each.last_row),
            each.error,
        )
        for each in found
    ]
    show(output, [_content(services, each) for each in found], head=_HEAD, rows=rows)


@click.command("resume")
@click.argument("name", metavar="ID")
@output_option
@author_option
@click.pass_obj
@told
def resume_import(services: Services, /, *, name: str, output: str, author: str) -> None:
    """Go on with an import that ended early, whose table is kept: what is done is found unchanged and stays as it is."""
    services.background.see_to_lost()
    run = services.background.unfinished(name)
    order, errand = Order(**run.reading), errand_of(services, run.domain, author)
    services.background.take_up(name, order, errand)
    works: list[Import] = []
    with meter("Importing", run.size) as show_at, failures_told() as tell_failure:

        def watch(work: Import, result: Result) -> None:
            works[:] = [work]
            tell_failure(result)
            show_at(work.table.position)

        services.background.carry_out(name, order, errand, watch=watch)
    for work in works:
        tell(work, output, is_rehearsal=False)
        if work.tally.counts["failed"]:
            raise click.exceptions.Exit(Exit.FOUND)


def _content(services: Services, run: Run) -> dict[str, object]:
    return {
        "id": run.id,
        "file": run.file_name,
        "created": run.created,
        "actor": run.actor,
        "state": run.word,
        "error": run.error or None,
        "canResume": bool(run.error) and run.phase == "import" and services.import_runs.has_table(run.id),
        **{
            name: value
            for name, value in run.content.items()
            if name not in {"position", "problems", "unused"}
        },
    }
