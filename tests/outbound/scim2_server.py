"""scim2-server, a SCIM 2 service by other people, as a target of connectors."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import create_connection

from app.testing.slapd import free_ports

TOKEN = "the target's token"
READY_SECONDS = 20


@contextmanager
def scim2_server() -> Iterator[str]:
    """Run one on loopback, without resources; yield its base URL."""
    [port] = free_ports(1)
    program = Path(sys.executable).parent / "scim2-server"
    running = subprocess.Popen(
        [program, "--hostname", "127.0.0.1", "--port", str(port), "--bearer-token", TOKEN],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(10)


def _wait(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with closing(create_connection(("127.0.0.1", port), timeout=1)):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
