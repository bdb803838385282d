"""Copies of the embedded store, and what must not go on by itself in a store that was put back from one.

A copy knows of writes that were under way when it was made. Put back weeks later they are long over, and the trail that
says so is gone: what looks broken off would be undone, and what connectors have had would be sent to them once more.
"""

from __future__ import annotations

import glob
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, insert, select, update
from sqlalchemy.exc import DBAPIError

from app.store.database import Database
from app.store.outbound_tables import ConnectorStateRow, OutboxRow
from app.store.tables import IntentRow
from app.store.unusable import reason_of

_FREE = {"failures": 0, "openings": 0, "error": ""}


class NoCopy(Exception):
    """There is no copy, and nothing was left behind; the text says why."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """What waits for people: how many writes, and the connectors that are paused."""

    intents: int
    connectors: Sequence[str]


def set_aside(database: Database, reason: str) -> SetAside:
    """Leave all that was under way to people: writes need one, for a reason, and connectors with tasks are paused."""
    with database.session() as session:
        waiting = update(IntentRow).where(IntentRow.needs == "").values(holder="", needs=reason)
        intents = session.connection().execute(waiting).rowcount
        due = select(OutboxRow.connector).where(OutboxRow.state == "ready")
        connectors = list(session.scalars(due.distinct().order_by(OutboxRow.connector)))
        known = set(session.scalars(select(ConnectorStateRow.connector)))
        for connector in connectors:
            if connector not in known:
                session.execute(insert(ConnectorStateRow).values(connector=connector, paused=True, **_FREE))
        named = ConnectorStateRow.connector.in_(connectors)
        session.execute(update(ConnectorStateRow).where(named).values(paused=True))
    return SetAside(intents, connectors)


def copy_to(target: Path, database: Database, reason: str) -> SetAside:
    """Copy SQLite's file as it is at one moment, while others read and write; what is under way is set aside in the copy.

    Raises:
        NoCopy: if the store is no file, there is something of that name, or it cannot be written.
    """
    if database.path is None:
        raise NoCopy("the store is no file; pg_dump copies one that is PostgreSQL's")
    with _complete(target) as part:
        with closing(sqlite3.connect(database.path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        copied = Database(URL.create("sqlite", database=str(part)))
        try:
            aside = set_aside(copied, reason)
        finally:
            copied.dispose()
        with closing(sqlite3.connect(part)) as copy:
            # One file, whatever happens to it next.
            copy.execute("PRAGMA journal_mode = DELETE")
            [found] = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise NoCopy(f"the store is damaged: {found}")
    return aside


@contextmanager
def _complete(target: Path) -> Iterator[Path]:
    """Have a file made that nobody else may read; it gets its name once the block is through, and not over another one."""
    part: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(descriptor)
        part = Path(name)
        yield part
        with part.open("rb") as written:
            os.fsync(written)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        part.replace(target)
    except OSError as error:
        raise NoCopy(f"{target}: {error.strerror}") from error
    except (sqlite3.Error, DBAPIError) as error:
        raise NoCopy(f"{target}: {reason_of(error)}") from error
    finally:
        for left in part.parent.glob(f"{glob.escape(part.name)}*") if part is not None else ():
            left.unlink()
