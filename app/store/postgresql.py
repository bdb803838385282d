"""How a PostgreSQL is spoken with: for how long it is waited for, and whom it has to be. A URL's own parameters go before."""

from __future__ import annotations

import os
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import URL

PATIENCE: Final[Mapping[str, str | int]] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""libpq's own names (seconds, but for ``tcp_user_timeout``): a server that is silently gone is given up within half a minute.

By the system's defaults threads would wait for it for a quarter of an hour, or two.
"""
ANSWER_SECONDS: Final = 60.0
"""How long an answer may take of a server that is there."""
_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def connect_args(url: URL, environ: Mapping[str, str] = os.environ) -> dict[str, str | int]:
    """Return what libpq is told besides a URL.

    Beyond this machine the server has to prove by TLS that it is the one, unless the URL or ``PGSSLMODE`` says otherwise.
    """
    given = dict(PATIENCE)
    is_said = "sslmode" in url.query or "PGSSLMODE" in environ
    if not is_said and not all(map(_is_here, _hosts(url, environ))):
        given["sslmode"] = "verify-full"
        if "PGSSLROOTCERT" not in environ:
            given["sslrootcert"] = _authorities()
    return {name: value for name, value in given.items() if name not in url.query}


def _hosts(url: URL, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield all names and addresses that libpq may connect to."""
    named = [*_values(url, "host"), *_values(url, "hostaddr")]
    if url.host or not named:
        named += [url.host] if url.host else [environ.get("PGHOST", ""), environ.get("PGHOSTADDR", "")]
    # A file of services may name any host.
    named += [*_values(url, "service"), environ.get("PGSERVICE", "")]
    for text in named:
        yield from text.split(",")


def _values(url: URL, name: str) -> Iterable[str]:
    """Return the values of a parameter, which may be there more than once; ports that SQLAlchemy takes are left out."""
    found = url.query.get(name, ())
    for text in (found,) if isinstance(found, str) else found:
        host, colon, port = text.rpartition(":")
        yield host if colon and port.isdecimal() and (":" not in host or "]" in host) else text


def _is_here(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _authorities() -> str:
    # psycopg's own OpenSSL looks for the system's authorities in a place of its own.
    return ssl.get_default_verify_paths().cafile or (str(_BUNDLE) if _BUNDLE.exists() else "system")
