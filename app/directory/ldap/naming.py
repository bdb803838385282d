"""How ldap3 finds its servers."""

from __future__ import annotations

from typing import Any

from ldap3 import Server

from app.network.connecting import reachable


class NamedServer(Server):
    """A server whose addresses are found, and tried, as for all other connections.

    ldap3 asks for them twice over, for as long as that takes, and gives each of them the whole time.
    """

    def candidate_addresses(self) -> list[list[Any]]:
        """Return the one to connect to, as ldap3 has it; raises what ``reachable`` does."""
        return [[*reachable(self.host, self.port, self.connect_timeout), None, None]]
