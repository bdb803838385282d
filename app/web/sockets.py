"""The server's side of a TLS connection, which waits for its client only for so long, and sends no more often than it must.

gunicorn's threads read and write without any limit. A client that falls silent in the middle of a handshake, a request or
an answer would keep one for good, and as many such clients as there are threads would keep everybody else out. And they send the
head of an answer by itself, and each piece of what follows, which wakes up the client each time.
"""

from __future__ import annotations

import errno
import math
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

HANDSHAKE_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 20.0
"""How long nothing may come, or be taken, in the middle of a request or an answer."""
REQUEST_SECONDS: Final = 60.0
"""How long is waited for a request in all, besides what its bytes take at the least rate."""
LEAST_BYTES_PER_SECOND: Final = 10_000
"""Uploads may be large, so that who goes on sending may take hours."""
RECORD_BYTES: Final = 16_384
"""What goes at once (RFC 8446 §5.1)."""


class PatientSocket(ssl.SSLSocket):
    """A connection on which a client who is too slow has gone away (``ConnectionResetError``)."""

    _patience: float = math.inf
    _limit: float | None = None
    _gathered: bytearray | None = None

    def settimeout(self, value: float | None) -> None:
        """Wait for so many seconds. gunicorn goes to and fro with it between requests, which alone costs nothing."""
        self._limit = value

    def gettimeout(self) -> float | None:
        """Tell for how long is waited."""
        return self._limit

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - the standard library's
        """Wait, but not for ever. gunicorn calls it before each request."""
        self.settimeout(SILENCE_SECONDS if flag else 0.0)
        self._patience = REQUEST_SECONDS

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the same
        """Agree on keys."""
        self.settimeout(HANDSHAKE_SECONDS)
        self._heed_limit()
        super().do_handshake(block)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Send what is sent within the block when there is a record full of it, before anything is read, and at the end."""
        self._gathered = bytearray()
        try:
            yield
        finally:
            self._send_gathered()
            self._gathered = None

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of it, or keep it for a while."""
        if self._gathered is None:
            super().sendall(data, flags)
            return
        self._gathered += data
        if len(self._gathered) >= RECORD_BYTES:
            self._send_gathered()

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Read what has come, or wait for it. Only waiting costs patience, not what is done between two reads."""
        self._send_gathered()
        if self._patience < 0:
            raise _gone()
        begun = time.monotonic()
        self._heed_limit()
        try:
            data = super().recv(buflen, flags)
        except TimeoutError as error:
            raise _gone() from error
        self._patience += len(data) / LEAST_BYTES_PER_SECOND - (time.monotonic() - begun)
        return data

    def send(self, data: Any, flags: int = 0) -> int:
        """Send as much as the client takes."""
        self._heed_limit()
        try:
            return super().send(data, flags)
        except TimeoutError as error:
            raise _gone() from error

    def _send_gathered(self) -> None:
        if self._gathered:
            gathered, self._gathered = self._gathered, bytearray()
            super().sendall(gathered)

    def _heed_limit(self) -> None:
        if super().gettimeout() != self._limit:
            super().settimeout(self._limit)


def _gone() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "the client is too slow")
