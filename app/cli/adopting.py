"""The command that adopts what is there: adopt.

Who is who is left to ``app.preparation.adoption``; here it is asked, confirmed and told.
"""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.documents import author_option
from app.cli.output import TABLE, output_option, show
from app.cli.preparing import written
from app.cli.refusals import told
from app.preparation.adoption.adoptions import Request
from app.preparation.adoption.matching import STATES
from app.preparation.adoption.plan import Adoption
from app.services import Services
from app.store.audit import AuditEvent

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


class _Pair(click.ParamType[tuple[str, str]]):
    """An attribute and a column."""

    name = "attribute=column"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        attribute, is_pair, column = value.partition("=")
        if not (attribute and is_pair and column):
            self.fail(f"{value} is not ATTRIBUTE=COLUMN", param, ctx)
        return attribute, column


@click.command()
@click.argument("name", metavar="DOMAIN")
@click.argument("file", metavar="EXPORT", type=_FILE)
@click.option("--application", required=True, help="Whose users they are.")
@click.option(
    "--match", default="userName", show_default=True, help="Attributes to find them by; the first that does."
)
@click.option(
    "--external-id",
    "named_by",
    default="externalId",
    show_default=True,
    help="Which of their attributes is to be the externalId: id, where the export is the client's own.",
)
@click.option(
    "--type", "resource_type", default="User", show_default=True, help="What they are: User or Group."
)
@click.option("--column", "columns", multiple=True, type=_Pair(), help="Where a CSV file has an attribute.")
@click.option(
    "--examples",
    default=3,
    show_default=True,
    type=click.IntRange(0, 1000),
    help="How many to name of each kind.",
)
@output_option
@click.option("--apply", "applies", is_flag=True, help="Set the externalIds; without this it is only shown.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--undo", is_flag=True, help="EXPORT is what an earlier --apply wrote down: take it back.")
@click.option(
    "--undo-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where --apply writes down how to take it back; adopted-DOMAIN, unless said otherwise.",
)
@author_option
@click.pass_obj
@told
def adopt(  # noqa: PLR0913 - click hands over one argument for each option
    services: Services,
    /,
    *,
    name: str,
    file: Path,
    application: str,
    match: str,
    named_by: str,
    resource_type: str,
    columns: tuple[tuple[str, str], ...],
    examples: int,
    output: str,
    applies: bool,
    yes: bool,
    undo: bool,
    undo_file: Path | None,
    author: str,
) -> None:
    """Find the users of EXPORT (JSON or CSV, - for standard input) among the entries of DOMAIN.

    With --apply those who are one entry each get the export's externalId, so that the client finds them again.
    """
    services.applications.get(application)
    criteria = tuple(filter(None, (each.strip() for each in match.split(","))))
    request = Request(application, criteria, named_by, resource_type, dict(columns), examples)
    if undo:
        _undo(services, name, file, request, author)
        return
    with click.open_file(str(file), encoding="utf-8-sig") as opened:
        adoption = services.adoptions.plan(name, opened, request)
    if output == TABLE:
        _tell(adoption)
    else:
        show(output, adoption.as_json())
    if applies and adoption.namings:
        if not yes:
            click.confirm(f"Set the externalId of {len(adoption.namings)}?", abort=True, err=True)
        ending = ".ldif" if adoption.is_in_directory else ".csv"
        _apply(services, adoption, request, author, to=undo_file or Path(f"adopted-{name}{ending}"))


def _tell(adoption: Adoption) -> None:
    for state, what in STATES.items():
        count = adoption.counts.get(state, 0)
        if count:
            click.echo(f"# {count} {what}")
            click.echo("".join(f"#   {each}\n" for each in adoption.examples.get(state, ())), nl=False)
    found = ", ".join(f"{count} by {path}" for path, count in adoption.by.items() if count)
    click.echo(f"# found: {found or 'nobody'}\n")
    click.echo(adoption.render(), nl=False)


def _apply(services: Services, adoption: Adoption, request: Request, author: str, *, to: Path) -> None:
    count, name = len(adoption.namings), adoption.domain
    kept = written(to, services.adoptions.undoing(adoption))
    services.adoptions.apply(adoption, request)
    _note(services, author, "adopt", name, request, detail=f"{count} externalIds")
    click.echo(f"{count} have their externalId; adopt {name} {kept} --undo takes it back", err=True)


def _undo(services: Services, name: str, file: Path, request: Request, author: str) -> None:
    with click.open_file(str(file), encoding="utf-8") as opened:
        count, left = services.adoptions.undo(name, opened.read(), request)
    _note(services, author, "undo", name, request, detail=f"{count} externalIds of an adoption")
    more = f"; {left} have another one by now, and keep it" if left else ""
    click.echo(f"{count} externalIds taken back{more}", err=True)


def _note(  # noqa: PLR0913 - what the trail keeps
    services: Services, author: str, action: str, domain: str, request: Request, *, detail: str
) -> None:
    services.audit.record(
        AuditEvent(
            actor=author,
            action=action,
            outcome="done",
            application=request.application,
            domain=domain,
            resource_type=request.resource_type,
            detail=detail,
        )
    )
