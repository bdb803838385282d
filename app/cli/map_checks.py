"""The commands that look at maps as a whole: check, coverage, test, table.

What is found is left to ``app.preparation``; here it is asked and told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from app.cli.findings import tell_all
from app.cli.maps import file_option, find_document, find_domain, find_map, with_files
from app.cli.output import TABLE, output_option, text_of
from app.cli.refusals import NotThere, told
from app.preparation.coverage import Covered, coverage
from app.preparation.examples import try_examples
from app.preparation.finding import has_errors
from app.preparation.live import read_live
from app.preparation.map_table import tables
from app.preparation.proposal import propose
from app.provisioning.accounts import DIALECTS
from app.services import Services


@click.command()
@click.argument("name", metavar="MAP")
@click.option("--domain", "domain_names", multiple=True, help="Only against this user store domain.")
@file_option
@output_option
@click.pass_context
@told
def check(
    context: click.Context,
    *,
    name: str,
    domain_names: tuple[str, ...],
    paths: tuple[Path, ...],
    output: str,
) -> None:
    """Hold MAP against the live schema of the domains that use it. Exit with 1 where something cannot work."""
    services: Services = context.obj
    checks = services.map_checks
    document, lookup = find_document(services, name, paths)
    domains = [find_domain(services, each) for each in domain_names or checks.using(name)]
    if not domains:
        raise click.UsageError(f"no domain uses {name}: say which one with --domain NAME")
    findings = {each.name: checks.check(document, lookup, domain=each).findings for each in domains}
    tell_all(findings, output, subject=name)
    context.exit(1 if any(has_errors(found) for found in findings.values()) else 0)


@click.command("coverage")
@click.argument("name", metavar="MAP")
@click.option(
    "--product",
    type=click.Choice(list(DIALECTS)),
    default="openldap",
    show_default=True,
    help="Whose directory.",
)
@click.option("--lost", is_flag=True, help="Only what a client would not get back.")
@file_option
@output_option
@click.pass_obj
@told
def show_coverage(  # noqa: PLR0913 - click hands over one argument for each option
    services: Services, *, name: str, product: str, lost: bool, paths: tuple[Path, ...], output: str
) -> None:
    """Show which SCIM attributes that a client may send MAP keeps, and which are lost."""
    covered = coverage(find_map(services, name, paths), DIALECTS[product]())
    shown = [each for each in covered if not (lost and each.is_kept)]
    if output != TABLE:
        content = [
            {
                "place": each.place,
                "fate": each.fate,
                "attributes": list(each.attributes),
                "note": each.note,
            }
            for each in shown
        ]
        click.echo(text_of(content, output), nl=False)
        return
    click.echo("".join(f"{line}\n" for line in _lines(shown)), nl=False)
    kept = sum(each.is_kept for each in covered)
    click.echo(f"{kept} of {len(covered)} places are kept", err=True)


def _lines(covered: Iterable[Covered]) -> Iterable[str]:
    rows = [(each.fate, each.place, ", ".join(each.attributes), each.note) for each in covered]
    width = max((len(place) for _, place, _, _ in rows), default=0)
    for fate, place, attributes, note in rows:
        yield f"{fate:8}  {place:{width}}  {'  '.join(filter(None, (attributes, note)))}".rstrip()


@click.command("test")
@click.argument("names", metavar="[MAP]...", nargs=-1)
@file_option
@output_option
@click.pass_context
@told
def try_maps(context: click.Context, *, names: tuple[str, ...], paths: tuple[Path, ...], output: str) -> None:
    """Try the examples of all maps, or of these. Exit with 1 where a map does something else."""
    services: Services = context.obj
    lookup = with_files(services, paths)
    documents = [each for each in lookup.list("MapExamples") if not names or each.body["map"] in names]
    untested = sorted({*names} - {each.body["map"] for each in documents})
    if untested:
        raise NotThere(f"there are no examples of {', '.join(untested)}")
    tried = [
        each for document in documents for each in try_examples(document, lookup, services.resource_types)
    ]
    if output != TABLE:
        click.echo(text_of([asdict(each) for each in tried], output), nl=False)
    for each in tried if output == TABLE else ():
        word = click.style("passed", fg="green") if each.passed else click.style("failed", fg="red")
        click.echo(f"{word}  {each.document}: {each.name}")
        if not each.passed:
            place = f"{each.place}: " if each.place else ""
            click.echo("\n".join(f"        {line}" for line in f"{place}{each.problem}".splitlines()))
    failed = sum(not each.passed for each in tried)
    click.echo(f"{len(tried)} examples, {failed} failed", err=True)
    context.exit(1 if failed else 0)


@click.command("table")
@click.argument("names", metavar="[MAP]...", nargs=-1)
@file_option
@click.pass_obj
@told
def show_table(services: Services, *, names: tuple[str, ...], paths: tuple[Path, ...]) -> None:
    """Write a table of SCIM and directory attributes, of all maps or of these, as Markdown."""
    lookup = with_files(services, paths)
    wanted = names or tuple(each.name for each in lookup.list("SchemaMap"))
    click.echo(tables(find_map(services, name, paths) for name in wanted), nl=False)


@click.command("init")
@click.argument("domain_name", metavar="DOMAIN")
@click.option(
    "--type",
    "resource_type",
    type=click.Choice(["User", "Group"]),
    default="User",
    show_default=True,
    help="Of what.",
)
@click.option("--name", default="proposed", show_default=True, help="What the map is called.")
@click.pass_obj
@told
def propose_map(services: Services, *, domain_name: str, resource_type: str, name: str) -> None:
    """Propose a first map from the live schema and a sample of the entries of DOMAIN."""
    domain = find_domain(services, domain_name)
    live = read_live(domain.directory, domain.dialect, domain.base)
    click.echo(propose(domain, live, resource_type, name=name), nl=False)


MAP_COMMANDS = (check, show_coverage, try_maps, show_table, propose_map)
