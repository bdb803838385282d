"""Checks of maps in force, or about to be, against the directories of all domains that use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.mapping.documents import build_map
from app.mapping.language import InvalidMap
from app.preparation.finding import Finding
from app.preparation.map_check import check_in_domain, placed, refused
from app.provisioning.configuration import Configurations
from app.provisioning.domain import Domain
from app.scim.schema import ResourceType
from app.store.document import Document, Snapshot
from app.store.documents import Documents


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of a map in a domain."""

    map_name: str
    domain: str
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class MapChecks:
    """Checks maps, on demand and after they were saved."""

    documents: Documents
    configurations: Configurations
    resource_types: Mapping[str, ResourceType]

    def check(self, document: Document, lookup: Snapshot, *, domain: Domain) -> Checked:
        """Check a document against a domain's directory, and say where in it each finding is."""
        try:
            schema_map = build_map(document, self.resource_types, lookup)
        except InvalidMap as error:
            found = [refused(error)]
        else:
            found = check_in_domain(schema_map, domain)
        return Checked(document.name, domain.name, placed(found, document, lookup))

    def check_saved(self, names: Iterable[str]) -> list[Checked]:
        """Check maps that were saved, and all that extend them, wherever a usable domain uses them."""
        current = self.documents.current()
        domains = self.configurations.current().domains
        family = _heirs(set(names), current)
        pairs = {
            (name, each.name)
            for each in current.list("Domain")
            for name in each.body["maps"].values()
            if name in family and each.name in domains
        }
        found = (
            (current.get("SchemaMap", name), domains[domain_name]) for name, domain_name in sorted(pairs)
        )
        return [self.check(document, current, domain=domain) for document, domain in found if document]

    def using(self, name: str) -> list[str]:
        """Name the domains that use a map, or one that extends it."""
        current = self.documents.current()
        family = _heirs({name}, current)
        return [each.name for each in current.list("Domain") if family & set(each.body["maps"].values())]


def _heirs(names: set[str], current: Snapshot) -> set[str]:
    """Add to some maps all that extend them."""
    family = set(names)
    while more := {m.name for m in current.list("SchemaMap") if m.body.get("extends") in family} - family:
        family |= more
    return family
