"""A served Landbridge over OpenLDAP, as the demo starts it, for suites that speak HTTPS themselves."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.request import Request, urlopen

import pytest

DEMO = (sys.executable, "-m", "app.testing.demo")


@dataclass(frozen=True)
class Served:
    """Where the service is, and a token for it."""

    url: str
    ca_file: str
    token: str

    @property
    def tls(self) -> ssl.SSLContext:
        """Trust the service's certificate, and nothing else."""
        return ssl.create_default_context(cafile=self.ca_file)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start the demo on a free port, and stop it afterwards."""
    data = str(tmp_path_factory.mktemp("conformance") / "demo")
    started = subprocess.run(
        [*DEMO, "--json", "--background", "--port", "0", "--data", data],
        capture_output=True,
        text=True,
        check=True,
    )
    announced = json.loads(started.stdout)
    yield Served(f"{announced['url']}/scim2", announced["ca_file"], _token(announced))
    subprocess.run([*DEMO, "--stop", "--data", data], check=True, capture_output=True)


def _token(announced: dict[str, str]) -> str:
    client = b64encode(f"{announced['client_id']}:{announced['client_secret']}".encode()).decode()
    request = Request(  # noqa: S310 - https
        f"{announced['url']}/oauth2/token",
        data=b"grant_type=client_credentials",
        headers={"Authorization": f"Basic {client}"},
    )
    context = ssl.create_default_context(cafile=announced["ca_file"])
    with urlopen(request, context=context) as answer:  # noqa: S310 - https
        return str(json.load(answer)["access_token"])
