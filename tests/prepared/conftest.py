"""The directories of the suites, as their makers deliver them, and prepared by command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.testing import samba
from app.testing.containers import build_image
from app.testing.samba import SambaAdContainer
from app.testing.slapd import Slapd
from tests.prepared.debian import debian_slapd, preparing
from tests.provisioning import conftest

ad_ground = conftest.ad_ground

FOR_TESTS = """\
dn: olcDatabase={1}mdb,cn=config
changetype: modify
add: olcAccess
olcAccess: {0}to * by dn.exact="cn=admin,cn=config" manage by * break
-
add: olcLimits
olcLimits: {0}dn.exact="cn=admin,cn=config" time=unlimited size=unlimited
-

"""
"""By this the tests' own administrator empties the directory, once it is prepared."""


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Prepare a slapd of Debian's."""
    directory = tmp_path_factory.mktemp("debian")
    with (
        debian_slapd(directory) as server,
        preparing(server, directory, data_dn=f"cn=admin,{server.base_dn}") as ready,
    ):
        done = ready.prepare("--apply", "--yes", "--undo-file", str(directory / "undo.ldif"))
        assert done.exit_code == 0, done.output
        server.modify(FOR_TESTS)
        yield server


class BareSamba(SambaAdContainer):
    """A domain controller of which nothing is used that was made for Landbridge: the unit and the account are new."""

    def start(self, *, timeout_seconds: float = 300) -> None:
        """Start it, on machines that have much to do, too."""
        super().start(timeout_seconds=timeout_seconds)

    def names(self) -> tuple[str, str, str]:
        """Name a unit and a service account that are not there, and the domain's administrator."""
        users = f"CN=Users,{self.domain_dn}"
        return f"OU=Provisioned,{self.domain_dn}", f"CN=scim,{users}", f"CN=Administrator,{users}"


@pytest.fixture(scope="session")
def bare_samba(
    docker_engine: None,  # noqa: ARG001 - it is asked first
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BareSamba]:
    """Run a domain of Active Directory."""
    build_image(samba.IMAGE, samba.TEMPLATES)
    with BareSamba(tmp_path_factory.mktemp("bare-samba")) as server:
        yield server


@pytest.fixture(scope="session")
def samba_ad(bare_samba: BareSamba, tmp_path_factory: pytest.TempPathFactory) -> BareSamba:
    """Prepare it."""
    directory = tmp_path_factory.mktemp("samba")
    with preparing(bare_samba, directory, product="active-directory") as ready:
        done = ready.prepare("--apply", "--yes", "--undo-file", str(directory / "undo.ldif"))
        assert done.exit_code == 0, done.output
    return bare_samba
