"""A slapd that demands a certificate of its clients, knows who we are by it, and speaks TLS 1.2 and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.directory.connection import ConnectionSettings
from app.directory.dn import Dn
from app.directory.errors import DirectoryError, Unavailable
from app.directory.model import Search
from app.directory.servers.directory import ServerDirectory
from tests.directory.conftest import settings_of
from tests.directory.strict import Strict, strict_slapd

pytestmark = pytest.mark.directory
Connect = Callable[[ConnectionSettings], ServerDirectory]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strict]:
    """Run it."""
    with strict_slapd(tmp_path_factory.mktemp("strict")) as server:
        yield server


def containers(connect: Connect, settings: ConnectionSettings) -> set[str]:
    """Connect, and name what the service account alone may see."""
    directory = connect(settings)
    try:
        found = directory.search(Search(Dn.parse("dc=example,dc=org"), "one", attributes=("ou",)))
        return {entry.text("ou") or "" for entry in found}
    finally:
        directory.close()


def test_external(strict: Strict, client: Connect) -> None:
    """The certificate alone says who we are (SASL EXTERNAL): no name and no password is sent."""
    settings = settings_of(
        strict.slapd,
        tls=strict.tls(strict.known),
        bind_method="external",
        bind_dn=Dn(()),
        bind_password="",
    )

    assert containers(client, settings) >= {"People", "Groups"}


def test_beside_a_password(strict: Strict, client: Connect) -> None:
    """A certificate that the server demands goes with a simple bind, too."""
    settings = settings_of(strict.slapd, tls=strict.tls(strict.known))

    assert containers(client, settings) >= {"People", "Groups"}


@pytest.mark.parametrize("which", ["none", "strange"])
def test_refused(strict: Strict, client: Connect, which: str) -> None:
    """Without a certificate, or with another authority's of the same name, the server does not talk to us."""
    certificates = strict.strange if which == "strange" else None

    with pytest.raises(DirectoryError) as refused:
        containers(client, settings_of(strict.slapd, tls=strict.tls(certificates)))

    assert isinstance(refused.value, Unavailable)


def test_minimum_version(strict: Strict, client: Connect) -> None:
    """A server that cannot speak the version that is demanded is not talked to."""
    new = settings_of(strict.slapd, tls=strict.tls(strict.known, minimum_version="1.3"))

    with pytest.raises(Unavailable):
        containers(client, new)


def test_start_tls(strict: Strict, client: Connect) -> None:
    """The same holds of StartTLS: the certificate is shown, and the version is checked."""
    plain = settings_of(strict.slapd).servers[0]
    server = plain.parse(strict.slapd.uri)
    settings = settings_of(strict.slapd, servers=(server,), tls=strict.tls(strict.known, start_tls=True))
    new = settings_of(
        strict.slapd,
        servers=(server,),
        tls=strict.tls(strict.known, start_tls=True, minimum_version="1.3"),
    )

    assert containers(client, settings) >= {"People", "Groups"}
    with pytest.raises(Unavailable):
        containers(client, new)
