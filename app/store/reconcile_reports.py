"""Reports of holding connectors against domains: the last of each connector, while it is made and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from app.store.database import Database
from app.store.outbound_tables import ReconcileReportRow

MOST: Final = 1000
"""How many findings are kept one by one; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report. ``ended`` is None while it is being made; ``error`` says why it could not be."""

    connector: str
    domain: str
    application: str
    actor: str
    begun: datetime
    ended: datetime | None
    error: str
    counts: Mapping[str, int]
    findings: Sequence[Mapping[str, Any]]

    @property
    def total(self) -> int:
        """Count all findings."""
        return sum(self.counts.values())


class ReconcileReports:
    """The reports that there are."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, connector: str, domain: str, *, application: str, actor: str) -> None:
        """Note that one is being made, in the place of the one before."""
        row = ReconcileReportRow(
            connector=connector,
            domain=domain,
            application=application,
            actor=actor,
            begun=self._clock(),
            ended=None,
            error="",
            content={"counts": {}, "findings": []},
        )
        with self._database.session() as session:
            session.merge(row)

    def end(
        self, connector: str, counts: Mapping[str, int], findings: Sequence[Mapping[str, Any]], error: str
    ) -> None:
        """Note what came of it."""
        with self._database.session() as session:
            row = session.get_one(ReconcileReportRow, connector)
            row.ended, row.error = self._clock(), error
            row.content = {"counts": dict(counts), "findings": [*findings[:MOST]]}

    def get(self, connector: str) -> Report | None:
        """Return a connector's report; None where there is none."""
        with self._database.reading() as session:
            row = session.get(ReconcileReportRow, connector)
            return _report(row) if row else None

    def all(self) -> Mapping[str, Report]:
        """Return all, by connector."""
        with self._database.reading() as session:
            rows = session.scalars(select(ReconcileReportRow).order_by(ReconcileReportRow.connector))
            return {row.connector: _report(row) for row in rows}


def _report(row: ReconcileReportRow) -> Report:
    return Report(
        connector=row.connector,
        domain=row.domain,
        application=row.application,
        actor=row.actor,
        begun=row.begun,
        ended=row.ended,
        error=row.error,
        counts=row.content["counts"],
        findings=row.content["findings"],
    )
