"""Connecting for python-ldap: over a socket of ours, which is cut where the server says nothing.

libldap keeps no time for TLS where it is built with GnuTLS, as Debian's and Ubuntu's is (tls_g.c, tlsg_session_accept: it asks
GnuTLS again and again until there is an answer). A server that takes connections and does nothing would keep a thread for
as long as it likes, and with LDAP_OPT_NETWORK_TIMEOUT, for which libldap's socket does not block, a processor as well.
"""

from __future__ import annotations

import ctypes
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

import _ldap
import ldap

from app.directory.connection import ServerAddress
from app.directory.native.connection import Connection
from app.network.connecting import connect

# ldap_start_tls(3). The module's own handle leads to the libldap that it is linked with; calls through it let other threads run.
_install_tls = ctypes.CDLL(_ldap.__file__).ldap_install_tls
_install_tls.argtypes = [ctypes.c_void_p]
_install_tls.restype = ctypes.c_int


class Line:
    """A socket of one of libldap's connections, as long as it is being connected."""

    def __init__(self, address: ServerAddress, seconds: float) -> None:
        self._socket = connect(address.host, address.port, seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(True)
        self.is_cut = False

    def connection(self, address: ServerAddress) -> Connection:
        """Have libldap speak over it, which closes what it was given."""
        given = self._socket.dup()
        made = Connection(str(address), fileno=given.fileno())
        given.detach()
        return made

    def cut(self) -> None:
        """Have whoever waits for it know that it has ended."""
        self.is_cut = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Leave it to libldap."""
        self._socket.close()


@contextmanager
def connected(address: ServerAddress, seconds: float) -> Iterator[Connection]:
    """Connect; what the block says over the connection is cut short after so many seconds.

    Raises:
        OSError: if there is nobody; TimeoutError if time was up.
    """
    if address.scheme == "ldapi":
        yield Connection(str(address))
        return
    line = Line(address, seconds)
    cutting = Timer(seconds, line.cut)
    cutting.daemon = True
    try:
        connection = line.connection(address)
        cutting.start()
        yield connection
    except ldap.LDAPError as error:
        if line.is_cut:
            raise TimeoutError(f"no answer within {seconds:g} s") from error
        raise
    finally:
        cutting.cancel()
        line.close()


def begin_tls(connection: Connection) -> None:
    """Agree on keys, over a connection that begins with that; raises ldap.LDAPError."""
    code = _install_tls(_handle(connection))
    if code:
        why = connection.get_option(ldap.OPT_DIAGNOSTIC_MESSAGE) or ""
        raise ldap.CONNECT_ERROR({"result": code, "desc": "no TLS", "info": why})


def _handle(connection: Connection) -> int | None:
    """Return the ``LDAP *`` that stands first in python-ldap's own part of its object (LDAPObject.h)."""
    return ctypes.c_void_p.from_address(id(connection._l) + object.__basicsize__).value  # noqa: SLF001
