"""The configuration in force: all domains, wired from one snapshot of the documents.

A request takes the configuration once and works with it to its end; a new one is built when the documents have
changed, at most a second later. Directories are kept over changes that do not concern them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType
from typing import Protocol

from app.directory.connection import ConnectionSettings
from app.directory.port import Directory
from app.mapping.documents import build_map
from app.mapping.inheritance import lineage
from app.mapping.language import InvalidMap
from app.mapping.model import SchemaMap
from app.provisioning.accounts import dialect_of
from app.provisioning.connection import Resolve
from app.provisioning.deletion import Deletion
from app.provisioning.directory_state import DirectoryState
from app.provisioning.domain import Domain, InvalidDomain, read_guard, read_settings, repairs_references
from app.provisioning.memberships import Memberships
from app.provisioning.spread import Spread
from app.provisioning.suffixes import Suffixes
from app.scim.schema import ResourceType
from app.store.document import Document, Snapshot
from app.store.documents import Documents
from app.store.references import Reference

Connect = Callable[[ConnectionSettings], Directory]
CHECK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is in force together: the domains that can be used, and why the others cannot."""

    generation: int
    domains: Mapping[str, Domain]
    broken: Mapping[str, str]


class InForce(Protocol):
    """Tells what is in force."""

    def current(self) -> Configuration:
        """Return the configuration in force."""
        ...


@dataclass(frozen=True, slots=True)
class Pinned:
    """What was in force when a request began, and is so for the request until it ends."""

    configuration: Configuration

    def current(self) -> Configuration:
        return self.configuration


class Configurations:
    """Keeps the configuration in force up to date. ``monotonic`` counts seconds."""

    def __init__(
        self,
        documents: Documents,
        resource_types: Mapping[str, ResourceType],
        *,
        resolve: Resolve,
        connect: Connect,
        monotonic: Callable[[], float],
    ) -> None:
        self._documents = documents
        self._resource_types = resource_types
        self._resolve = resolve
        self._connect = connect
        self._monotonic = monotonic
        self._lock = Lock()
        self._current: Configuration | None = None
        self._checked = float("-inf")
        self._directories: dict[ConnectionSettings, Directory] = {}

    def current(self) -> Configuration:
        """Return the configuration in force."""
        with self._lock:
            if self._current is None or self._monotonic() - self._checked >= CHECK_SECONDS:
                self._current = self._renewed(self._current)
                self._checked = self._monotonic()
            return self._current

    def settings_of(
        self, document: Document, *, secrets: Mapping[Reference, str] = MappingProxyType({})
    ) -> ConnectionSettings:
        """Read how a domain's directory is reached; raise InvalidDomain. ``secrets`` are some that are not kept yet."""

        def resolved(value: str | Reference) -> str:
            known = secrets.get(value) if isinstance(value, Reference) else None
            return self._resolve(value) if known is None else known

        return read_settings(document, resolved)[0]

    def connect(self, settings: ConnectionSettings) -> Directory:
        """Connect to a directory in another way than a domain does, as its administrator for instance."""
        return self._connect(settings)

    def _renewed(self, current: Configuration | None) -> Configuration:
        if current is not None and self._documents.generation() == current.generation and not current.broken:
            return current
        return self._build(self._documents.snapshot())

    def _build(self, snapshot: Snapshot) -> Configuration:
        domains: dict[str, Domain] = {}
        broken: dict[str, str] = {}
        for document in snapshot.list("Domain"):
            try:
                domains[document.name] = self._domain(document, snapshot)
            except InvalidDomain as error:
                broken[document.name] = str(error)
        return Configuration(snapshot.generation, domains, broken)

    def _domain(self, document: Document, snapshot: Snapshot) -> Domain:
        settings, base = read_settings(document, self._resolve)
        directory = self._directories.get(settings) or self._connect(settings)
        self._directories[settings] = directory
        dialect = dialect_of(document.body, base)
        maps = {kind: self._map(name, snapshot) for kind, name in document.body["maps"].items()}
        guard, protection = read_guard(document)
        deletion = Deletion.read(document.body, base)
        return Domain(
            document.name,
            directory,
            dialect,
            base,
            {kind: deletion.visible(found) for kind, found in maps.items()},
            _digest(document, snapshot),
            guard=guard,
            protection=protection,
            deletion=deletion,
            memberships=Memberships(
                "entries" if dialect.keeps_memberships else document.body.get("memberships", "auto"),
                self._monotonic,
            ),
            spread=Spread(self._monotonic),
            state=DirectoryState(self._monotonic),
            suffixes=Suffixes(document.body.get("principal_suffixes", "any"), self._monotonic),
            repairs_references=repairs_references(document),
        )

    def _map(self, name: str, snapshot: Snapshot) -> SchemaMap:
        document = snapshot.get("SchemaMap", name)
        if document is None:
            raise InvalidDomain(f"there is no SchemaMap {name}")
        try:
            return build_map(document, self._resource_types, snapshot)
        except InvalidMap as error:
            raise InvalidDomain(f"the SchemaMap {name} cannot be used: {error}") from error


def _digest(document: Document, snapshot: Snapshot) -> str:
    """Identify what a domain, its maps and those that they extend say."""
    maps = (snapshot.get("SchemaMap", name) for name in document.body["maps"].values())
    digests = {each.digest for found in maps if found for each in lineage(found, snapshot)}
    return ".".join((document.digest, *sorted(digests)))
