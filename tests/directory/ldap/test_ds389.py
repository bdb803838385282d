"""389 Directory Server keeps the contract of the port, but for assertions and permissive changes, which it does not know."""

from collections.abc import Iterator

import pytest

from app.directory.dn import Dn
from app.directory.errors import Refused, ValueExists
from app.directory.filters import Equals, Everything
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Change, Delete, Modify, Rename
from app.testing.ds389 import Ds389Container
from tests.directory.conftest import Ground, Ways, settings_of
from tests.directory.contract import DirectoryContract, find, named, person, uids

pytestmark = [pytest.mark.container, pytest.mark.directory]
WAYS = Ways(id="nsUniqueId", id_length=35, version="entryusn", is_three_valued=False)


class TestDs389(DirectoryContract):
    """The contract. What cannot hold is told by the tests that stand here in place of the contract's."""

    @pytest.fixture
    def ground(self, empty_ds389: Ds389Container) -> Iterator[Ground]:
        """Give an empty directory, and pages of three."""
        directory = LdapDirectory(settings_of(empty_ds389))
        yield Ground(directory, Dn.parse(empty_ds389.people_dn), WAYS)
        directory.close()

    def test_assertion(self, ground: Ground) -> None:
        """A change that has an assertion is refused, never made without it."""
        added = person(ground, "jo")
        ground.directory.execute(added)
        holds = Equals("sn", b"Doe")

        for operation in (
            Modify(added.dn, (Change("replace", "sn", (b"Roe",)),), holds),
            Delete(added.dn, holds),
        ):
            with pytest.raises(Refused):
                ground.directory.execute(operation)
        assert [entry.dn for entry in find(ground, holds)] == [added.dn]

    def test_permissive_modify(self, ground: Ground) -> None:
        """A permissive change is like any other: undoing and recovering send them."""
        added = person(ground, "jo")
        ground.directory.execute(added)
        change = Modify(added.dn, (Change("add", "title", (b"x",)),), permissive=True)

        ground.directory.execute(change)

        [entry] = find(ground, Equals("uid", b"jo"), "title")
        assert entry.values("title") == (b"x",)
        with pytest.raises(ValueExists):
            ground.directory.execute(change)

    @pytest.mark.parametrize("new", ["Jo", " j,o+", "é"])
    def test_rename_by_little(self, ground: Ground, new: str) -> None:
        """A name may change in case alone, or to anything hostile, and back; in spaces at its end alone it does not."""
        added = person(ground, "jo")
        ground.directory.execute(added)
        renamed = Rename(added.dn, named(ground, new))

        ground.directory.execute(renamed)

        assert uids(ground, find(ground, Everything())) == {new}
        ground.directory.execute(Rename(renamed.new_dn, added.dn.rdn))
        assert uids(ground, find(ground, Everything())) == {"jo"}
