"""Migrated databases, and the services over the embedded one."""

from __future__ import annotations

import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import URL, create_engine, make_url

from app.store.database import Database, database_url
from app.store.documents import Documents
from tests.outbound.postgresql import postgresql
from tests.store.fakes import DOMAIN, ROUTE, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = "migrated"
_NUMBERS = count()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[URL]:
    """Run PostgreSQL where a user who is not root gets to, with a migrated database to be copied."""
    directory = Path(tempfile.mkdtemp(prefix="landbridge-postgresql-"))
    directory.chmod(0o755)
    with postgresql(directory / "server") as text:
        url = make_url(text)
        _do(url, f"CREATE DATABASE {TEMPLATE}")
        migrated = Database(_of(url, TEMPLATE))
        migrated.migrate()
        migrated.dispose()
        yield url
    shutil.rmtree(directory)


@pytest.fixture
def copied(postgresql_url: URL) -> Iterator[Database]:
    """Make an empty database in PostgreSQL."""
    name = f"copy_{next(_NUMBERS)}"
    _do(postgresql_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    database = Database(_of(postgresql_url, name))
    yield database
    database.dispose()
    _do(postgresql_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Database]:
    """Make an empty database in SQLite."""
    database = Database(f"sqlite:///{tmp_path}/store/landbridge.db")
    database.migrate()
    yield database
    database.dispose()


@pytest.fixture(params=["embedded", "copied"], ids=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Make an empty database of either kind."""
    made: Database = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def clock() -> FrozenClock:
    """Make a clock that stands at noon."""
    return FrozenClock()


@pytest.fixture
def documents(database: Database, clock: FrozenClock) -> Documents:
    """Make the documents service over two small kinds."""
    return Documents(database, [DOMAIN, ROUTE], clock=clock)


def _do(url: URL, statement: str) -> None:
    engine = create_engine(
        database_url(url.render_as_string(hide_password=False)), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _of(url: URL, name: str) -> str:
    return url.set(database=name).render_as_string(hide_password=False)
