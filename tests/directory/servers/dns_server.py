"""A DNS server on loopback that knows a few SRV records."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from threading import Thread
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = Mapping[str, Sequence[str]]
"""SRV records as zone files have them ("priority weight port target"), by their names."""


class DnsServer:
    """Answers over UDP until it is closed. ``zone`` may be changed; ``asked`` names what was asked for."""

    def __init__(self, zone: Zone, *, ttl: int = 60) -> None:
        self.zone = zone
        self.ttl = ttl
        self.asked: list[str] = []
        self.silent: set[str] = set()
        """Names that are not answered for."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """Tell where it answers."""
        return "127.0.0.1", self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            request, sender = self._socket.recvfrom(4096)
            if not request:
                return
            answer = self._answer(request)
            if self.asked[-1] not in self.silent:
                self._socket.sendto(answer, sender)

    def _answer(self, request: bytes) -> bytes:
        query = dns.message.from_wire(request)
        name = query.question[0].name
        self.asked.append(str(name))
        answer = dns.message.make_response(query)
        records = self.zone.get(str(name), ())
        if records:
            answer.answer.append(dns.rrset.from_text(name, self.ttl, "IN", "SRV", *records))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()
