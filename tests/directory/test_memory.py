"""The directory in memory keeps the contract of the port."""

import pytest

from app.directory.errors import SchemaViolation
from app.directory.model import SetPassword
from app.directory.port import Capabilities
from tests.directory.conftest import Ground
from tests.directory.contract import DirectoryContract, person


class TestMemoryDirectory(DirectoryContract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self, memory_ground: Ground) -> Ground:
        """Give an empty directory in memory."""
        return memory_ground


def test_no_passwords_in_the_open(memory_ground: Ground) -> None:
    """Passwords are not shown with the directory."""
    added = person(memory_ground, "jo")
    memory_ground.directory.execute(added)
    memory_ground.directory.execute(SetPassword(added.dn, "s3cret"))

    assert "s3cret" not in repr(memory_ground.directory)


def test_capabilities(memory_ground: Ground) -> None:
    """It says what it is."""
    assert memory_ground.directory.capabilities() == Capabilities(vendor="memory")


def test_add_without_its_name(memory_ground: Ground) -> None:
    """An entry must hold the value that names it: slapd would add it, others refuse."""
    with pytest.raises(SchemaViolation):
        memory_ground.directory.execute(person(memory_ground, "jo", uid=["x"]))
