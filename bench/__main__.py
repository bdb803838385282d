"""Measure: ``python -m bench [--quick] [--write]``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from bench.floor import floors
from bench.load import HttpClient, Measured, measure
from bench.report import BRIDGE, Row, circumstances, plot, table
from bench.scenarios import Scenario, scenarios
from bench.stand import Stand, standing

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MARK = "<!-- measured -->\n"


@click.command()
@click.option("--quick", is_flag=True, help="1,000 users and few repetitions: a minute.")
@click.option("--users", default=5000, show_default=True, help="How many users the directory holds.")
@click.option("--large/--no-large", default=False, help="Groups of 10,000 and 100,000, and 100,000 users.")
@click.option("--teams", default=0, help="So many groups more that each of the first 500 users is in.")
@click.option("--only", default="", help="Only scenarios whose name holds this.")
@click.option("--write", is_flag=True, help="Put the figures into docs/benchmarks.md.")
def main(  # noqa: PLR0913 - as many as there are options
    *, quick: bool, users: int, large: bool, teams: int, only: str, write: bool
) -> None:
    """Measure Landbridge over a slapd of its own, beside the same LDAP work done directly."""
    users = 1000 if quick else 101_000 if large else users
    groups = (10, 10_000, 100_000) if large else (10,)
    with (
        tempfile.TemporaryDirectory() as directory,
        standing(Path(directory), users=users, groups=groups, teams=tuple(range(500, 500 + teams))) as stand,
    ):
        rows = [
            row
            for scenario in scenarios(stand, is_quick=quick)
            if only in scenario.name
            for row in _rows(stand, scenario)
        ]
        told = f"{circumstances(rows, users=users)}\n\n{table(rows)}\n\n```\n{plot(rows)}\n```\n"
    click.echo(told)
    if write:
        begin, _, _ = PAGE.read_text().partition(MARK)
        PAGE.write_text(begin + MARK + "\n" + told)


def _rows(stand: Stand, scenario: Scenario) -> list[Row]:
    rows = []
    for clients in scenario.clients:
        measured = {BRIDGE: _bridge(stand, scenario, clients)}
        for name, floor in floors().items():
            acts = [scenario.direct(stand, floor(stand.demo)) for _ in range(clients)]
            measured[name] = measure(acts, times=scenario.times)
        rows.append(Row(scenario.name, clients, scenario.each, measured))
        click.echo(f"{scenario.name}, {clients} clients: {rows[-1].rate(BRIDGE):,.0f}/s", err=True)
    return rows


def _bridge(stand: Stand, scenario: Scenario, clients: int) -> Measured:
    connections = [HttpClient(stand.demo.url, Path(stand.demo.ca_file)) for _ in range(clients)]
    acts = [scenario.http(stand, connection) for connection in connections]
    if scenario.times > 1:
        measure(acts, times=clients * 3)
    measured = measure(acts, times=scenario.times)
    for connection in connections:
        connection.close()
    return measured


if __name__ == "__main__":
    main()
