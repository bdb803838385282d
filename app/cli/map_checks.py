"""The commands that say what is wrong with schema maps, and what they lose: check, coverage.

What is found is left to ``app.preparation``; here it is asked and told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from app.cli.findings import tell, tell_json
from app.cli.maps import file_option, find_document, find_domain, find_map, told
from app.preparation.coverage import Covered, coverage
from app.preparation.finding import has_errors
from app.provisioning.accounts import DIALECTS
from app.services import Services

json_option = click.option("--json", "as_json", is_flag=True, help="For a machine.")


@click.command()
@click.argument("name", metavar="MAP")
@click.option("--domain", "domain_names", multiple=True, help="Only against this user store domain.")
@file_option
@json_option
@click.pass_context
@told
def check(
    context: click.Context,
    *,
    name: str,
    domain_names: tuple[str, ...],
    paths: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Hold MAP against the live schema of the domains that use it. Exit with 1 where something cannot work."""
    services: Services = context.obj
    checks = services.map_checks
    document, lookup = find_document(services, name, paths)
    domains = [find_domain(services, each) for each in domain_names or checks.using(name)]
    if not domains:
        raise click.UsageError(f"no domain uses {name}: say which one with --domain NAME")
    findings = {each.name: checks.check(document, lookup, domain=each).findings for each in domains}
    if as_json:
        tell_json(findings)
    else:
        for domain_name, found in findings.items():
            tell(found, about=f"{name} in {domain_name}")
    context.exit(1 if any(has_errors(found) for found in findings.values()) else 0)


@click.command("coverage")
@click.argument("name", metavar="MAP")
@click.option("--product", type=click.Choice(list(DIALECTS)), default="openldap", show_default=True)
@click.option("--lost", is_flag=True, help="Only what a client would not get back.")
@file_option
@json_option
@click.pass_obj
@told
def show_coverage(  # noqa: PLR0913 - click hands over one argument for each option
    services: Services, *, name: str, product: str, lost: bool, paths: tuple[Path, ...], as_json: bool
) -> None:
    """Show which SCIM attributes that a client may send MAP keeps, and which are lost."""
    covered = coverage(find_map(services, name, paths), DIALECTS[product]())
    shown = [each for each in covered if not (lost and each.is_kept)]
    if as_json:
        content = [
            {
                "place": each.place,
                "fate": each.fate,
                "attributes": list(each.attributes),
                "note": each.note,
            }
            for each in shown
        ]
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return
    click.echo("".join(f"{line}\n" for line in _lines(shown)), nl=False)
    kept = sum(each.is_kept for each in covered)
    click.echo(f"{kept} of {len(covered)} places are kept", err=True)


def _lines(covered: Iterable[Covered]) -> Iterable[str]:
    rows = [(each.fate, each.place, ", ".join(each.attributes), each.note) for each in covered]
    width = max((len(place) for _, place, _, _ in rows), default=0)
    for fate, place, attributes, note in rows:
        yield f"{fate:8}  {place:{width}}  {'  '.join(filter(None, (attributes, note)))}".rstrip()


MAP_COMMANDS = (check, show_coverage)
