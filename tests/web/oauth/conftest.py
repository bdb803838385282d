"""A site over a new database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.store.database import Database
from tests.access.fakes import Access
from tests.store.fakes import FrozenClock
from tests.web.oauth.fakes import Site, make_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Make the application with its services."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    yield make_site(Access(database, FrozenClock()))
    database.dispose()
