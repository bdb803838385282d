"""Connections to PostgreSQL that do not wait for ever: libpq has no time limit for answers.

What has gone silently the system's own limits find out (``postgresql.PATIENCE``). A server that is frozen, or a pooler in front of
one, takes all that is sent and answers nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.errors import _WaitTimeout

from app.store.postgresql import ANSWER_SECONDS

if TYPE_CHECKING:
    from psycopg.abc import PQGen

T = TypeVar("T")


class PatientConnection(psycopg.Connection[Any]):
    """A connection that ends where an answer takes longer than ``answer_seconds``; None for as long as it takes."""

    answer_seconds: float | None = ANSWER_SECONDS

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for an answer.

        Raises:
            psycopg.OperationalError: if none comes in time. The connection is of no use then.
        """
        limit = self.answer_seconds if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except _WaitTimeout as error:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server does not answer within {limit:g} s") from error


def connect(_dialect: object, _record: object, arguments: Any, parameters: Any) -> PatientConnection:
    """Connect for SQLAlchemy (its event ``do_connect``)."""
    return PatientConnection.connect(*arguments, **parameters)
