"""How ldap3 finds its servers."""

from __future__ import annotations

from typing import Any

from ldap3 import Server

from app.network.connecting import connect
from app.network.names import NAMES


class NamedServer(Server):
    """A server whose addresses are found, and tried, as for all other connections.

    ldap3 asks for them twice over, for as long as that takes, and gives each of them the whole time.
    """

    def candidate_addresses(self) -> list[list[Any]]:
        """Return the one to connect to, as ldap3 has it; raises what ``connect`` does."""
        addresses = NAMES.addresses(self.host, self.port, self.connect_timeout)
        if len(addresses) == 1:
            return [[*addresses[0], None, None]]
        with connect(self.host, self.port, self.connect_timeout) as tried:
            return [[tried.family, tried.type, tried.proto, "", tried.getpeername(), None, None]]
