"""Whether a server takes passwords that are not encrypted: found out with a name and a password that nobody has.

No LDAP client of ours sends a password so; here it is said in the protocol's own bytes (RFC 4511 §4.2).
"""

from __future__ import annotations

from secrets import token_hex

from app.network.connecting import connect

_BIND_RESPONSE = 0x61
_INVALID_CREDENTIALS = b"\x0a\x01\x31"


def takes_plain_binds(host: str, port: int, *, seconds: float) -> bool:
    """Tell whether the server looks at the password at all, and does not demand protection before it does."""
    try:
        with connect(host, port, seconds) as connection:
            connection.sendall(_bind(f"cn=landbridge-probe-{token_hex(6)}", token_hex(8)))
            answer = connection.recv(4096)
    except OSError:
        return False
    return _BIND_RESPONSE in answer[:16] and _INVALID_CREDENTIALS in answer[:24]


def _bind(name: str, password: str) -> bytes:
    request = b"\x02\x01\x03" + _tagged(0x04, name.encode()) + _tagged(0x80, password.encode())
    return _tagged(0x30, b"\x02\x01\x01" + _tagged(0x60, request))


def _tagged(tag: int, content: bytes) -> bytes:
    """Write a short element (X.690 §8.1.3.4); all that is written here is one."""
    return bytes((tag, len(content))) + content
