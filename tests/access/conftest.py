"""The services of app/access over a new database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.store.database import Database
from tests.access.fakes import Access
from tests.store.fakes import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    """Make all services of app/access."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    yield Access(database, FrozenClock())
    database.dispose()
