"""The contracts of provisioning, on directories that were bare and are prepared: users, groups, lists, deletion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Add, Entry, Operation
from app.directory.port import Directory
from app.testing.slapd import Slapd
from tests.preparation.conftest import settings_of
from tests.prepared.conftest import BareSamba
from tests.prepared.debian import preparing
from tests.provisioning.conftest import CountingDirectory, Ground
from tests.provisioning.test_deletion import Contract as DeletionContract
from tests.provisioning.test_domain_target import Contract as UserContract
from tests.provisioning.test_groups import Contract as GroupContract
from tests.provisioning.test_groups import group, members, people
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
class TestGroupsOnActiveDirectory(OnActiveDirectory, GroupContract):
    """Groups keep the contract."""

    def test_dangling_members(self, ground: Ground) -> None:
        """In AD no name stays behind: who is deleted leaves all groups, and who does not exist cannot join."""
        jo, bo = people(ground, "jo", "bo")
        created = group(ground, "Staff", jo, bo)

        ground.target().delete(jo)

        assert members(ground, created) == {bo}


@pytest.mark.container
@pytest.mark.directory
class TestListsOnActiveDirectory(OnActiveDirectory, ListContract):
    """Lists keep the contract."""


@pytest.mark.container
@pytest.mark.directory
class TestDeletionOnActiveDirectory(DeletionContract):
    """Who is deleted keeps the contract; where they are moved to, another run of the command has made and opened."""

    @pytest.fixture
    def ground(self, ad_ground: Ground, samba_ad: BareSamba, tmp_path: Path) -> Ground:
        """Have the unit of those who are gone made by the command, since the service account makes none."""
        return replace(ad_ground, directory=Administered(ad_ground.directory.inner, samba_ad, tmp_path))


class Administered(CountingDirectory):
    """A directory in which units are made by preparing it."""

    def __init__(self, inner: Directory, server: BareSamba, directory: Path) -> None:
        super().__init__(inner)
        self.server, self.directory = server, directory

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Prepare the directory for a domain that moves people, where a unit for them is asked for."""
        if not isinstance(operation, Add) or b"organizationalUnit" not in operation.attributes["objectClass"]:
            return super().execute(operation, read_back=read_back)
        with preparing(self.server, self.directory, product="active-directory", more=MOVING) as ready:
            done = ready.prepare("--apply", "--yes", "--undo-file", str(self.directory / "undo.ldif"))
        assert done.exit_code == 0, done.output
        return None


MOVING = 'deletion: {action: move, container: "ou=Leavers,ou=People"}\n'
