"""A Landbridge over a private slapd: one for the session, emptied for each test."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from app.store.tables import SnapshotRow
from app.testing.slapd import Slapd
from tests.web.scim.bridge import Bridge, make_bridge


@pytest.fixture(scope="session")
def shared_bridge(slapd: Slapd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Build the services once."""
    bridge = make_bridge(tmp_path_factory.mktemp("bridge"), slapd)
    yield bridge
    bridge.close()


@pytest.fixture
def bridge(shared_bridge: Bridge) -> Bridge:
    """Give a service without users and groups, and without lists that others have begun."""
    shared_bridge.directory.clear()
    with shared_bridge.services.database.session() as session:
        session.execute(delete(SnapshotRow))
    return shared_bridge
