"""What the doctor looks at: a domain, how it is reached, and what could be learnt of its directory at the door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from app.directory.connection import ConnectionSettings
from app.directory.dn import Dn
from app.directory.model import Entry
from app.directory.port import Directory
from app.mapping.location import NameTable
from app.mapping.model import SchemaMap
from app.preparation.census import Census
from app.preparation.live import Live
from app.preparation.openldap_config import ServerConfig
from app.preparation.pace import BRISK, Pace
from app.provisioning.domain import Domain


@dataclass(frozen=True, slots=True)
class Patient:
    """A domain that is looked at. ``administration`` is its directory as an administrator sees it."""

    domain: Domain
    settings: ConnectionSettings
    now: datetime
    administration: Directory | None = None
    tries_writing: bool = False
    """Whether an entry may be made and deleted, to see what the service account may do."""
    plain_port: int = 389
    """Where a server that speaks TLS from the start listens without."""
    earlier: Census | None = None
    """A census in which nothing was wrong, which need not be taken again where it holds still."""
    pace: Pace = BRISK
    stopwatch: Callable[[], float] = perf_counter


@dataclass(frozen=True, slots=True)
class Admitted:
    """A patient whose directory has answered: its root, its schema, and its configuration where that is shown."""

    patient: Patient
    root: Entry
    live: Live | None
    config: ServerConfig | None

    @property
    def domain(self) -> Domain:
        """The domain."""
        return self.patient.domain

    @property
    def is_openldap(self) -> bool:
        """Whether overlays and cn=config are what the directory is made of."""
        return self.domain.dialect.name == "openldap"


def containers(schema_map: SchemaMap, domain: Domain) -> Iterator[Dn]:
    """Yield the containers that have to be there: before an entry of a map can be made, and for those that are moved away."""
    if not schema_map.entry.creates_parents:
        for location in schema_map.entry.locations:
            if isinstance(location.makes, NameTable) or not location.makes.paths:
                yield from (Dn((*name.rdns, *domain.base.rdns)) for name in location.names)
    moves = (domain.deletion.container, domain.dialect.disabled_container)
    if schema_map.path_of("enabled") is not None:
        yield from (name for name in moves if name is not None)
