"""One server may be waited for while it answers, and no longer."""

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dn import Dn
from app.directory.errors import Unavailable
from app.directory.servers.server import Server
from tests.directory.servers.fakes import Clock, FakeClient

ADDRESS = ServerAddress("ldaps", "a", 636)


def test_silence() -> None:
    """Twice the time after which it is probed, nobody waits any longer; an answer ends that."""
    clock = Clock()
    server = Server(ADDRESS, FakeClient("a"), ConnectionSettings((ADDRESS,), Dn(()), ""), size=1, clock=clock)

    def wait() -> None:
        clock.seconds += 1.5
        server.check()
        clock.seconds += 1
        with pytest.raises(Unavailable, match="does not answer"):
            server.check()
        server.look_after()
        server.check()

    server.ask(wait)
