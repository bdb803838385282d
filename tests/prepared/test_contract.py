"""The contracts of provisioning, on directories that were bare and are prepared: users, groups, lists, deletion."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.testing.slapd import Slapd
from tests.preparation.conftest import settings_of
from tests.provisioning.conftest import CountingDirectory, Ground
from tests.provisioning.test_active_directory import TestGroups as AdGroups
from tests.provisioning.test_deletion import Contract as DeletionContract
from tests.provisioning.test_domain_target import Contract as UserContract
from tests.provisioning.test_groups import Contract as GroupContract
from tests.provisioning.test_search import Contract as ListContract


@pytest.fixture(scope="module")
def service(slapd: Slapd) -> Iterator[LdapDirectory]:
    """Bind as the service account, once."""
    directory = LdapDirectory(settings_of(slapd))
    yield directory
    directory.close()


class OnDebian:
    """slapd, as Debian delivers it."""

    @pytest.fixture
    def ground(self, slapd: Slapd, service: LdapDirectory) -> Ground:
        """Give it without users and groups."""
        slapd.clear()
        return Ground(CountingDirectory(service), Dn.parse(slapd.base_dn))


class OnActiveDirectory:
    """A domain of Samba's, with a service account that the command made."""

    @pytest.fixture
    def ground(self, ad_ground: Ground) -> Ground:
        """Give it without users and groups."""
        return ad_ground


@pytest.mark.directory
class TestUsersOnDebian(OnDebian, UserContract):
    """Users keep the contract."""


@pytest.mark.directory
class TestGroupsOnDebian(OnDebian, GroupContract):
    """Groups keep the contract."""


@pytest.mark.directory
class TestListsOnDebian(OnDebian, ListContract):
    """Lists keep the contract."""


@pytest.mark.directory
class TestDeletionOnDebian(OnDebian, DeletionContract):
    """Who is deleted keeps the contract."""


@pytest.mark.container
@pytest.mark.directory
class TestUsersOnActiveDirectory(OnActiveDirectory, UserContract):
    """Users keep the contract."""


@pytest.mark.container
@pytest.mark.directory
class TestGroupsOnActiveDirectory(OnActiveDirectory, AdGroups):
    """Groups keep the contract."""


@pytest.mark.container
@pytest.mark.directory
class TestListsOnActiveDirectory(OnActiveDirectory, ListContract):
    """Lists keep the contract."""


@pytest.mark.container
@pytest.mark.directory
class TestDeletionOnActiveDirectory(OnActiveDirectory, DeletionContract):
    """Who is deleted keeps the contract."""
