"""Is the directory up? Only an answered bind says so; an open port may belong to a proxy in front of it."""

import socket
from collections.abc import Callable
from time import monotonic, sleep

# LDAPMessage(1, BindRequest(version 3, no name, simple, no password)), and the success that answers it.
_ANONYMOUS_BIND = bytes.fromhex("300c020101600702010304008000")
_BIND_SUCCESS = bytes.fromhex("300c02010161070a010004000400")
_PAUSE_SECONDS = 0.01


def wait_for_bind(uri: str, *, timeout_seconds: float, is_alive: Callable[[], bool]) -> bool:
    """Wait until the directory at `uri` answers; false when it dies before, or the time is over."""
    port = int(uri.rpartition(":")[2])
    deadline = monotonic() + timeout_seconds
    while not answers_bind(port):
        if not is_alive() or monotonic() > deadline:
            return False
        sleep(_PAUSE_SECONDS)
    # Where the server ended because the port was taken, it was somebody else who answered.
    return is_alive()


def answers_bind(port: int) -> bool:
    """Bind anonymously on loopback, without an LDAP library."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(_ANONYMOUS_BIND)
            return connection.recv(len(_BIND_SUCCESS)) == _BIND_SUCCESS
    except OSError:
        return False
