"""Migrated databases, and the services over the embedded one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.store.database import Database
from app.store.documents import Documents
from app.store.tables import Base
from tests.outbound.postgresql import postgresql
from tests.store.fakes import DOMAIN, ROUTE, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Run PostgreSQL where a user who is not root gets to."""
    directory = Path(tempfile.mkdtemp(prefix="landbridge-postgresql-"))
    directory.chmod(0o755)
    with postgresql(directory / "server") as url:
        yield url
    shutil.rmtree(directory)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Make an empty database of either kind."""
    is_embedded = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/store.db" if is_embedded else request.getfixturevalue("postgresql_url")
    database = Database(url)
    database.migrate()
    with database.session() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    yield database
    database.dispose()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Make an empty database."""
    database = Database(f"sqlite:///{tmp_path}/store/landbridge.db")
    database.migrate()
    yield database
    database.dispose()


@pytest.fixture
def clock() -> FrozenClock:
    """Make a clock that stands at noon."""
    return FrozenClock()


@pytest.fixture
def documents(database: Database, clock: FrozenClock) -> Documents:
    """Make the documents service over two small kinds."""
    return Documents(database, [DOMAIN, ROUTE], clock=clock)
