"""What does not get through: dead letters, connectors that fail, refused clients, writes and imports that wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.access.applications import NoSuchApplication
from app.services import Services
from app.signals.signal import Signal, counted
from app.store.traffic import Flow

WINDOW: Final = timedelta(hours=1)
FEWEST: Final = 3
"""Fewer refusals are no pattern."""
SHARE: Final = 0.1
"""A client with fewer refusals among its requests works."""


def of_flows(services: Services) -> Iterator[Signal]:
    """Tell of all that waits or fails."""
    yield from _of_guard(services)
    yield from _of_intents(services)
    yield from _of_imports(services)
    yield from _of_connectors(services)
    for flow in services.traffic.of_late(WINDOW):
        yield from _of_client(services, flow)


def _of_guard(services: Services) -> Iterator[Signal]:
    waiting = len(services.held_changes.list())
    if waiting:
        verb = "waits" if waiting == 1 else "wait"
        yield Signal("warning", "guard", "", f"{counted(waiting, 'held change')} {verb} for a decision.")


def _of_intents(services: Services) -> Iterator[Signal]:
    broken_off = [each for each in services.intents.list() if each.needs]
    if broken_off:
        verb = "needs" if len(broken_off) == 1 else "need"
        text = f"{counted(len(broken_off), 'write')} that broke off half way {verb} a person."
        yield Signal("error", "intents", "", text, "landbridge intents list")


def _of_imports(services: Services) -> Iterator[Signal]:
    """Tell of imports that ended early, until somebody has seen to them; of those that somebody has stopped he knows."""
    since, later = services.clock() - timedelta(days=1), set[tuple[str, str]]()
    for run in services.import_runs.recent():
        is_broken_off = run.phase == "import" and run.word == "broken off" and not run.is_stopping
        if is_broken_off and run.touched > since and (run.domain, run.file_name) not in later:
            text = f"The import of {run.file_name} into {run.domain} ended early, at row {run.last_row}."
            yield Signal("error", "imports", run.domain, text, run.error)
        if run.phase == "import":
            later.add((run.domain, run.file_name))


def _of_connectors(services: Services) -> Iterator[Signal]:
    outbound = services.outbound
    counts, conditions = outbound.outbox.counts(), outbound.health.all()
    for name in outbound.connectors.names():
        dead = counts.get((name, "dead"), 0)
        if dead:
            text = f"{name} would not take {counted(dead, 'change')}: {'it is a dead letter' if dead == 1 else 'they are dead letters'}."
            yield Signal("error", "dead letters", name, text)
        condition = conditions.get(name)
        if condition is not None and condition.closed_until is not None:
            yield Signal(
                "error", "connector", name, f"{name} fails, and is left alone for a while.", condition.error
            )


def _of_client(services: Services, flow: Flow) -> Iterator[Signal]:
    if not flow.application:
        if flow.refused >= FEWEST:
            text = f"{counted(flow.refused, 'request')} of the last hour came without credentials that are known."
            yield Signal("warning", "strangers", "", text)
        return
    try:
        title = services.applications.get(flow.application).title
    except NoSuchApplication:
        return
    of_all = f"of the {counted(flow.requests, 'request')} of {title} in the last hour"
    if flow.failed:
        yield Signal("error", "client", flow.application, f"{flow.failed} {of_all} failed (5xx).")
    if flow.refused >= FEWEST and flow.refused >= SHARE * flow.requests:
        yield Signal("warning", "client", flow.application, f"{flow.refused} {of_all} were refused (4xx).")
