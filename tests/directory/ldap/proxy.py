"""A relay between a client and a directory server that can fail in the ways that networks do."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urlsplit

Behaviour = Literal["relay", "lose answers", "lose requests", "hang", "garbage"]


@dataclass
class Proxy:
    """Listens on loopback and relays to ``uri``; counts the connections that it was asked for.

    ``behaviour`` says what happens to each request from now on: the server gets it and the answer is lost with the
    connection, the connection is lost at once, nothing happens for ever, or the answer makes no sense.
    """

    uri: str
    behaviour: Behaviour = "relay"
    connections: int = 0
    _sockets: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets.append(self._listener)
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            _close(each)
        for thread in self._threads:
            thread.join()

    @property
    def address(self) -> str:
        """The URL to connect to."""
        return f"ldap://127.0.0.1:{self._listener.getsockname()[1]}"

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
                    client.sendall(b"\x30\x05HTTP/1.1 400 Bad Request\r\n")
                elif self.behaviour != "hang":
                    upstream.sendall(received)
        if self.behaviour != "lose answers":
            _close(upstream)
        _close(client) if self.behaviour == "lose requests" else None

    def _answers(self, upstream: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while received := upstream.recv(65536):
                if self.behaviour == "lose answers":
                    break
                client.sendall(received)
        _close(client)


def _close(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
