"""Clients that keep their connections are shared out among the processes, wherever they came in first."""

import http.client
import os
import signal
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from tests.guide.conftest import Served

pytestmark = pytest.mark.directory
ESTABLISHED = "01"
SECONDS = 30


@pytest.fixture
def clients(served: Served) -> Iterator[list[http.client.HTTPSConnection]]:
    """Make eight; they connect when they ask for something, and again where an answer said that it was the last."""
    parts = urlsplit(served.announced["url"])
    context = ssl.create_default_context(cafile=served.announced["ca_file"])
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                closing(
                    http.client.HTTPSConnection(str(parts.hostname), parts.port, timeout=20, context=context)
                )
            )
            for _ in range(8)
        ]


def test_shared_out(served: Served, clients: list[http.client.HTTPSConnection]) -> None:
    """While one process does nothing the other takes all clients; once it is back each has half of them."""
    port = int(urlsplit(served.announced["url"]).port or 443)
    stopped, other = _processes(port)
    os.kill(stopped, signal.SIGSTOP)
    try:
        _ask(clients)
        # One may have been sent away, with nowhere else to go.
        assert set(_connections(port)) == {other}
    finally:
        os.kill(stopped, signal.SIGCONT)

    deadline = monotonic() + SECONDS
    while _connections(port) != {stopped: 4, other: 4} and monotonic() < deadline:
        _ask(clients)

    assert _connections(port) == {stopped: 4, other: 4}


def _ask(clients: list[http.client.HTTPSConnection]) -> None:
    for client in clients:
        client.request("GET", "/healthz")
        response = client.getresponse()
        assert (response.status, response.read().strip()) == (200, b'{"status":"ok"}')


def _processes(port: int) -> list[int]:
    """Return the processes that listen on a port, less their parent."""
    listening = {process for process, _ in _holders(_sockets(port, state="0A"))}
    parents = {
        int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1]) for process in listening
    }
    return sorted(listening - parents)


def _connections(port: int) -> Counter[int]:
    """Count the connections with a port by the process that has them."""
    return Counter(process for process, _ in _holders(_sockets(port, state=ESTABLISHED)))


def _sockets(port: int, *, state: str) -> set[str]:
    """Return the server's sockets, as the links of file descriptors name them."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{port:04X}") and line[3] == state}


def _holders(sockets: set[str]) -> Iterator[tuple[int, str]]:
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            name = str(link.readlink())
        except OSError:
            # It was closed meanwhile, or is not ours to read.
            continue
        if name in sockets:
            yield int(link.parts[2]), name
