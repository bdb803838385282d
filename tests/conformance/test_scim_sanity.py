"""scim-sanity's probe, in its compatible mode.

It knows no 204 for the PATCH of a group, and adds a member that does not exist: its application says so (``client``).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conformance.conftest import LENIENT, Served

NOT_CLAIMED = {"Agent CRUD Lifecycle", "AgenticApplication CRUD Lifecycle", "Agent Rapid Lifecycle"}


def test_nothing_fails(served: Served) -> None:
    """Nothing fails, and nothing that is claimed is skipped."""
    results = _probe(served)

    wrong = {each["name"]: each["message"] for each in results if each["status"] not in {"pass", "skip"}}
    assert wrong == {}
    assert {each["name"] for each in results if each["status"] == "skip"} == NOT_CLAIMED
    assert len([each for each in results if each["status"] == "pass"]) >= 25


def _probe(served: Served) -> list[dict[str, Any]]:
    command = [str(Path(sys.executable).with_name("scim-sanity")), "probe", "--compat", "--json-output"]
    account = [
        "--token",
        served.token(LENIENT),
        "--ca-bundle",
        served.ca_file,
        "--i-accept-side-effects",
        served.url,
    ]
    done = subprocess.run([*command, *account], capture_output=True, text=True, check=False)
    results = json.loads(done.stdout)["results"]
    assert isinstance(results, list)
    return results
