"""SASL's GSSAPI (RFC 4752) over one of ldap3's connections: who we are is proved, and TLS protects what is said.

ldap3's own takes a keytab only with a user, and ends where a server offers no protection but that of TLS.
"""

from __future__ import annotations

from hashlib import sha256
from importlib import import_module
from typing import Any

from ldap3 import SASL, Connection, Server
from ldap3.protocol.sasl.sasl import send_sasl_negotiation

GSSAPI = "GSSAPI"
_IN_PROGRESS = 14
_NO_LAYER = 1
_NO_LAYER_WANTED = bytes((_NO_LAYER, 0, 0, 0))


class KerberosFailed(Exception):
    """No ticket could be had, or the server is not who the ticket is for."""


class KerberosConnection(Connection):
    """A connection that binds by Kerberos, with the keys of a file or the tickets of the process."""

    def __init__(self, server: Server, *, keytab: str | None, **named: Any) -> None:
        super().__init__(server, authentication=SASL, sasl_mechanism=GSSAPI, **named)
        self._keytab = keytab

    def do_sasl_bind(self, controls: Any) -> Any:
        """Prove who we are; the result is the server's last word.

        Raises:
            KerberosFailed: if that takes what we do not have.
            ImportError: if the package gssapi is not installed.
        """
        gssapi = import_module("gssapi")
        try:
            return self._negotiate(gssapi, controls)
        except gssapi.exceptions.GSSError as error:
            raise KerberosFailed(str(error)) from error

    def _negotiate(self, gssapi: Any, controls: Any) -> Any:
        context = _context(gssapi, self, self._keytab)
        answer: bytes | None = None
        while not context.complete:
            # An empty answer is one too: it asks for the server's next word.
            result = send_sasl_negotiation(self, controls, context.step(answer) or b"")
            if result["result"] != _IN_PROGRESS:
                return result
            answer = result["saslCreds"]
        offered = context.unwrap(answer).message
        if not offered or not offered[0] & _NO_LAYER:
            raise KerberosFailed("the server wants a protection of its own besides TLS")
        return send_sasl_negotiation(self, controls, context.wrap(_NO_LAYER_WANTED, encrypt=False).message)


def _context(gssapi: Any, connection: Connection, keytab: str | None) -> Any:
    mechanism = gssapi.MechType.kerberos
    credentials = keytab and gssapi.Credentials(usage="initiate", mechs=[mechanism], store=_store(keytab))
    return gssapi.SecurityContext(
        name=gssapi.Name(f"ldap@{connection.server.host}", gssapi.NameType.hostbased_service),
        mech=mechanism,
        creds=credentials or None,
        # The token that LdapEnforceChannelBinding asks for (RFC 5929 §4).
        channel_bindings=import_module("ldap3.protocol.sasl.kerberos").get_channel_bindings(
            connection.socket
        ),
        usage="initiate",
    )


def _store(keytab: str) -> dict[str, str]:
    """Give each keytab tickets of its own: in the process's, one domain's would be taken for another's."""
    return {
        "client_keytab": f"FILE:{keytab}",
        "ccache": f"MEMORY:landbridge-{sha256(keytab.encode()).hexdigest()}",
    }
