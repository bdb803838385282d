"""What becomes of the sockets of one of ldap3's connections."""

from __future__ import annotations

from socket import socket as Socket  # noqa: N812 - the property has the name

from ldap3 import Connection


class OneSocket(Connection):
    """A connection that closes its socket when it takes another.

    ldap3 tries the addresses of a name one after the other, as localhost has ``::1`` and ``127.0.0.1``, and leaves the
    sockets of those where nobody answers to be found by the garbage collector.
    """

    _held: Socket | None = None

    @property
    def socket(self) -> Socket | None:
        """The socket that is spoken through; None before and after."""
        return self._held

    @socket.setter
    def socket(self, taken: Socket | None) -> None:
        # One that TLS has wrapped holds nothing any more, and closing it does nothing.
        if self._held is not None:
            self._held.close()
        self._held = taken
