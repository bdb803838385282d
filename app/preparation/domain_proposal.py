"""A first document for a domain: from how its directory is reached to its product, base and maps, each found on the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from app.directory.connection import ConnectionSettings
from app.directory.dn import Dn
from app.directory.port import Directory
from app.mapping.documents import build_map
from app.mapping.language import InvalidMap
from app.preparation.detection import Detected, Root
from app.preparation.doctor import examine
from app.preparation.finding import Finding
from app.preparation.live import Live, NoSchema, read_live
from app.preparation.pace import STEADY
from app.preparation.patient import Patient
from app.preparation.proposal import propose, take_sample
from app.preparation.trial import Trial, try_connection
from app.provisioning.accounts import DIALECTS
from app.provisioning.configuration import Configurations
from app.provisioning.domain import Domain
from app.scim.schema import ResourceType
from app.store.document import Document, Snapshot
from app.store.documents import Documents, InvalidDocuments
from app.store.loading import parse
from app.store.references import Reference

SHIPPED: Mapping[tuple[str, str], str] = {
    ("openldap", "User"): "openldap-user",
    ("openldap", "Group"): "openldap-group",
    ("active-directory", "User"): "ad-user",
    ("active-directory", "Group"): "ad-group",
    ("389ds", "User"): "389ds-user",
    ("389ds", "Group"): "389ds-group",
}
"""What a directory without entries begins with."""
TYPES = ("User", "Group")
_ANYWHERE = "dc=example"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of a domain before anybody has looked. ``secrets`` are those that are not kept yet."""

    name: str
    servers: Sequence[str]
    bind: Mapping[str, Any]
    tls: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""
    product: str = ""
    maps: Mapping[str, str] = field(default_factory=dict)
    """By resource type, maps that are in force and to be used."""
    secrets: Mapping[Reference, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def document(self, *, product: str, base: str, maps: Mapping[str, str]) -> Document:
        """Write the domain's document."""
        body = {
            "product": product,
            "servers": list(self.servers),
            "base": base,
            "bind": dict(self.bind),
            **({"tls": dict(self.tls)} if self.tls else {}),
            "maps": dict(maps),
        }
        return Document("Domain", self.name, body)


@dataclass(frozen=True, slots=True)
class DomainProposal:
    """What the test brought, and, where it passed, what the domain would be."""

    trial: Trial
    detected: Detected | None = None
    documents: tuple[Document, ...] = ()
    """The maps that are new, and the domain, which comes last."""
    findings: tuple[Finding, ...] = ()

    def text(self) -> str:
        """Write the documents as YAML."""
        return "---\n".join(document.text() for document in self.documents)


class NoProposal(Exception):
    """A directory does not show what a domain could be made of. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class DomainProposals:
    """Proposes domains, and puts them in force."""

    documents: Documents
    configurations: Configurations
    resource_types: Mapping[str, ResourceType]
    clock: Callable[[], datetime]

    def check(self, wanted: Wanted) -> None:
        """Refuse what cannot be the beginning of a domain; raise InvalidDocuments, InvalidDomain."""
        first = wanted.document(
            product=wanted.product or "openldap",
            base=wanted.base or _ANYWHERE,
            maps=wanted.maps or {"User": "to be proposed"},
        )
        if self.documents.current().get("Domain", wanted.name):
            raise InvalidDocuments([first.problem(("name",), f"there is a Domain {wanted.name} already")])
        problems = [
            each
            for each in self.documents.problems([first])
            if wanted.maps or not each.key.startswith("maps")
        ]
        if problems:
            raise InvalidDocuments(problems)
        self._settings(wanted)

    def test(self, wanted: Wanted) -> Trial:
        """Test how the directory is reached; raise what ``check`` does."""
        self.check(wanted)
        base = Dn.parse(wanted.base) if wanted.base else None
        return self._tested(self._settings(wanted), base)

    def test_domain(self, name: str) -> Trial:
        """Test the directory of a domain in force; raise NoSuchDocument, InvalidDomain."""
        document = self.documents.get("Domain", name)
        settings = self.configurations.settings_of(document)
        domain = self.configurations.current().domains.get(name)
        return self._tested(settings, domain.base if domain else None)

    def propose(self, wanted: Wanted) -> DomainProposal:
        """Test how the directory is reached, and propose a domain of it.

        Raises:
            InvalidDocuments, InvalidDomain: if it cannot be the beginning of a domain.
            NoProposal: if the directory does not show what is needed.
            DirectoryError: if it fails on the way.
        """
        trial = self.test(wanted)
        if not trial.passed or trial.root is None:
            return DomainProposal(trial)
        detected = trial.root.detect()
        product = wanted.product or detected.product
        base = Dn.parse(wanted.base) if wanted.base else _base_of(trial.root)
        settings = replace(self._settings(wanted), replica=DIALECTS[product]().replica)
        directory = self.configurations.connect(settings)
        try:
            domain = Domain(wanted.name, directory, DIALECTS[product](), base, {})
            documents = self._documents(wanted, domain)
            findings = self._findings(domain, documents, settings)
        finally:
            _close(directory)
        return DomainProposal(trial, detected, documents, tuple(findings))

    def put(self, proposal: DomainProposal, *, author: str) -> None:
        """Put a proposed domain in force, with its maps; raise InvalidDocuments."""
        self.documents.apply(proposal.documents, author=author, comment="proposed from the directory")

    def _settings(self, wanted: Wanted) -> ConnectionSettings:
        first = wanted.document(product="openldap", base=wanted.base or _ANYWHERE, maps={"User": "-"})
        settings = self.configurations.settings_of(first, secrets=wanted.secrets)
        return replace(settings, replica=None)

    def _tested(self, settings: ConnectionSettings, base: Dn | None) -> Trial:
        return try_connection(settings, base, connect=self.configurations.connect, now=self.clock())

    def _documents(self, wanted: Wanted, domain: Domain) -> tuple[Document, ...]:
        try:
            live = read_live(domain.directory, domain.dialect, domain.base)
        except NoSchema as error:
            raise NoProposal(f"{error}: without it no map can be proposed") from error
        names = dict(wanted.maps)
        proposed: list[Document] = []
        for resource_type in (each for each in TYPES if each not in names):
            names[resource_type] = self._fitting(domain, live, resource_type)
            if not names[resource_type]:
                proposed += self._proposed(domain, live, resource_type)
                names[resource_type] = proposed[-1].name
        product = domain.dialect.name
        return (*proposed, wanted.document(product=product, base=str(domain.base), maps=names))

    def _fitting(self, domain: Domain, live: Live, resource_type: str) -> str:
        """Name the shipped map for a directory that has no entries of a type yet; empty where there is none."""
        name = SHIPPED.get((domain.dialect.name, resource_type), "")
        is_there = self.documents.current().get("SchemaMap", name) is not None
        return name if is_there and not take_sample(domain, live, resource_type).entries else ""

    def _proposed(self, domain: Domain, live: Live, resource_type: str) -> Sequence[Document]:
        known = self.documents.current()
        stem = f"{domain.name.lower()}-{resource_type.lower()}"
        candidates = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
        name = next(each for each in candidates if known.get("SchemaMap", each) is None)
        return parse(propose(domain, live, resource_type, name=name), file=name).documents

    def _findings(
        self, domain: Domain, documents: Iterable[Document], settings: ConnectionSettings
    ) -> list[Finding]:
        current = self.documents.current()
        known = Snapshot(current.generation, {**current.documents, **{d.identity: d for d in documents}})
        (written,) = (each for each in documents if each.kind == "Domain")
        try:
            maps = {
                kind: build_map(found, self.resource_types, known)
                for kind, name in written.body["maps"].items()
                if (found := known.get("SchemaMap", name)) is not None
            }
        except InvalidMap as error:
            raise NoProposal(f"the proposed map cannot be used: {error}") from error
        return examine(Patient(replace(domain, maps=maps), settings, self.clock(), pace=STEADY))


def _base_of(root: Root) -> Dn:
    if not root.contexts:
        raise NoProposal("the directory names no base (namingContexts): give one")
    return root.contexts[0]


def _close(directory: Directory) -> None:
    close = getattr(directory, "close", None)
    if close is not None:
        close()
