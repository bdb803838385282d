"""What is seen of a server before anything secret is said: here where TLS is not even set up, or is in vain."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dn import Dn
from app.network.names import NAMES
from app.preparation.finding import Finding
from app.preparation.tls_probe import check_servers
from app.testing import tls
from tests.directory.conftest import settings_of
from tests.directory.strict import Strict, strict_slapd
from tests.directory.test_silence import silent

pytestmark = pytest.mark.directory
Told = Callable[[Strict], Tls]

TLS_ROWS = [
    pytest.param(
        "tls-old-version",
        lambda strict: strict.tls(strict.known, minimum_version="1.3"),
        'tls.minimum_version is 1.3. Have the server speak TLS 1.3, or write tls.minimum_version: "1.2".',
        id="old",
    ),
    pytest.param(
        "tls-client-refused",
        lambda strict: strict.tls(strict.strange),
        "Give tls.certificate one of an authority that the server trusts",
        id="strange",
    ),
    pytest.param("no-tls", lambda strict: strict.tls(None), "give tls.certificate", id="none"),
]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strict]:
    """Run a server that speaks TLS 1.2 with those alone who show a certificate."""
    with strict_slapd(tmp_path_factory.mktemp("strict")) as server:
        yield server


def seen(strict: Strict, tls: Tls) -> list[Finding]:
    """Look at the server by ldaps://, or by StartTLS where the settings say so."""
    settings = settings_of(strict.slapd, tls=tls)
    if tls.start_tls:
        settings = settings_of(strict.slapd, tls=tls, servers=(ServerAddress.parse(strict.slapd.uri),))
    return list(check_servers(settings, now=datetime.now(UTC)))


@pytest.mark.parametrize("start_tls", [False, True], ids=["ldaps", "start-tls"])
@pytest.mark.parametrize(("code", "tls", "told"), TLS_ROWS)
def test_refused(strict: Strict, code: str, tls: Told, told: str, *, start_tls: bool) -> None:
    """It is told for what the server ends the connection, where it can be known."""
    (found,) = seen(strict, replace(tls(strict), start_tls=start_tls))

    assert found.code.name == code
    assert told in f"{found.seen} {found.fix}"


@pytest.mark.parametrize("start_tls", [False, True], ids=["ldaps", "start-tls"])
def test_welcome(strict: Strict, *, start_tls: bool) -> None:
    """A server that takes our certificate is found to be in order."""
    assert seen(strict, strict.tls(strict.known, start_tls=start_tls)) == []


def test_refused_after_the_handshake(tmp_path: Path) -> None:
    """By TLS 1.3 the handshake is over for us before the server looks at what we show, and misses it."""
    with strict_slapd(tmp_path, version="1.3") as strict:
        (found,) = seen(strict, strict.tls(None))

    assert found.code.name == "tls-client-refused"
    assert found.fix.startswith("Give tls.certificate and tls.key")


@contextmanager
def speaking_tls_1_1(directory: Path) -> Iterator[int]:
    """Listen on loopback, and speak no newer TLS; slapd's GnuTLS does so on Debian, and no more on Ubuntu. Yield the port."""
    tls.issue(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(directory / "server.crt", directory / "server.key")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_shake, args=(listener, context))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _shake(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            accepted, _ = listener.accept()
        except OSError:
            return
        with accepted, suppress(OSError):
            context.wrap_socket(accepted, server_side=True).close()


def test_older_than_we_may_speak(tmp_path: Path) -> None:
    """What no setting allows is not told as a way out."""
    with speaking_tls_1_1(tmp_path) as port:
        server = ServerAddress("ldaps", "127.0.0.1", port)
        settings = ConnectionSettings((server,), Dn(()), "", tls=Tls(ca_file=str(tmp_path / "ca.crt")))
        (found,) = check_servers(settings, now=datetime.now(UTC))

    assert found.code.name == "tls-old-version"
    assert f"{found.seen} {found.fix}" == (
        f"{server}: the server speaks TLSv1.1 at most, and tls.minimum_version is 1.2. Have the server speak TLS 1.2."
    )


def test_says_nothing() -> None:
    """A server that takes connections and does nothing is told as one that does not answer."""
    with silent() as (port, _):
        address = ServerAddress.parse(f"ldaps://127.0.0.1:{port}")
        settings = ConnectionSettings((address,), Dn(()), "", connect_seconds=0.5)
        (found,) = check_servers(settings, now=datetime.now(UTC))

    assert (found.code.name, found.seen) == (
        "server-unreachable",
        f"ldaps://127.0.0.1:{port}: no answer in time.",
    )


def test_nobody_knows_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is DNS that says nothing, that is told."""
    with ExitStack() as stack:
        speaks = Event()
        stack.callback(speaks.set)
        monkeypatch.setattr(NAMES, "_ask", lambda _host, _port: speaks.wait(30))
        address = ServerAddress.parse("ldaps://ldap.example.org:636")
        settings = ConnectionSettings((address,), Dn(()), "", connect_seconds=0.05)
        (found,) = check_servers(settings, now=datetime.now(UTC))

    assert found.seen == "ldaps://ldap.example.org:636: looking up ldap.example.org timed out after 0.05 s."
