"""The contract of provisioning, on directories that were bare and are prepared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.testing.slapd import Slapd
from tests.preparation.conftest import settings_of
from tests.provisioning.conftest import CountingDirectory, Ground
from tests.provisioning.test_domain_target import Contract


@pytest.mark.directory
class TestOnDebian(Contract):
    """slapd, as Debian delivers it."""

    @pytest.fixture
    def ground(self, slapd: Slapd) -> Iterator[Ground]:
        """Give it without users and groups."""
        slapd.clear()
        directory = LdapDirectory(settings_of(slapd))
        yield Ground(CountingDirectory(directory), Dn.parse(slapd.base_dn))
        directory.close()


@pytest.mark.container
@pytest.mark.directory
class TestOnActiveDirectory(Contract):
    """A domain of Samba's, with a service account that the command made."""

    @pytest.fixture
    def ground(self, ad_ground: Ground) -> Ground:
        """Give it without users and groups."""
        return ad_ground
