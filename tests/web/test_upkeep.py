"""A serving process gives signs of life and sees to what others left behind and to what has expired, whatever happens."""

from __future__ import annotations

import sqlite3
from threading import Event
from types import SimpleNamespace
from typing import cast

import pytest
from structlog.testing import capture_logs

from app.services import Services
from app.web.upkeep import Upkeep


@pytest.mark.parametrize(
    ("failure", "logged"),
    [
        (OSError("nobody knows"), "upkeep_failed"),
        (sqlite3.OperationalError("database or disk is full"), "store_failed"),
    ],
    ids=["something", "the store"],
)
def test_it_goes_on(failure: Exception, logged: str) -> None:
    """A round that fails does not end it; stopping does. A store that is away for long fills no log with tracebacks."""
    rounds: list[str] = []
    enough = Event()

    def run() -> None:
        rounds.append("recovery")
        if rounds.count("recovery") == 1:
            raise failure
        enough.set()

    services = SimpleNamespace(
        intents=SimpleNamespace(keep_alive=lambda: rounds.append("life")),
        checkup_claims=SimpleNamespace(keep_alive=lambda: rounds.append("claims")),
        recovery=SimpleNamespace(run=run),
        background=SimpleNamespace(see_to_lost=lambda: rounds.append("imports")),
        traffic=SimpleNamespace(flush=lambda: None),
        purge=SimpleNamespace(tend=lambda: rounds.append("purge")),
    )
    upkeep = Upkeep(cast("Services", services), seconds=0.001, after_failure=0.001)
    with capture_logs() as logs:
        upkeep.start()
        assert enough.wait(10)
        upkeep.stop()

    failed, went_on = ["life", "claims", "recovery"], ["life", "claims", "recovery", "imports", "purge"]
    assert rounds[:8] == [*failed, *went_on]
    assert [(log["event"], log.get("exc_info", False)) for log in logs] == [
        (logged, logged == "upkeep_failed")
    ]
