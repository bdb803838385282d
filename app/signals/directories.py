"""User stores that cannot be used, and what the doctor found when it looked last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.provisioning.health import State
from app.services import Services
from app.signals.signal import Signal, counted
from app.store.checkups import Checkup


def of_directories(services: Services) -> Iterator[Signal]:
    """Tell of all domains."""
    configuration = services.configurations.current()
    states = services.health.states(configuration)
    yield from (_unusable(name, state) for name, state in states.items() if not state.is_usable)
    yield from _found(services.checkups.all(), states)


def _unusable(name: str, state: State) -> Signal:
    said = "does not answer" if name and state.word == "Does not answer" else "cannot be used"
    return Signal("error", "domain", name, f"The user store {name} {said}.", state.reason)


def _found(checkups: Mapping[str, Checkup], states: Mapping[str, State]) -> Iterator[Signal]:
    for name, checkup in checkups.items():
        errors, warnings = checkup.count("error"), checkup.count("warning")
        if name not in states or not states[name].is_usable or not errors + warnings:
            continue
        found = [counted(errors, "error")] * bool(errors) + [counted(warnings, "warning")] * bool(warnings)
        worst = next(each for each in checkup.findings if each["severity"] != "note")
        text = f"The doctor found {' and '.join(found)} in {name}."
        yield Signal("error" if errors else "warning", "checkup", name, text, str(worst["seen"]))
