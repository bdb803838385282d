"""Two domain controllers: versions of one never match on the other, and reads stay where the write was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from testcontainers.core.network import Network

from app.directory.connection import ConnectionSettings, Patience, ServerAddress, Tls
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Change, Modify, Search
from app.provisioning.leftovers import restore
from app.scim.errors import PreconditionFailed
from app.testing import samba
from app.testing.containers import build_image
from app.testing.samba import Pair, SambaAdContainer
from tests.directory.ldap.proxy import Proxy
from tests.provisioning.conftest import AD, CountingDirectory, Ground, user
from tests.provisioning.test_domain_target import id_of, patch, version_of
from tests.provisioning.test_groups import group, members

pytestmark = [pytest.mark.container, pytest.mark.directory]
RECYCLE_BIN = "766ddcd8-acd0-445e-f3b9-a7f9b6744f2a"
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
def controllers(docker_engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controllers]:
    """Make a domain and have a second controller join it."""
    del docker_engine
    build_image(samba.IMAGE, samba.TEMPLATES)
    here = tmp_path_factory.mktemp
    with (
        Network() as network,
        SambaAdContainer(here("dc1"), pair=Pair(network)) as first,
        SambaAdContainer(here("dc2"), pair=Pair(network, first)) as second,
    ):
        ca_file = here("authorities") / "ca.crt"
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


def test_recycle_bin(controllers: Controllers, pair: tuple[Ground, Proxy]) -> None:
    """Who was deleted comes back from the recycle bin with the old id, all attributes, and in the old groups."""
    ground, _ = pair
    first = controllers.first
    administrator = ConnectionSettings(
        servers=(ServerAddress.parse(first.ldaps_uri),),
        bind_dn=Dn.parse(first.config_dn),
        bind_password=first.config_password,
        tls=Tls(ca_file=str(first.ca_file)),
    )
    with closing(LdapDirectory(administrator)) as directory:
        feature = f"CN=Partitions,CN=Configuration,{first.domain_dn}:{RECYCLE_BIN}".encode()
        directory.execute(Modify(Dn(()), (Change("add", "enableOptionalFeature", (feature,)),)))
        jo = id_of(ground.target().create(user(title="Chief")))
        staff = group(ground, "Staff", jo)
        ground.target().delete(jo)
        assert members(ground, staff) == set()
        domain = replace(ground.domain(), directory=directory)

        restore(domain, domain.maps["User"], jo, record=ground.recorded.append)

        [entry] = directory.search(Search(ground.dn("jo"), "base", attributes=("title", "sAMAccountName")))
        assert (entry.text("title"), entry.text("sAMAccountName")) == ("Chief", "jo")
    assert ground.target().read(jo).attributes["active"] is False
    assert members(ground, staff) == {jo}
