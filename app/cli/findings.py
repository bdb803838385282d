"""Findings on the command line: for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import click

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


def tell_json(findings: Mapping[str, Sequence[Finding]]) -> None:
    """Tell findings to a machine, by what they are about."""
    content = {about: [each.as_json() for each in found] for about, found in findings.items()}
    click.echo(json.dumps(content, indent=2, ensure_ascii=False))
