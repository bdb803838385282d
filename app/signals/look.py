"""All signals together."""

from __future__ import annotations

from app.services import Services
from app.signals.credentials import of_credentials
from app.signals.directories import of_directories
from app.signals.flows import of_flows
from app.signals.signal import SEVERITIES, Signal


def look(services: Services) -> list[Signal]:
    """Return all signals, the worst first."""
    found = [*of_directories(services), *of_flows(services), *of_credentials(services)]
    return sorted(found, key=lambda signal: SEVERITIES.index(signal.severity))
