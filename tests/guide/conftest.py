"""A served Landbridge over a private OpenLDAP, as a newcomer starts it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DEMO = (sys.executable, "-m", "app.testing.demo")


@dataclass(frozen=True)
class Served:
    """What ``script/demo --json`` printed, and how to talk to it with the tools that people use."""

    announced: dict[str, str]
    data: Path

    def curl(self, *arguments: str) -> tuple[int, dict[str, str], str]:
        """Run the real curl; return status, headers (lower-case names) and body."""
        done = subprocess.run(
            ["curl", "-s", "-i", "-k", *arguments], capture_output=True, text=True, check=True
        )
        head, _, body = (
            done.stdout.partition("\n\n") if "\r\n" not in done.stdout else done.stdout.partition("\r\n\r\n")
        )
        status, *lines = head.splitlines()
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(status.split()[1]), headers, body

    def ldap(self, program: str, *arguments: str, dn: str, password: str) -> subprocess.CompletedProcess[str]:
        """Run one of OpenLDAP's tools with a simple bind."""
        account = ("-x", "-H", self.announced["ldap_uri"], "-D", dn, "-w", password)
        return subprocess.run([program, *account, *arguments], capture_output=True, text=True, check=False)

    def command(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run ``landbridge`` on the same store."""
        environment = {**os.environ, "LANDBRIDGE_DATA_DIR": str(self.data / "landbridge"), **environ}
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start the demo on a free port, and stop it afterwards."""
    data = tmp_path_factory.mktemp("served") / "demo"
    started = subprocess.run(
        [*DEMO, "--json", "--background", "--port", "0", "--data", str(data)],
        capture_output=True,
        text=True,
        check=True,
    )
    yield Served(json.loads(started.stdout), data)
    subprocess.run([*DEMO, "--stop", "--data", str(data)], check=True, capture_output=True)
