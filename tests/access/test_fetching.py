"""Keys of others fetched over real TLS: whom it is trusted, what is kept, and what is not waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Event, Thread

import pytest
from cryptography import x509

from app.access.fetching import fetch
from app.access.key_sets import (
    ASK_AGAIN_SECONDS,
    KEEP_LOST_SECONDS,
    KEEP_SECONDS,
    MAX_BYTES,
    InvalidJwt,
    KeySets,
    KeySource,
    KeysUnavailable,
)
from app.testing.tls import issue
from tests.access.signing import Signer


@dataclass
class Issuer:
    """An issuer's server: what it answers next, and how often it was asked."""

    url: str = ""
    ca_file: str = ""
    content: bytes = b""
    status: int = 200
    asked: list[str] = field(default_factory=list)
    waits: Event | None = None

    @property
    def source(self) -> KeySource:
        """Where its keys are."""
        return KeySource(url=self.url, ca_file=self.ca_file)


def serve(
    issuer: Issuer, directory: Path, *, names: tuple[x509.GeneralName, ...] = ()
) -> ThreadingHTTPServer:
    """Start it, with an authority of its own."""
    issue(directory, names=names) if names else issue(directory)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            if issuer.waits is not None:
                issuer.waits.wait(10)
            self.send_response(issuer.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(issuer.content)))
            self.end_headers()
            self.wfile.write(issuer.content)

        def log_message(self, *_: object) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.crt", directory / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    issuer.url = f"https://localhost:{server.server_address[1]}/jwks.json"
    issuer.ca_file = str(directory / "ca.crt")
    return server


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    """Serve keys by HTTPS on loopback."""
    made = Issuer()
    server = serve(made, tmp_path / "issuer")
    yield made
    server.shutdown()
    server.server_close()


@dataclass
class Passing:
    """Seconds that pass when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def is_good(keys: KeySets, token: str, source: KeySource) -> bool:
    """Tell whether a token is signed with a known key."""
    try:
        return keys.claims(token, source) == {"a": 1}
    except InvalidJwt:
        return False


def test_keys_are_fetched_kept_and_changed(issuer: Issuer) -> None:
    """Once, until a token is signed with another key or they are old; what the issuer takes back ends then."""
    old, new, passing = Signer("old"), Signer("new"), Passing()
    keys = KeySets(fetch=fetch, monotonic=passing)
    issuer.content = old.jwks()
    first = [is_good(keys, old.sign({"a": 1}), issuer.source) for _ in range(3)]
    once = len(issuer.asked)

    issuer.content = new.jwks()
    passing.now += ASK_AGAIN_SECONDS
    rotated = is_good(keys, new.sign({"a": 1}), issuer.source)
    taken_back = is_good(keys, old.sign({"a": 1}), issuer.source)
    passing.now += KEEP_SECONDS
    later = is_good(keys, new.sign({"a": 1}), issuer.source)

    assert (first, once) == ([True] * 3, 1)
    assert (rotated, taken_back, later) == (True, False, True)
    assert issuer.asked == ["/jwks.json"] * 3


def test_an_issuer_that_is_away_stops_nobody_for_a_day(issuer: Issuer) -> None:
    """Keys that are known hold on; after a day without an answer nobody can say."""
    signer, passing = Signer(), Passing()
    keys = KeySets(fetch=fetch, monotonic=passing)
    issuer.content = signer.jwks()
    assert is_good(keys, signer.sign({"a": 1}), issuer.source)

    issuer.status = 503
    passing.now += KEEP_SECONDS
    meanwhile = is_good(keys, signer.sign({"a": 1}), issuer.source)
    passing.now += KEEP_LOST_SECONDS

    assert meanwhile
    with pytest.raises(KeysUnavailable):
        keys.claims(signer.sign({"a": 1}), issuer.source)


@pytest.mark.parametrize(
    "ca_file", [pytest.param(None, id="the machine's"), pytest.param("other", id="another's")]
)
def test_whom_nobody_vouches_for(issuer: Issuer, tmp_path: Path, ca_file: str | None) -> None:
    """A certificate of an authority that is not the one to trust gets no question at all."""
    issue(tmp_path / "other")
    trusted = str(tmp_path / "other" / "ca.crt") if ca_file else None

    with pytest.raises(KeysUnavailable, match="cannot be reached: ConnectError"):
        fetch(issuer.url, trusted)

    assert issuer.asked == []


def test_a_certificate_of_another_host(tmp_path: Path) -> None:
    """The name in the URL must be in the certificate."""
    made = Issuer()
    server = serve(made, tmp_path / "issuer", names=(x509.DNSName("issuer.example"),))

    with pytest.raises(KeysUnavailable, match="ConnectError"):
        fetch(made.url, made.ca_file)

    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        pytest.param(500, b"", "answered 500", id="broken"),
        pytest.param(302, b"", "answered 302", id="elsewhere"),
        pytest.param(200, b" " * (MAX_BYTES + 1), "too large", id="too much"),
    ],
)
def test_answers_that_are_none(issuer: Issuer, status: int, content: bytes, words: str) -> None:
    """Nothing is followed, and no more is read than keys can be."""
    issuer.status, issuer.content = status, content

    with pytest.raises(KeysUnavailable, match=words):
        fetch(issuer.url, issuer.ca_file)

    assert issuer.asked == ["/jwks.json"]


def test_nobody_there(tmp_path: Path) -> None:
    """Neither a server nor the file of authorities."""
    issue(tmp_path)
    with pytest.raises(KeysUnavailable, match="cannot be reached"):
        fetch("https://localhost:9/jwks.json", str(tmp_path / "ca.crt"))
    with pytest.raises(KeysUnavailable, match="the CA file /nowhere cannot be used"):
        fetch("https://localhost:9/jwks.json", "/nowhere")


def test_a_slow_issuer_keeps_no_other_waiting(issuer: Issuer, tmp_path: Path) -> None:
    """Tokens of one issuer are checked while another one takes its time."""
    signer, other = Signer(), Issuer()
    server = serve(other, tmp_path / "other")
    issuer.content = other.content = signer.jwks()
    issuer.waits = Event()
    keys = KeySets(fetch=fetch, monotonic=time.monotonic)
    token = signer.sign({"a": 1})
    outcome: list[bool] = []
    waiting = Thread(target=lambda: outcome.append(is_good(keys, token, issuer.source)))
    waiting.start()

    meanwhile = is_good(keys, token, other.source)
    was_waiting = outcome == []
    issuer.waits.set()
    waiting.join(10)

    assert (meanwhile, was_waiting, outcome) == (True, True, [True])
    server.shutdown()
    server.server_close()
