"""Something between Landbridge and a SCIM service that goes wrong, in the way and at the time that a test says."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx

Mangle = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request. Without ``passes`` the service never sees it."""

    passes: bool = False
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    loses_answer: bool = False
    seconds: float = 0.0
    mangle: Mangle | None = None
    methods: tuple[str, ...] = ("POST", "PUT", "PATCH", "DELETE")


RESET = Fault()
LOST = Fault(passes=True, loses_answer=True)
BUSY = Fault(status=429, headers={"Retry-After": "7"})
BROKEN = Fault(status=500)
AWAY = Fault(status=503)
GATEWAY = Fault(passes=True, status=502)


@dataclass
class Unruly:
    """The faults to come, and what was asked."""

    url: str
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    bodies: list[tuple[str, Any]] = field(default_factory=list)
    """What was written, by method, in its order."""
    seconds: float = 0.0
    """How long everything takes."""

    def take(self, method: str) -> Fault | None:
        """Return what goes wrong with this request."""
        if self.faults and method in self.faults[0].methods:
            return self.faults.pop(0)
        return None

    def writes(self) -> list[str]:
        """Return the methods of the writes that were asked for."""
        return [each for each in self.asked if each != "GET"]


@contextmanager
def unruly(target: str) -> Iterator[Unruly]:
    """Stand in front of a service."""
    with httpx.Client(base_url=target, trust_env=False, timeout=20) as client:
        state = Unruly("")
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state, client))
        server.daemon_threads = True
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield state
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: Unruly, client: httpx.Client) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.asked.append(self.command)
            time.sleep(state.seconds)
            if body:
                state.bodies.append((self.command, json.loads(body)))
            fault = state.take(self.command)
            if fault is not None and fault.seconds:
                time.sleep(fault.seconds)
            if fault is not None and not fault.passes:
                self.go_wrong(fault)
                return
            kept = {
                name: text
                for name, text in self.headers.items()
                if name.lower() not in {"host", "connection"}
            }
            response = client.request(self.command, self.path, content=body, headers=kept)
            if fault is not None and (fault.loses_answer or fault.status):
                self.go_wrong(fault)
                return
            content = response.content
            if fault is not None and fault.mangle and content:
                content = json.dumps(fault.mangle(json.loads(content))).encode()
            names = {"content-type", "location", "etag"}
            self.reply(
                response.status_code,
                {name: text for name, text in response.headers.items() if name in names},
                content,
            )

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

        def go_wrong(self, fault: Fault) -> None:
            if fault.status is not None:
                self.reply(fault.status, fault.headers, b"")
                return
            # A reset, not an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

        def reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (OSError, ValueError):
                self.close_connection = True

    return Handler
