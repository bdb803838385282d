"""SCIM requests on 389 Directory Server: the contracts of users, groups and lists."""

from collections.abc import Iterator

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dialects.ds389 import Ds389
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.testing.ds389 import Ds389Container
from tests.provisioning.conftest import CountingDirectory, Ground, Product
from tests.provisioning.test_domain_target import Contract as UserContract
from tests.provisioning.test_groups import Contract as GroupContract
from tests.provisioning.test_repair import Contract as RepairContract
from tests.provisioning.test_repair import keeping
from tests.provisioning.test_search import Contract as ListContract
from tests.provisioning.test_undo import TellingContract

pytestmark = [pytest.mark.container, pytest.mark.directory]

DS389 = Product(
    dialect=Ds389(),
    maps=("389ds-user", "389ds-group"),
    creating_with_password=("Add",),
    deleting=("search", "Delete"),
)


@pytest.fixture
def ground(empty_ds389: Ds389Container) -> Iterator[Ground]:
    """Give a domain without users and groups."""
    directory = LdapDirectory(
        ConnectionSettings(
            servers=(ServerAddress.parse(empty_ds389.ldaps_uri),),
            bind_dn=Dn.parse(empty_ds389.bind_dn),
            bind_password=empty_ds389.bind_password,
            tls=Tls(ca_file=str(empty_ds389.ca_file)),
        )
    )
    yield Ground(CountingDirectory(directory), Dn.parse(empty_ds389.base_dn), product=DS389)
    directory.close()


class TestUsers(UserContract):
    """Users keep the contract."""

    @pytest.fixture
    def ground(self, ground: Ground) -> Ground:
        """Give an empty domain."""
        return ground


class TestGroups(GroupContract):
    """Groups keep the contract."""

    @pytest.fixture
    def ground(self, ground: Ground) -> Ground:
        """Give an empty domain."""
        return ground


class TestLists(ListContract):
    """Lists keep the contract."""

    @pytest.fixture
    def ground(self, ground: Ground) -> Ground:
        """Give an empty domain."""
        return ground


class TestReferences(RepairContract):
    """What refers to an entry follows it, whether the plug-in sees to it as well or not."""

    @pytest.fixture
    def ground(self, ground: Ground) -> Ground:
        """Give a domain that keeps references by itself."""
        return keeping(ground)


class TestUndo(TellingContract):
    """What is undone keeps the contract; who is made again has another id."""
