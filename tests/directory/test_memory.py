"""The directory in memory keeps the contract of the port."""

import pytest

from tests.directory.conftest import Ground
from tests.directory.contract import DirectoryContract


class TestMemoryDirectory(DirectoryContract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self, memory_ground: Ground) -> Ground:
        """Give an empty directory in memory."""
        return memory_ground
