"""The self-signed certificate is made once, for the names it is asked for, and trusted by itself."""

import socket
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path

from app.web.certificate import ensure_certificate

NOW = datetime.now(UTC)


def test_made_once(tmp_path: Path) -> None:
    """A second start keeps the certificate; the key is for the owner's eyes only."""
    certificate, key = ensure_certificate(tmp_path / "tls", host_names=["localhost"], now=NOW)
    before = certificate.read_bytes()

    again, _ = ensure_certificate(tmp_path / "tls", host_names=["elsewhere"], now=NOW)

    assert again.read_bytes() == before
    assert key.stat().st_mode & 0o777 == 0o600


def test_trusted_by_itself(tmp_path: Path) -> None:
    """Clients that trust the file connect by each of its names."""
    certificate, key = ensure_certificate(tmp_path, host_names=["localhost", "127.0.0.1"], now=NOW)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)

    for name in ("localhost", "127.0.0.1"):
        assert _handshake(server, certificate, name) == name


def _handshake(server: ssl.SSLContext, authority: Path, name: str) -> str:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        accepting = threading.Thread(target=lambda: server.wrap_socket(theirs, server_side=True).close())
        accepting.start()
        with ssl.create_default_context(cafile=authority).wrap_socket(ours, server_hostname=name):
            accepting.join()
    return name
