"""What is seen of a server before anything secret is said: here where TLS is not even set up, or is in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.directory.connection import ServerAddress, Tls
from app.preparation.finding import Finding
from app.preparation.tls_probe import check_servers
from tests.directory.conftest import settings_of
from tests.directory.strict import Strict, strict_slapd

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


def test_older_than_we_may_speak(tmp_path: Path) -> None:
    """What no setting allows is not told as a way out."""
    with strict_slapd(tmp_path, version="1.1", demands=False) as strict:
        (found,) = seen(strict, strict.tls(None))

    assert found.code.name == "tls-old-version"
    assert (
        f"{found.seen} {found.fix}"
        == f"{settings_of(strict.slapd).servers[0]}: the server speaks TLSv1.1 at most, and tls.minimum_version is 1.2."
        " Have the server speak TLS 1.2."
    )
