"""Clients who connect and say nothing, as browsers do in advance and attackers on purpose, keep nobody else out."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.guide.conftest import Served

pytestmark = pytest.mark.directory
MANY = 40
"""More than all processes have threads."""


@pytest.fixture
def silent(served: Served) -> Iterator[None]:
    """Have many connect, of whom half agree on keys, and none asks for anything."""
    parts = urlsplit(served.announced["url"])
    context = ssl.create_default_context(cafile=served.announced["ca_file"])
    with ExitStack() as connections:
        for number in range(MANY):
            plain = socket.create_connection((str(parts.hostname), int(parts.port or 443)), timeout=20)
            speaks_tls = number % 2 == 0
            connections.enter_context(
                context.wrap_socket(plain, server_hostname=parts.hostname) if speaks_tls else plain
            )
        yield


@pytest.mark.usefixtures("silent")
def test_others_are_answered(served: Served) -> None:
    """Whoever comes while they are there is answered at once."""
    status, _, body = served.curl("--max-time", "10", f"{served.announced['url']}/healthz")

    assert (status, body.strip()) == (200, '{"status":"ok"}')
