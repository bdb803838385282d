"""A serving process gives signs of life and sees to what others left behind and to what has expired, whatever happens."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace
from typing import cast

from app.services import Services
from app.web.upkeep import Upkeep


def test_it_goes_on() -> None:
    """A round that fails does not end it; stopping does."""
    rounds: list[str] = []
    enough = Event()

    def run() -> None:
        rounds.append("recovery")
        if rounds.count("recovery") == 1:
            raise OSError("the store is away")
        enough.set()

    services = SimpleNamespace(
        intents=SimpleNamespace(keep_alive=lambda: rounds.append("life")),
        checkup_claims=SimpleNamespace(keep_alive=lambda: rounds.append("claims")),
        recovery=SimpleNamespace(run=run),
        background=SimpleNamespace(see_to_lost=lambda: rounds.append("imports")),
        traffic=SimpleNamespace(flush=lambda: None),
        purge=SimpleNamespace(tend=lambda: rounds.append("purge")),
    )
    upkeep = Upkeep(cast("Services", services), seconds=0.001)
    upkeep.start()
    assert enough.wait(10)
    upkeep.stop()

    failed, went_on = ["life", "claims", "recovery"], ["life", "claims", "recovery", "imports", "purge"]
    assert rounds[:8] == [*failed, *went_on]
