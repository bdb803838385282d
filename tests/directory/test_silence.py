"""A server that takes connections and says nothing: nobody waits for it longer than was said, nor works meanwhile."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import cast

import pytest

from app.directory.connection import ConnectionSettings, Patience, ServerAddress, Tls
from app.directory.dn import Dn
from app.directory.errors import Unavailable
from app.directory.model import Search
from app.directory.servers.directory import ServerDirectory
from app.testing.slapd import Slapd
from tests.directory.conftest import settings_of

Client = Callable[[ConnectionSettings], ServerDirectory]
STARTED = b"\x78\x1f\x0a\x01\x00\x04\x00\x04\x00\x8a\x161.3.6.1.4.1.1466.20037"
"""That TLS may begin (RFC 4511 §4.14.2)."""
READ_ROOT = Search(Dn(()), "base", attributes=("1.1",))


@contextmanager
def silent(said: bytes = b"") -> Iterator[tuple[int, list[socket.socket]]]:
    """Take connections and answer no more than this to whoever speaks; give the port, and the connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []

        def serve() -> None:
            try:
                while True:
                    taken.append(listener.accept()[0])
                    if said:
                        asked = taken[-1].recv(1000)
                        number = asked[2 : 4 + asked[3]]
                        taken[-1].sendall(bytes([0x30, len(number + said)]) + number + said)
            except OSError:
                return

        thread = Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], taken
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in taken:
                each.close()


@pytest.fixture(
    params=[
        pytest.param(("ldaps", False), id="ldaps"),
        pytest.param(("ldap", True), id="startTLS"),
        pytest.param(("ldap", False), id="ldap"),
    ]
)
def asked(
    request: pytest.FixtureRequest, client: Client
) -> Iterator[tuple[ServerDirectory, list[socket.socket]]]:
    """Give a directory behind a server that falls silent, and the connections that the server has."""
    scheme, start_tls = cast("tuple[str, bool]", request.param)
    with silent(STARTED if start_tls else b"") as (port, taken):
        address = ServerAddress.parse(f"{scheme}://127.0.0.1:{port}")
        directory = client(
            ConnectionSettings(
                (address,),
                Dn.parse("cn=landbridge"),
                "secret",
                tls=Tls(start_tls=start_tls, verify=False),
                connect_seconds=0.5,
                wait_seconds=1,
                patience=Patience(silent_seconds=0.5),
            )
        )
        yield directory, taken
        directory.close()


def test_nobody_waits_for_ever(asked: tuple[ServerDirectory, list[socket.socket]]) -> None:
    """Whoever asks is told; those who come later at once, without another connection."""
    directory, taken = asked

    def ask(_number: int) -> Unavailable:
        with pytest.raises(Unavailable) as told:
            list(directory.search(READ_ROOT))
        return told.value

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(ask, range(8)))) == 8
    before = len(taken)
    assert str(ask(0)) == "no server of the directory answers"
    assert len(taken) <= before + 1  # the watch may just have looked


def test_nobody_works_meanwhile(asked: tuple[ServerDirectory, list[socket.socket]]) -> None:
    """To wait costs no processor time."""
    directory, _ = asked
    begun, worked = time.monotonic(), time.process_time()

    with pytest.raises(Unavailable) as told:
        list(directory.search(READ_ROOT))

    assert told.value.is_overdue
    assert "time" in told.value.diagnostic or "no answer within 0.5 s" in told.value.diagnostic
    assert time.process_time() - worked < (time.monotonic() - begun) / 2


@pytest.mark.directory
def test_connections_that_lead_nowhere(slapd: Slapd, client: Client) -> None:
    """What a firewall has forgotten is found out soon, by whichever client: nobody says that what was sent has arrived."""
    settings = settings_of(slapd, connect_seconds=7)
    with closing(client(settings)) as directory:
        list(directory.search(READ_ROOT))

        assert (7000, True) in set(_watched(settings.servers[0].port))


def _watched(port: int) -> Iterator[tuple[int, bool]]:
    """Say of each of this process's connections with a port, of others' directories as well, how it is watched."""
    for number in [int(each.name) for each in Path("/proc/self/fd").iterdir() if each.is_socket()]:
        with suppress(OSError), socket.socket(fileno=os.dup(number)) as copy:
            if copy.family == socket.AF_INET and copy.getpeername()[1] == port:
                yield (
                    copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
                    bool(copy.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)),
                )
