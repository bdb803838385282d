"""The pytest plugin: directories that live as long as the session, and the browser.

Load it with `pytest_plugins = ["app.testing.fixtures"]`. Tests that share a directory make entries of their own, or ask
for `empty_openldap`, which comes without users and groups.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run a private slapd for the session."""
    with Slapd(tmp_path_factory.mktemp("slapd"), durable=False) as server:
        yield server


@pytest.fixture(scope="session", params=[pytest.param("process", marks=pytest.mark.directory)])
def openldap(request: pytest.FixtureRequest) -> DirectoryServer:
    """Give OpenLDAP, once as a process and once as a container: what holds for one must hold for both."""
    server = request.getfixturevalue({"process": "slapd"}[request.param])
    assert isinstance(server, DirectoryServer)  # noqa: S101 - narrows what pytest hands over untyped
    return server


@pytest.fixture
def empty_openldap(openldap: DirectoryServer) -> DirectoryServer:
    """Give OpenLDAP without a user or a group."""
    openldap.clear()
    return openldap


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Name the browser's program, for Playwright's `executable_path`; start it with `CHROMIUM_FLAGS`."""
    path = Path("/usr/bin/chromium")
    if not path.exists():
        pytest.fail(f"{path} is missing: script/test installs it")
    return path
