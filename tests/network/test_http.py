"""HTTP goes to where names have led before, when DNS is away."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest

from app.network import asking
from app.network.http import transport
from app.network.names import NAMES
from tests.network.test_names import AGAIN, GONE, HOST, Dns, infos


class Handler(BaseHTTPRequestHandler):
    """Says whom it was asked for."""

    def do_GET(self) -> None:
        content = self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url(dns: Dns) -> Iterator[str]:
    """Run a service, by a name that DNS knows."""
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    port = server.server_address[1]
    dns.says = infos("127.0.0.1", port)
    yield f"http://{HOST}:{port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dns]:
    """Have this process ask a DNS that says what it is told to."""
    made = Dns()
    monkeypatch.setattr(NAMES, "_ask", made.ask)
    monkeypatch.setattr(asking, "PROMPT_SECONDS", 0.05)
    yield made
    made.speaks.set()


def get(url: str, *, seconds: float = 30, proxy: str | None = None) -> str:
    """Ask over a connection of its own."""
    way = transport(ssl.create_default_context(), proxy=proxy)
    with httpx.Client(transport=way, timeout=seconds) as client:
        return client.get(url).text


def test_a_known_name(url: str, dns: Dns) -> None:
    """DNS that says nothing, and DNS that fails, are no failure of a service that is known; it is asked by its name."""
    host = url.split("/")[2]
    assert get(url) == host

    dns.speaks.clear()
    assert get(url) == host
    dns.speaks.set()
    dns.says = AGAIN
    assert get(url) == host


def test_a_proxy(url: str) -> None:
    """A proxy is found in the same way, and finds the service by itself."""
    assert get("http://elsewhere.example.org/", proxy=url) == "elsewhere.example.org"


@pytest.mark.parametrize(
    ("said", "seconds", "expected"),
    [(None, 0.05, httpx.ConnectTimeout), (GONE, 30, httpx.ConnectError), (AGAIN, 30, httpx.ConnectError)],
    ids=["silent", "gone", "failing"],
)
def test_a_name_that_is_not_known(
    dns: Dns, said: socket.gaierror | None, seconds: float, expected: type[httpx.HTTPError]
) -> None:
    """Nothing was sent, and that is told within the time there is."""
    if said is None:
        dns.speaks.clear()
    else:
        dns.says = said

    with pytest.raises(expected):
        get("http://unknown.example.org/", seconds=seconds)
