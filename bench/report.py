"""The figures as a table, in Markdown and at the terminal, and as a plot in text."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.load import Measured

BRIDGE = "Landbridge"
_WIDTH = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario at one number of clients, by who did it."""

    scenario: str
    clients: int
    each: int
    measured: dict[str, Measured]

    def rate(self, who: str) -> float:
        """Return how many entries or operations a second."""
        return self.measured[who].rate * self.each


def table(rows: Sequence[Row]) -> str:
    """Write the table in Markdown."""
    others = [who for who in rows[0].measured if who != BRIDGE]
    heads = [
        "",
        "clients",
        "per second",
        "p50 ms",
        "p95 ms",
        *(f"{who} alone" for who in others),
        "of the floor",
    ]
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    return "\n".join([*lines, *(_line(row, others) for row in rows)])


def _line(row: Row, others: Sequence[str]) -> str:
    own = row.measured[BRIDGE]
    floors = [row.rate(who) for who in others]
    share = row.rate(BRIDGE) / max(floors)
    cells = [
        row.scenario,
        str(row.clients),
        f"{row.rate(BRIDGE):,.0f}",
        f"{own.percentile(0.5):,.1f}",
        f"{own.percentile(0.95):,.1f}",
        *(f"{rate:,.0f}" for rate in floors),
        f"{share:.0%}",
    ]
    return f"| {' | '.join(cells)} |"


def plot(rows: Sequence[Row]) -> str:
    """Draw the rates as bars of text, a longest one for each row's fastest."""
    lines = []
    for row in rows:
        lines.append(f"{row.scenario} ({row.clients})")
        most = max(row.rate(who) for who in row.measured)
        for who in row.measured:
            bar = "█" * max(1, round(_WIDTH * row.rate(who) / most))
            lines.append(f"  {who:<12} {bar} {row.rate(who):,.0f}/s")
    return "\n".join(lines)


def circumstances(rows: Sequence[Row], *, users: int) -> str:
    """Say what the figures were taken on."""
    load = os.getloadavg()
    share = max(
        (row.measured[BRIDGE].client_seconds / row.measured[BRIDGE].wall_seconds for row in rows), default=0.0
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, {platform.machine()}, "
        f"Python {platform.python_version()}, {users:,} users; load average at the end {load[0]:.1f}; "
        f"the load client took at most {share:.0%} of one processor."
    )
