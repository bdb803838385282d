"""A relay between a client and a directory server that can fail in the ways that networks do."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urlsplit

Behaviour = Literal[
    "relay", "slow", "lose answers", "lose requests", "hang", "hold answers", "garbage", "garble answers"
]
GARBAGE = b"\x30\x05HTTP/1.1 400 Bad Request\r\n"
SLOW_SECONDS = 0.1
_WRITES = frozenset(b"\x66\x68\x4a\x6c\x77")
"""Modify, add, delete, modify DN and extended, by their tags (RFC 4511 §4.6 to 4.12)."""


@dataclass
class Proxy:
    """Listens on loopback and relays to ``uri``; counts the connections that it was asked for.

    ``behaviour`` says what happens to each request from now on: the server gets it and the answer comes a little later, is
    lost with the connection, never comes, or has become garbage; or the server does not get it, and the connection is lost
    at once, nothing happens for ever, or something else answers.
    """

    uri: str
    behaviour: Behaviour = "relay"
    connections: int = 0
    writes: list[bytes] = field(default_factory=list)
    """What the server was sent of writes, without the messages' numbers."""
    _sockets: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets.append(self._listener)
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for each in self._sockets:
            _close(each)
        for thread in self._threads:
            thread.join()

    @property
    def address(self) -> str:
        """The URL to connect to."""
        return f"ldap://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """End all connections at once, and accept new ones."""
        for each in self._sockets[1:]:
            _close(each)
        del self._sockets[1:]

    def _start(self, run: object, *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)  # type: ignore[arg-type]  # any callable
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        server = urlsplit(self.uri)
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                upstream = socket.create_connection((server.hostname, server.port))
                self._sockets += [client, upstream]
                self._start(self._requests, client, upstream)
                self._start(self._answers, upstream, client)

    def _requests(self, client: socket.socket, upstream: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while received := client.recv(65536):
                if self.behaviour == "lose requests":
                    break
                if self.behaviour == "garbage":
                    client.sendall(GARBAGE)
                elif self.behaviour != "hang":
                    self._note(received)
                    upstream.sendall(received)
        if self.behaviour != "lose answers":
            _close(upstream)
        _close(client) if self.behaviour == "lose requests" else None

    def _answers(self, upstream: socket.socket, client: socket.socket) -> None:
        held = False
        with contextlib.suppress(OSError):
            while received := upstream.recv(65536):
                match self.behaviour:
                    case "lose answers":
                        break
                    case "hold answers":
                        # What comes after the first answer that was held is held too: nobody can do without it.
                        held = True
                    case "garble answers":
                        received = GARBAGE
                    case "slow":
                        self._end.wait(SLOW_SECONDS)
                if not held:
                    client.sendall(received)
        _close(client)

    def _note(self, message: bytes) -> None:
        """Keep a write: a message is a sequence of its number and what is asked, whose tag tells."""
        with contextlib.suppress(IndexError):
            start = 2 + (message[1] & 0x7F if message[1] & 0x80 else 0)
            asked = message[start + 2 + message[start + 1] :]
            if asked[0] in _WRITES:
                self.writes.append(asked)


def _close(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
