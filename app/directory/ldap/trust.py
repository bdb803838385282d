"""TLS towards directory servers, by the standard library's own checks instead of ldap3's.

ldap3 2.9 checks host names with ``ssl.match_hostname``, which Python has dropped.
"""

from __future__ import annotations

from ldap3 import Connection
from ldap3 import Tls as Ldap3Tls

from app.directory.connection import Tls
from app.directory.trust import trusting


class Trust(Ldap3Tls):
    """How a server's certificate is checked: chain and name, unless told otherwise."""

    def __init__(self, tls: Tls) -> None:
        super().__init__()
        self._context = trusting(tls)

    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - ldap3's signature
        """Shake hands, whenever ldap3 asks: a name cannot be checked later."""
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname=connection.server.host
        )
