"""HTTP over connections that are made as all others are: names are remembered, and no address holds up the next one."""

from __future__ import annotations

import ssl
from collections.abc import Iterable

import httpcore
import httpx

from app.network.connecting import reachable


class Backend(httpcore.SyncBackend):
    """Connects to what has just been found to answer."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; httpx says what time there is."""
        assert timeout is not None  # noqa: S101 - whoever uses this transport has set one
        try:
            address, *_ = reachable(host, port, timeout)[4]
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        return super().connect_tcp(str(address), port, timeout, local_address, socket_options)


def transport(trust: ssl.SSLContext, *, proxy: str | None = None) -> httpx.HTTPTransport:
    """Make a transport for a client of httpx, which has time limits."""
    made = httpx.HTTPTransport(verify=trust, trust_env=False, proxy=proxy)
    # httpx leaves the choice to httpcore, and has no word for another one.
    made._pool._network_backend = Backend()  # noqa: SLF001
    return made
