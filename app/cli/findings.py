"""Findings on the command line: for people, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from app.cli.output import TABLE, text_of
from app.preparation.finding import Finding, by_severity

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}


def tell(findings: Sequence[Finding], *, about: str, to_errors: bool = False) -> None:
    """Tell findings to a person, the worst first."""
    if not findings:
        click.echo(f"{about}: nothing found", err=to_errors)
        return
    click.echo(f"{about}:", err=to_errors)
    for finding in by_severity(findings):
        word = click.style(finding.severity, fg=_COLOURS[finding.severity])
        place = f"{finding.place}: " if finding.place else ""
        click.echo(
            f"\n{word} {finding.code.name}\n  {place}{finding.seen}\n  {finding.code.why}", err=to_errors
        )
        click.echo("\n".join(f"  {line}" for line in f"→ {finding.fix}".splitlines()), err=to_errors)


def tell_all(findings: Mapping[str, Sequence[Finding]], output: str, *, subject: str = "") -> None:
    """Tell findings by where they were found: to a person, of the ``subject``, or to a program."""
    if output == TABLE:
        for place, found in findings.items():
            tell(found, about=f"{subject} in {place}" if subject else place)
        return
    content = {place: [each.as_json() for each in found] for place, found in findings.items()}
    click.echo(text_of(content, output), nl=False)
