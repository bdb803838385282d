"""What was found of each domain when its directory was examined last, whoever had it examined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.store.database import Database
from app.store.tables import CheckupRow


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found, each finding as it is shown to machines."""

    domain: str
    time: datetime
    findings: Sequence[Mapping[str, Any]]
    census: Mapping[str, Any] | None = None
    """How many entries were counted, where that may be told again."""

    def count(self, severity: str) -> int:
        """Count the findings of a severity."""
        return sum(finding["severity"] == severity for finding in self.findings)


class Checkups:
    """The last one of each domain."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def note(
        self, domain: str, findings: Sequence[Mapping[str, Any]], census: Mapping[str, Any] | None = None
    ) -> None:
        """Keep what was found now."""
        kept = {"findings": [*findings], "census": census}
        with self._database.session() as session:
            session.merge(CheckupRow(domain=domain, time=self._clock(), findings=kept))

    def all(self) -> Mapping[str, Checkup]:
        """Return them by domain."""
        with self._database.reading() as session:
            return {
                row.domain: Checkup(
                    row.domain, row.time, row.findings["findings"], row.findings.get("census")
                )
                for row in session.scalars(select(CheckupRow).order_by(CheckupRow.domain))
            }
