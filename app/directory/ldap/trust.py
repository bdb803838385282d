"""TLS towards directory servers, by the standard library's own checks instead of ldap3's.

ldap3 2.9 checks host names with ``ssl.match_hostname``, which Python has dropped.
"""

from __future__ import annotations

import ssl

from ldap3 import Connection
from ldap3 import Tls as Ldap3Tls

from app.directory.connection import Tls

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Trust(Ldap3Tls):
    """How a server's certificate is checked: chain and name, unless told otherwise."""

    def __init__(self, tls: Tls) -> None:
        super().__init__()
        self._context = ssl.create_default_context(cafile=tls.ca_file)
        self._context.minimum_version = _VERSIONS[tls.minimum_version]
        if tls.certificate:
            self._context.load_cert_chain(tls.certificate, tls.key)
        if not tls.verify:
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE

    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - ldap3's signature
        """Shake hands, whenever ldap3 asks: a name cannot be checked later."""
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname=connection.server.host
        )
