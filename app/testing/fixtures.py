"""The pytest plugin: directories that live as long as the session, and the browser.

Load it with `pytest_plugins = ["app.testing.fixtures"]`. Tests that share a directory make entries of their own, or ask
for `empty_openldap`, which comes without users and groups.

A test that needs a container is skipped where no Docker engine answers, and fails there with `CI=true` or
`LANDBRIDGE_REQUIRE_CONTAINERS=1`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.testing import ds389, samba
from app.testing.chromium import PROGRAMS, find_chromium
from app.testing.containers import OpenLdapContainer, build_image, why_no_engine
from app.testing.ds389 import Ds389Container
from app.testing.samba import SambaAdContainer
from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd

_BOTH = (
    pytest.param("slapd", id="process", marks=pytest.mark.directory),
    pytest.param("openldap_container", id="container", marks=[pytest.mark.directory, pytest.mark.container]),
)


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run a private slapd for the session."""
    with Slapd(tmp_path_factory.mktemp("slapd"), durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def docker_engine() -> None:
    """Make sure that a Docker engine answers."""
    reason = why_no_engine()
    if reason and must_have_containers(os.environ.get("CI"), os.environ.get("LANDBRIDGE_REQUIRE_CONTAINERS")):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def openldap_container(
    docker_engine: None,  # noqa: ARG001 - it is asked first
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OpenLdapContainer]:
    """Run OpenLDAP as a container for the session."""
    build_image()
    with OpenLdapContainer(tmp_path_factory.mktemp("openldap")) as server:
        yield server


@pytest.fixture(scope="session", params=_BOTH)
def openldap(request: pytest.FixtureRequest) -> DirectoryServer:
    """Give OpenLDAP, once as a process and once as a container: what holds for one must hold for both."""
    server = request.getfixturevalue(request.param)
    assert isinstance(server, DirectoryServer)  # noqa: S101 - narrows what pytest hands over untyped
    return server


@pytest.fixture
def empty_openldap(openldap: DirectoryServer) -> DirectoryServer:
    """Give OpenLDAP without a user or a group."""
    openldap.clear()
    return openldap


@pytest.fixture(scope="session")
def samba_ad(
    docker_engine: None,  # noqa: ARG001 - it is asked first
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SambaAdContainer]:
    """Run Active Directory, as Samba has it, for the session; mark the tests `container`."""
    build_image(samba.IMAGE, samba.TEMPLATES)
    with SambaAdContainer(tmp_path_factory.mktemp("samba-ad")) as server:
        yield server


@pytest.fixture
def empty_samba_ad(samba_ad: SambaAdContainer) -> SambaAdContainer:
    """Give Active Directory without a user or a group of ours."""
    samba_ad.clear()
    return samba_ad


@pytest.fixture(scope="session")
def ds389_container(
    docker_engine: None,  # noqa: ARG001 - it is asked first
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ds389Container]:
    """Run 389 Directory Server for the session; mark the tests `container`."""
    build_image(ds389.IMAGE, ds389.TEMPLATES)
    with Ds389Container(tmp_path_factory.mktemp("ds389")) as server:
        yield server


@pytest.fixture
def empty_ds389(ds389_container: Ds389Container) -> Ds389Container:
    """Give 389 Directory Server without a user or a group."""
    ds389_container.clear()
    return ds389_container


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Name the browser's program; `app.testing.chromium.FLAGS` are for its command line."""
    found = find_chromium()
    if found is not None:
        return found
    told = f"none of {', '.join(PROGRAMS)} is here: script/test installs it, except on Ubuntu, where it is a snap"
    if os.environ.get("CI") == "true":
        pytest.fail(told)
    pytest.skip(told)


def must_have_containers(ci: str | None, required: str | None) -> bool:
    """Tell from two variables of the environment whether a missing engine is a failure."""
    return ci == "true" or required == "1"
