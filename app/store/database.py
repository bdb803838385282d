"""The SQL database: its engine, its sessions and its migrations.

SQLite (WAL) is the embedded default, PostgreSQL serves several nodes. What is kept in it is left to the other modules.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from contextlib import closing, contextmanager, nullcontext
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from app.store.checkpoint import MOST_PAGES, checkpoint
from app.store.endings import WITHDRAWN, provided
from app.store.kept import Kept
from app.store.postgresql import connect_args
from app.store.prepared import Prepared
from app.store.unusable import UnusableStore, driving, using, using_file
from app.store.witness import Witness, watching

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Executable
    from sqlalchemy.sql.dml import UpdateBase

    from app.store.patient import PatientConnection

BUSY_TIMEOUT_SECONDS = 15
MIGRATIONS = Path(__file__).with_name("migrations")
SUPPORTED = ("sqlite", "postgresql")
MIGRATION_LOCK = 0x1A4DB1D6E


class Database:
    """One database, by its URL. Safe to share between threads and to keep over a fork.

    Raises:
        UnusableStore: if the URL is none, or of a database that is not supported or has no driver here.
    """

    def __init__(self, url: str | URL) -> None:
        self.url = database_url(url)
        self._is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._create_engine()
        self._reader = self.engine.execution_options(**self._reader_options())
        self._looker = self.engine.execution_options(**self._looker_options())
        self._writer = Kept(self._looker)
        self._prepared: dict[tuple[object, ...], Prepared] = {}
        self._witness = self._create_witness()
        _forget_connections_after_fork(self.engine)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a transaction that may write: committed at the end, rolled back when an error leaves the block.

        SQLite lets one such transaction in at a time. PostgreSQL does not: lock (``with_for_update``) what is read in
        order to be changed.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction as ``session`` does, for statements alone: quicker where each request makes one."""
        if self.path is None:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writer.lent() as connection, connection.begin():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def apply(self, statement: Executable, values: Mapping[str, object]) -> int:
        """Carry out one statement, committed by itself; return how many rows it was about.

        No other writer waits meanwhile for more than that statement takes.
        """
        connecting = self._looker.connect() if self.path is None else self._writer.lent()
        with connecting as connection, connection.begin():
            return connection.execute(statement, values).rowcount

    def apply_prepared(self, statement: UpdateBase, values: Mapping[str, object]) -> int:
        """Do what ``apply`` does, by a statement that is a constant: it is prepared once, and kept for good."""
        prepared = self._prepare(statement, values)
        if self.path is None:
            with self._looker.connect() as connection:
                return connection.exec_driver_sql(prepared.text, prepared.parameters(values)).rowcount
        with self._writer.lent() as connection:
            driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
            return driver.execute(prepared.text, prepared.parameters(values)).rowcount

    def _prepare(self, statement: UpdateBase, names: Collection[str]) -> Prepared:
        key = (statement, *names)
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = Prepared(statement, names, dialect=self.engine.dialect)
        return prepared

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads and sees one state of the database throughout."""
        with Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """Give a connection for statements that need not agree with each other: each sees what is there by then."""
        with self._looker.connect() as connection:
            yield connection

    def state(self, table: str) -> object | None:
        """Return what is different once a table has been changed, by whomever; None where that is not told.

        So what was read of it after the state was asked for holds for as long as the state is the same.
        """
        return self._witness.state(table) if self._witness else None

    def at_one_look(self) -> AbstractContextManager[None]:
        """Have ``state`` tell this thread of one moment, for the time of a block in which nothing is written."""
        return self._witness.at_one_look() if self._witness else nullcontext()

    def migrate(self) -> None:
        """Bring the tables to the newest revision. Several processes may do so at once: the others wait.

        Raises:
            UnusableStore: if the store does not answer, cannot be written to, or is a newer version's.
        """
        self._prepare_file()
        with using(self.url), self.engine.begin() as connection, self._unhurried(connection):
            self._lock_migrations(connection)
            self._carry_out(connection, WITHDRAWN)
            command.upgrade(_alembic(connection), "head")
            self._carry_out(connection, (*watching(), *provided()))

    def checkpoint(self) -> None:
        """Bring what was committed from SQLite's log into its file, so that no request need do so."""
        if self.path is not None:
            checkpoint(self.path)

    def ping(self) -> None:
        """Raise when the database does not answer."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close all pooled connections."""
        self._writer.close()
        self.engine.dispose()
        if self._witness:
            self._witness.close()

    def _create_engine(self) -> Engine:
        if not self._is_sqlite:
            with driving(self.url):
                engine = create_engine(
                    self.url, pool_pre_ping=True, hide_parameters=True, connect_args=connect_args(self.url)
                )
                event.listen(engine, "do_connect", import_module("app.store.patient").connect)
                return engine
        engine = create_engine(self.url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite_connection)
        event.listen(engine, "begin", _begin_sqlite_transaction)
        return engine

    def _reader_options(self) -> dict[str, str]:
        return {"sqlite_begin": "DEFERRED"} if self._is_sqlite else {"isolation_level": "REPEATABLE READ"}

    def _looker_options(self) -> dict[str, str | None]:
        # The SQLite driver is left in autocommit mode (_prepare_sqlite_connection): it is enough not to begin.
        return {"sqlite_begin": None} if self._is_sqlite else {"isolation_level": "AUTOCOMMIT"}

    def _create_witness(self) -> Witness | None:
        return Witness(self.path, timeout_seconds=BUSY_TIMEOUT_SECONDS) if self.path else None

    @cached_property
    def path(self) -> str | None:
        """The SQLite file, if that is what the database is."""
        path = self.url.database if self._is_sqlite else None
        return None if path in {None, "", ":memory:"} else path

    def _prepare_file(self) -> None:
        """Make the SQLite file, readable by its owner alone, and switch it to write-ahead logging for good."""
        if self.path is None:
            return
        path = Path(self.path)
        with using_file(self.path):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")

    def _carry_out(self, connection: Connection, statements: Sequence[str]) -> None:
        """Carry out what only SQLite is told."""
        for statement in statements if self._is_sqlite else ():
            connection.exec_driver_sql(statement)

    @contextmanager
    def _unhurried(self, connection: Connection) -> Iterator[None]:
        """Wait for PostgreSQL for as long as it takes: to rebuild a table, or for another process that does."""
        if self._is_sqlite:
            yield
            return
        driver = cast("PatientConnection", connection.connection.driver_connection)
        driver.answer_seconds = None
        try:
            yield
        finally:
            del driver.answer_seconds

    def _lock_migrations(self, connection: Connection) -> None:
        if not self._is_sqlite:  # SQLite's BEGIN IMMEDIATE is lock enough
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def database_url(text: str | URL) -> URL:
    """Read a URL, and name psycopg where one of PostgreSQL leaves the driver open; raise UnusableStore."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # "from None": the text has a password in it.
        raise UnusableStore("database_url: this is no URL, as postgresql://USER@HOST/DATABASE is") from None
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in SUPPORTED:
        raise UnusableStore(f"database_url: {url.get_backend_name()} is none of {', '.join(SUPPORTED)}")
    return url


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _prepare_sqlite_connection(connection: Any, _record: object) -> None:
    """Leave transactions to us: the driver would begin them at the first write only, so reads would not agree."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {MOST_PAGES}")


def _begin_sqlite_transaction(connection: Connection) -> None:
    """Begin as a writer unless told otherwise: a reader that turns writer later may fail at once, without waiting."""
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    if mode:
        connection.exec_driver_sql(f"BEGIN {mode}")


def _forget_connections_after_fork(engine: Engine) -> None:
    """A child must not use, nor close, the connections that its parent is using."""
    os.register_at_fork(after_in_child=partial(_forget_connections, weakref.ref(engine)))


def _forget_connections(reference: weakref.ref[Engine]) -> None:
    engine = reference()
    if engine is not None:
        engine.dispose(close=False)
