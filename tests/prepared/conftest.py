"""The directories of the suites, as their makers deliver them, and prepared by command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.testing.slapd import Slapd
from tests.prepared.debian import debian_slapd, preparing

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
