"""Two domain controllers: versions of one never match on the other, and reads stay where the write was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from testcontainers.core.network import Network

from app.directory.connection import ConnectionSettings, Patience, ServerAddress, Tls
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.scim.errors import PreconditionFailed
from app.testing import samba
from app.testing.containers import build_image
from app.testing.samba import Pair, SambaAdContainer
from tests.directory.ldap.proxy import Proxy
from tests.provisioning.conftest import AD, CountingDirectory, Ground, user
from tests.provisioning.test_domain_target import id_of, patch, version_of

pytestmark = [pytest.mark.container, pytest.mark.directory]
TITLE = {"op": "replace", "path": "title", "value": "Chief"}


@dataclass(frozen=True)
class Controllers:
    """A domain's two controllers, and a file that vouches for both."""

    first: SambaAdContainer
    second: SambaAdContainer
    ca_file: Path

    def replicate(self) -> None:
        """Have the second one take over what the first one has."""
        name = self.first.domain_dn
        command = ["samba-tool", "drs", "replicate", "--local", "dc2", "dc1", name]
        account = ["-s", "/var/lib/samba/smb.conf", f"-UAdministrator%{self.first.config_password}"]
        code, output = self.second.container.exec([*command, *account])
        assert code == 0, output


@pytest.fixture(scope="module")
def network(docker_engine: None) -> Iterator[Network]:
    """Make a network where two controllers find one another."""
    del docker_engine
    with Network() as made:
        yield made


@pytest.fixture(scope="module")
def first(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SambaAdContainer]:
    """Make a domain with one controller."""
    build_image(samba.IMAGE, samba.TEMPLATES)
    with SambaAdContainer(tmp_path_factory.mktemp("dc1"), pair=Pair(network)) as server:
        yield server


@pytest.fixture(scope="module")
def controllers(
    network: Network, first: SambaAdContainer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Controllers]:
    """Have a second controller join the domain."""
    with SambaAdContainer(tmp_path_factory.mktemp("dc2"), pair=Pair(network, first)) as second:
        ca_file = tmp_path_factory.mktemp("authorities") / "ca.crt"
        ca_file.write_text(first.ca_file.read_text() + second.ca_file.read_text())
        yield Controllers(first, second, ca_file)


@pytest.fixture
def pair(controllers: Controllers) -> Iterator[tuple[Ground, Proxy]]:
    """Give the domain as it is reached by both controllers, the first one behind a relay."""
    controllers.first.clear()
    with Proxy(controllers.first.ldaps_uri) as proxy:
        addresses = (proxy.address.replace("ldap://", "ldaps://"), controllers.second.ldaps_uri)
        settings = ConnectionSettings(
            servers=tuple(ServerAddress.parse(url, priority=at) for at, url in enumerate(addresses)),
            bind_dn=Dn.parse(controllers.first.bind_dn),
            bind_password=controllers.first.bind_password,
            tls=Tls(ca_file=str(controllers.ca_file)),
            patience=Patience(retry_seconds=0.1, longest_retry_seconds=0.1),
            replica=AD.dialect.replica,
        )
        with closing(LdapDirectory(settings)) as directory:
            yield Ground(CountingDirectory(directory), Dn.parse(controllers.first.base_dn), product=AD), proxy


def test_fail_over(controllers: Controllers, pair: tuple[Ground, Proxy]) -> None:
    """After a fail-over the id is the same, an old version matches nothing, and what is written is read at once."""
    ground, proxy = pair
    created = ground.target().create(user(displayName="Jo"))
    before = ground.target().read(id_of(created))
    controllers.replicate()

    proxy.behaviour = "lose requests"
    after = ground.target().read(id_of(created))

    assert after.attributes["displayName"] == "Jo"
    assert version_of(after) != version_of(before)
    with pytest.raises(PreconditionFailed):
        patch(ground.target(), created, TITLE, version=version_of(before))
    patch(ground.target(), created, TITLE, version=version_of(after))

    proxy.behaviour = "relay"
    # The first one has not heard of it yet, and is not asked.
    assert ground.target().read(id_of(created)).attributes["title"] == "Chief"
