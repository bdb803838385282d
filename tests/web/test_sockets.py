"""A client that is too slow is taken for one that has gone, so that no thread waits for it for good."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.web import sockets
from app.web.certificate import ensure_certificate
from app.web.sockets import PatientSocket


@dataclass(frozen=True)
class Pair:
    """Both sides of a connection."""

    server: PatientSocket
    client: ssl.SSLSocket


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make the server's context, as ``app.web.server`` has it, and a client's."""
    directory: Path = tmp_path_factory.mktemp("tls")
    certificate, key = ensure_certificate(directory, host_names=["localhost"], now=datetime.now(UTC))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    serving.sslsocket_class = PatientSocket
    return serving, ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
def pair(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[Pair]:
    """Connect them."""
    serving, asking = contexts
    server, client = socket.socketpair()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(asking.wrap_socket, client, server_hostname="localhost")
        met = serving.wrap_socket(server, server_side=True, do_handshake_on_connect=False)
        met.do_handshake()
        assert isinstance(met, PatientSocket)
        pair = Pair(met, asked.result())
    yield pair
    pair.server.close()
    pair.client.close()


def test_a_request(pair: Pair) -> None:
    """What comes is read, and what is answered arrives."""
    pair.client.sendall(b"request")
    pair.server.setblocking(True)

    assert pair.server.recv(100) == b"request"
    pair.server.sendall(b"answer")
    assert pair.client.recv(100) == b"answer"


def test_an_answer_in_pieces(pair: Pair) -> None:
    """What an answer is made of is sent at once, but a record that is full, and what is said before something is read."""
    seen: list[bytes] = []

    with pair.server.gathering():
        pair.server.sendall(b"100 Continue")
        pair.client.sendall(b"body")
        pair.server.recv(100)
        seen.append(pair.client.recv(100_000))
        pair.server.sendall(b"head")
        pair.server.sendall(b"x" * (sockets.RECORD_BYTES - 4))
        seen.append(pair.client.recv(100_000))
        pair.server.sendall(b"last")
        pair.server.sendall(b" piece")
    seen.append(pair.client.recv(100_000))

    assert [len(piece) for piece in seen] == [12, sockets.RECORD_BYTES, 10]


def test_a_client_that_says_nothing(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for longer than a while."""
    monkeypatch.setattr(sockets, "SILENCE_SECONDS", 0.01)
    pair.server.setblocking(True)

    with pytest.raises(ConnectionResetError, match="too slow"):
        pair.server.recv(100)


def test_a_client_that_takes_nothing(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a client that takes nothing of what it asked for."""
    monkeypatch.setattr(sockets, "SILENCE_SECONDS", 0.01)
    pair.server.setblocking(True)

    with pytest.raises(ConnectionResetError, match="too slow"):
        pair.server.sendall(b"x" * 10_000_000)


def test_a_request_that_never_ends(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends byte by byte uses up what is waited for a request; a client that sends much gets more time."""
    monkeypatch.setattr(sockets, "REQUEST_SECONDS", 0.0)
    pair.server.setblocking(True)
    pair.client.sendall(b"x" * 10_000)
    assert pair.server.recv(20_000)
    pair.client.sendall(b"r")
    assert pair.server.recv(100) == b"r"

    monkeypatch.setattr(sockets, "LEAST_BYTES_PER_SECOND", 10**12)
    pair.server.setblocking(True)
    pair.client.sendall(b"r")
    assert pair.server.recv(100) == b"r"
    with pytest.raises(ConnectionResetError, match="too slow"):
        pair.server.recv(100)


def test_a_client_without_keys(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handshake that does not go on is given up."""
    monkeypatch.setattr(sockets, "HANDSHAKE_SECONDS", 0.01)
    server, client = socket.socketpair()
    met = contexts[0].wrap_socket(server, server_side=True, do_handshake_on_connect=False)

    with pytest.raises(TimeoutError):
        met.do_handshake()
    met.close()
    client.close()
