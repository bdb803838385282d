"""The database: migrations, transactions, forks."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from app.store.database import Database, database_url
from app.store.tables import Base, GenerationRow, SecretRow
from app.store.unusable import FAILURES, report
from tests.store.fakes import NOON

if TYPE_CHECKING:
    from pathlib import Path


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.dispose()


def _fail_half_way(database: Database) -> None:
    with database.session() as session:
        session.execute(delete(GenerationRow))
        _ = 1 / 0


def _count(database: Database, times: int) -> None:
    for _ in range(times):
        with database.session() as session:
            row = session.get_one(GenerationRow, 1)
            row.number += 1


def test_migrations_and_tables_agree(database: Database) -> None:
    """Running all migrations makes exactly the tables that the code declares."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})

        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    """A second migration finds nothing to do and keeps the rows."""
    with database.session() as session:
        session.execute(update(GenerationRow).values(number=7))

    database.migrate()

    with database.reading() as session:
        assert session.scalars(select(GenerationRow.number)).one() == 7


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    """Several processes may migrate one new database at the same time."""
    url = f"sqlite:///{tmp_path}/new.db"
    processes = [multiprocessing.get_context("spawn").Process(target=_migrate, args=(url,)) for _ in range(3)]

    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0, 0]


def test_sqlite_uses_write_ahead_logging_and_foreign_keys(embedded: Database) -> None:
    """Each connection waits for locks, checks foreign keys and writes ahead."""
    with embedded.engine.connect() as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]

    assert pragmas == ["wal", 1, 15000]


def test_the_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else may read the database file."""
    database = Database(f"sqlite:///{tmp_path}/own.db")

    database.migrate()

    assert stat.S_IMODE((tmp_path / "own.db").stat().st_mode) == 0o600
    database.dispose()


def test_an_error_rolls_the_session_back(database: Database) -> None:
    """What a failed block wrote is gone."""
    with pytest.raises(ZeroDivisionError):
        _fail_half_way(database)

    with database.reading() as session:
        assert session.scalars(select(GenerationRow.number)).one() == 1


def test_a_reading_transaction_sees_one_state(database: Database) -> None:
    """A write in between does not show in a transaction that has begun to read."""
    with database.reading() as reader:
        before = reader.scalars(select(GenerationRow.number)).one()
        _count(database, 1)

        after = reader.scalars(select(GenerationRow.number)).one()

    assert (before, after) == (1, 1)


def test_writers_wait_for_each_other(embedded: Database) -> None:
    """Read-modify-write transactions of several threads lose nothing."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: _count(embedded, 10), range(4)))

    with embedded.reading() as session:
        assert session.scalars(select(GenerationRow.number)).one() == 41


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(database: Database) -> None:
    """A child of a process with open connections can write, and its parent can go on."""
    _count(database, 1)

    child = os.fork()
    if child == 0:
        _count(database, 1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    _count(database, 1)

    assert status == 0
    with database.reading() as session:
        assert session.scalars(select(GenerationRow.number)).one() == 4


def test_a_moment_comes_back_with_its_zone(database: Database) -> None:
    """Times are aware on the way in and on the way out."""
    with database.session() as session:
        session.add(SecretRow(name="s", ciphertext=b"", time=NOON))

    with database.reading() as session:
        assert session.get_one(SecretRow, "s").time == NOON


def test_sql_in_a_value_is_a_value(database: Database) -> None:
    """A name that looks like SQL is kept as it is."""
    name = "x'; DROP TABLE secrets; --"
    with database.session() as session:
        session.add(SecretRow(name=name, ciphertext=b"", time=NOON))

    with database.reading() as session:
        assert session.get_one(SecretRow, name).name == name


def test_a_second_row_of_one_name_is_refused(database: Database) -> None:
    """Primary keys hold."""
    with database.session() as session:
        session.add(SecretRow(name="s", ciphertext=b"", time=NOON))

    with pytest.raises(IntegrityError), database.session() as session:
        session.add(SecretRow(name="s", ciphertext=b"", time=NOON))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_urls_name_their_driver(scheme: str) -> None:
    """Every way to write a PostgreSQL URL leads to psycopg."""
    assert database_url(f"{scheme}://u:p@h/d").drivername == "postgresql+psycopg"


def test_a_wrong_statement_is_no_full_disk(embedded: Database) -> None:
    """SQLite tells both by the same class; what is our own fault is logged with where it happened."""
    with capture_logs() as logs:
        with embedded.session() as session, pytest.raises(FAILURES) as failed:
            session.execute(text("SELECT * FROM nowhere"))
        report(failed.value)
        report(sqlite3.OperationalError("database or disk is full"))

    assert [(log["reason"], "exc_info" in log) for log in logs] == [
        ("no such table: nowhere", True),
        ("database or disk is full", False),
    ]
