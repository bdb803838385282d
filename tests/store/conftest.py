"""A migrated SQLite database and the services over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.store.database import Database
from app.store.documents import Documents
from tests.store.fakes import DOMAIN, ROUTE, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
