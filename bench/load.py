"""Clients that do one thing again and again, and the seconds that each time took."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Thread
from urllib.parse import urlsplit

Act = Callable[[int], None]
"""Does the thing of that number."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a run: how many, in how many seconds, and the seconds of each."""

    wall_seconds: float
    seconds: Sequence[float]
    client_seconds: float = 0.0
    """Processor time of the load client itself."""

    @property
    def rate(self) -> float:
        """Return how many a second."""
        return len(self.seconds) / self.wall_seconds

    def percentile(self, share: float) -> float:
        """Return the milliseconds that this share of all took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def measure(clients: Sequence[Act], *, times: int) -> Measured:
    """Have each client, on a thread of its own, do its share of so many times; all begin at once."""
    barrier = Barrier(len(clients) + 1)
    taken: list[list[float]] = [[] for _ in clients]
    failures: list[BaseException] = []

    def run(number: int) -> None:
        act, own = clients[number], taken[number]
        barrier.wait()
        try:
            for index in range(number, times, len(clients)):
                begun = time.perf_counter()
                act(index)
                own.append(time.perf_counter() - begun)
        except BaseException as error:  # noqa: BLE001 - it is raised below, on the thread that waits
            failures.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun, processor = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.join()
    wall, processor = time.perf_counter() - begun, time.process_time() - processor
    if failures:
        raise failures[0]
    return Measured(wall, [each for own in taken for each in own], processor)


class HttpClient:
    """One kept connection that sends bytes made before and reads whole answers."""

    def __init__(self, url: str, ca_file: Path) -> None:
        self._parts = urlsplit(url)
        self._context = ssl.create_default_context(cafile=ca_file)
        self._socket = self._connect()

    def send(self, request: bytes, *, expect: bytes) -> bytes:
        """Send a request and return the answer's body; its status is what was expected."""
        self._socket.sendall(request)
        received = self._socket.recv(65536)
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._socket.recv(65536)
        head = received[:end].lower()
        if received[9:12] != expect:
            raise RuntimeError(received.decode(errors="replace")[:2000])
        body = [received[end + 4 :]]
        missing = _length(head) - len(body[0])
        while missing > 0:
            body.append(self._socket.recv(min(missing, 1 << 20)))
            missing -= len(body[-1])
        if b"\r\nconnection: close" in head:
            self._socket.close()
            self._socket = self._connect()
        return b"".join(body)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection((self._parts.hostname, self._parts.port), timeout=600)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._context.wrap_socket(plain, server_hostname=self._parts.hostname)


def _length(head: bytes) -> int:
    at = head.find(b"content-length:")
    if at < 0:
        return 0
    line = head[at + 15 :].split(b"\r\n", 1)[0]
    return int(line)
