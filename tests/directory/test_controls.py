"""Controls that not every server has: what they bring where they are there, by each client."""

from __future__ import annotations

import pytest

from app.directory.filters import Equals, Present
from app.directory.model import Search
from tests.directory.conftest import Ground
from tests.directory.contract import person


class ControlsContract:
    """What holds in memory and on OpenLDAP."""

    def test_matched_values(self, ground: Ground) -> None:
        """Only values that are asked for come back, however long their list is, and attributes that may have any."""
        dn = person(ground, "jo").dn
        mail = [f"{number}@example.org" for number in range(200)]
        ground.directory.execute(person(ground, "jo", mail=mail, title=["Chief (a*)"], description=["x"]))
        wanted = (
            Equals("mail", b"7@example.org"),
            Equals("mail", b"nobody@example.org"),
            Equals("title", b"Chief (a*)"),
            Present("cn"),
        )

        search = Search(dn, "base", attributes=("mail", "cn", "title", "description"), values=wanted)
        [found] = ground.directory.search(search)

        assert found.attributes == {"mail": (b"7@example.org",), "cn": (b"jo",), "title": (b"Chief (a*)",)}


class TestInMemory(ControlsContract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self, memory_ground: Ground) -> Ground:
        """Give an empty directory in memory."""
        return memory_ground


class TestOnOpenLdap(ControlsContract):
    """The contract, on OpenLDAP."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give an empty OpenLDAP."""
        return ldap_ground
