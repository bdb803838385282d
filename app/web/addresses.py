"""Where a request comes from: the connection's other end, or what a proxy says that the settings trust.

Anybody can send ``X-Forwarded-For``; it counts only as far as the connection, and each address in it from the right,
is one of the trusted proxies.
"""

from __future__ import annotations

from ipaddress import ip_address

from flask import request

from app.access.admission import is_within
from app.web.current import current_request, services

_FORWARDED = ("X-Forwarded-For", "Forwarded")


def remote_address() -> str:
    """Return the address of the client; empty where the server does not know.

    One of IPv4 is written as such, also where the server listens to both by one socket (RFC 4291 §2.5.5.2).
    """
    peer = _peer()
    trusted = services().settings.trusted_proxies
    if not trusted or not is_within(peer, trusted):
        return peer
    for claimed in reversed(_claimed()):
        if not _is_address(claimed):
            break
        peer = _without_mapping(claimed)
        if not is_within(claimed, trusted):
            break
    return peer


def is_local() -> bool:
    """Tell whether the client is on this machine. What an unknown proxy here passes on is not."""
    is_passed_on = any(name in request.headers for name in _FORWARDED)
    address = remote_address()
    if is_passed_on and address == _peer():
        return False
    return _is_address(address) and ip_address(address).is_loopback


def _peer() -> str:
    return _without_mapping(current_request().remote_addr or "")


def _without_mapping(address: str) -> str:
    if ":" not in address or not _is_address(address):
        return address
    mapped: object = getattr(ip_address(address), "ipv4_mapped", None)
    return str(mapped) if mapped else address


def _claimed() -> list[str]:
    return [part.strip() for line in request.headers.getlist("X-Forwarded-For") for part in line.split(",")]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
