"""How connectors fare: paused by somebody, left alone after failures (a circuit breaker), or held to a rate.

Kept in the store, so that all workers go by the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from app.outbound.document import Limits
from app.store.database import Database
from app.store.outbound_tables import ConnectorStateRow

PROBE_SECONDS: Final = 60.0
"""How long one attempt has to tell whether a connector works again."""
MAX_DOUBLINGS: Final = 6
_MADE: Final = text(
    "INSERT INTO connector_states (connector, paused, failures, openings, error)"
    " VALUES (:connector, :paused, :failures, :openings, :error) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """How a connector fares. ``closed_until`` is when the next attempt may be made."""

    connector: str
    paused: bool = False
    failures: int = 0
    closed_until: datetime | None = None
    error: str = ""


class Health:
    """The conditions of all connectors. ``limits`` tells what holds for one."""

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime], limits: Callable[[str], Limits]
    ) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits

    def all(self) -> dict[str, Condition]:
        """Return the conditions that are known, by connector."""
        with self._database.reading() as session:
            rows = session.scalars(select(ConnectorStateRow))
            return {row.connector: _condition(row) for row in rows}

    def pause(self, connector: str) -> None:
        """Hand out nothing for a connector until it is resumed."""
        with self._database.session() as session:
            _row(session, connector).paused = True

    def resume(self, connector: str) -> None:
        """Go on with a connector, at once."""
        with self._database.session() as session:
            row = _row(session, connector)
            row.paused, row.closed_until, row.failures, row.openings = False, None, 0, 0

    def unusable(self, session: Session) -> list[str]:
        """Name the connectors that are to be left alone now."""
        now = self._clock()
        query = select(ConnectorStateRow.connector).where(
            or_(
                ConnectorStateRow.paused,
                ConnectorStateRow.closed_until > now,
                ConnectorStateRow.next_at > now,
            )
        )
        return list(session.scalars(query))

    def admit(self, session: Session, connector: str) -> bool:
        """Take one turn of a connector within its rate; False where somebody else has just taken it."""
        now = self._clock()
        per_second = self._limits(connector).per_second
        row = session.get(ConnectorStateRow, connector, with_for_update=True)
        if row is None and per_second is None:
            return True
        row = row or _row(session, connector)
        if row.paused or (row.closed_until and row.closed_until > now) or (row.next_at and row.next_at > now):
            return False
        if row.closed_until is not None:
            # Half open: one attempt, and its outcome decides.
            row.closed_until = now + timedelta(seconds=PROBE_SECONDS)
        if per_second is not None:
            row.next_at = now + timedelta(seconds=1 / per_second)
        return True

    def worked(self, session: Session, connector: str) -> None:
        """Note a success."""
        row = session.get(ConnectorStateRow, connector)
        if row is not None and (row.failures or row.closed_until):
            row.failures, row.openings, row.closed_until, row.error = 0, 0, None, ""

    def failed(self, session: Session, connector: str, *, error: str) -> None:
        """Note a failure that is the connector's own; several in a row close it for a while."""
        limits = self._limits(connector)
        row = _row(session, connector)
        row.failures += 1
        row.error = error
        if row.failures >= limits.breaker_failures or row.closed_until is not None:
            seconds = limits.breaker_seconds * 2 ** min(row.openings, MAX_DOUBLINGS)
            row.openings += 1
            row.closed_until = self._clock() + timedelta(seconds=seconds)

    def throttled(self, session: Session, connector: str, *, seconds: float, error: str) -> None:
        """Leave a connector alone for as long as it asked us to."""
        row = _row(session, connector)
        row.next_at = self._clock() + timedelta(seconds=seconds)
        row.error = error


def _row(session: Session, connector: str) -> ConnectorStateRow:
    values = {"connector": connector, "paused": False, "failures": 0, "openings": 0, "error": ""}
    session.execute(_MADE, values)
    return session.get_one(ConnectorStateRow, connector, with_for_update=True)


def _condition(row: ConnectorStateRow) -> Condition:
    return Condition(row.connector, row.paused, row.failures, row.closed_until, row.error)
