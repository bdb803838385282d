"""Of two servers the better one is used as long as it answers, and again once it does; connections end with time."""

from collections.abc import Callable, Iterator

import pytest

from app.directory.connection import ConnectionSettings, Patience, ServerAddress
from app.directory.dn import Dn
from app.directory.model import Search
from app.directory.servers.directory import ServerDirectory
from app.testing.slapd import Slapd
from tests.directory.conftest import settings_of
from tests.directory.ldap.proxy import Proxy
from tests.waiting import wait_until

pytestmark = pytest.mark.directory
Connect = Callable[..., ServerDirectory]


@pytest.fixture
def better(slapd: Slapd) -> Iterator[Proxy]:
    """Put a relay in front of slapd."""
    with Proxy(slapd.uri) as running:
        yield running


@pytest.fixture
def connect(slapd: Slapd, better: Proxy, client: Connect) -> Iterator[Connect]:
    """Make directories that talk through the relay and, if that fails, to slapd itself."""
    made: list[ServerDirectory] = []

    def make(**changed: object) -> ServerDirectory:
        servers = (ServerAddress.parse(better.address), ServerAddress.parse(slapd.ldaps_uri, priority=1))
        settings: ConnectionSettings = settings_of(slapd, **{"servers": servers, **changed})
        made.append(client(settings))
        return made[-1]

    yield make
    for directory in made:
        directory.close()


@pytest.fixture
def look(slapd: Slapd) -> Callable[[ServerDirectory], None]:
    """Ask for one entry, which is there."""
    container = Search(Dn.parse(slapd.people_dn), "base", attributes=("ou",), size_limit=1)

    def ask(directory: ServerDirectory) -> None:
        assert len(list(directory.search(container))) == 1

    return ask


def states(directory: ServerDirectory) -> list[str]:
    """Tell how the breaker of each server is."""
    return [status.state for status in directory.statuses()]


def test_over_and_back(better: Proxy, connect: Connect, look: Callable[[ServerDirectory], None]) -> None:
    """Nobody notices that the better server is gone; it is used again by itself, over connections of its own."""
    directory = connect(patience=Patience(failures=1, retry_seconds=0.2))
    look(directory)
    assert (better.connections, states(directory)) == (1, ["closed", "closed"])

    better.behaviour = "lose requests"
    better.cut()
    look(directory)
    assert states(directory)[1] == "closed"
    assert states(directory)[0] != "closed"
    better.behaviour = "relay"
    wait_until(lambda: states(directory) == ["closed", "closed"])

    before = better.connections
    look(directory)
    assert better.connections == before + 1
    assert [status.idle for status in directory.statuses()] == [1, 1]


@pytest.mark.parametrize("limit", ["idle_seconds", "lifetime_seconds"])
def test_connections_end(
    better: Proxy, connect: Connect, look: Callable[[ServerDirectory], None], limit: str
) -> None:
    """A connection that nobody uses is closed after a while, and one that is old enough; the next one is new."""
    directory = connect(**{limit: 0.3})
    look(directory)
    assert [status.idle for status in directory.statuses()] == [1, 0]

    wait_until(lambda: [status.idle for status in directory.statuses()] == [0, 0])
    look(directory)

    assert better.connections == 2
