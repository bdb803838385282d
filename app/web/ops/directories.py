"""How this process gets on with the servers of its domains, as far as they were used: nobody is asked here."""

from __future__ import annotations

from collections.abc import Iterable

from app.directory.servers.directory import ServerDirectory
from app.provisioning.domain import Domain
from app.telemetry import DIRECTORY_CONNECTIONS, DIRECTORY_UP


def unreachable(domains: Iterable[Domain]) -> list[str]:
    """Name the domains of which no server answers."""
    return sorted(
        domain.name
        for domain in domains
        if isinstance(domain.directory, ServerDirectory) and not domain.directory.is_usable
    )


def measure(domains: Iterable[Domain]) -> None:
    """Set the gauges."""
    DIRECTORY_UP.clear()
    DIRECTORY_CONNECTIONS.clear()
    for domain in domains:
        if isinstance(domain.directory, ServerDirectory):
            for status in domain.directory.statuses():
                DIRECTORY_UP.labels(domain.name, status.server).set(status.state == "closed")
                for state, connections in (("in_use", status.in_use), ("idle", status.idle)):
                    DIRECTORY_CONNECTIONS.labels(domain.name, status.server, state).set(connections)
