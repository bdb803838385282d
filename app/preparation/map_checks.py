"""Checks of maps in force, or about to be, against the directories of all domains that use them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.mapping.documents import build_map
from app.mapping.language import InvalidMap
from app.preparation import map_codes as codes
from app.preparation.finding import Finding
from app.preparation.map_check import check_in_domain, placed, refused
from app.provisioning.configuration import Configurations
from app.provisioning.domain import Domain
from app.scim.schema import ResourceType
from app.store.document import Document, Identity, Snapshot
from app.store.documents import Documents, InvalidDocuments


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of a map in a domain."""

    map_name: str
    domain: str
    findings: list[Finding]

    @property
    def unfit(self) -> list[Finding]:
        """What cannot work, as far as the directory let itself be asked."""
        return [
            finding
            for finding in self.findings
            if finding.severity == "error" and finding.code is not codes.NOT_READABLE
        ]


@dataclass(frozen=True, slots=True)
class MapChecks:
    """Checks maps: on demand, before they are saved, and after."""

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

    def refuse_unfit(self, documents: Iterable[Document]) -> None:
        """Refuse documents by which a domain would have a map that its live directory cannot hold.

        Looked at are maps that change, those that extend them, and those that a domain is given anew. A directory that does
        not answer refuses nothing, and neither does one that is not connected yet.

        Raises:
            InvalidDocuments: naming what cannot work, by the place in the map.
        """
        current = self.documents.current()
        changed = {each.identity: each for each in documents if _differs(each, current)}
        after = Snapshot(current.generation, {**current.documents, **changed})
        problems = [
            document.problem(finding.key, f"{finding.seen} ({finding.code.name} in {checked.domain})")
            for document, checked in self._checked(changed, current, after)
            for finding in checked.unfit
        ]
        if problems:
            raise InvalidDocuments(problems)

    def _checked(
        self, changed: Collection[Identity], current: Snapshot, after: Snapshot
    ) -> Iterator[tuple[Document, Checked]]:
        family = _heirs({name for kind, name in changed if kind == "SchemaMap"}, after)
        for domain in current.list("Domain"):
            present, wanted = domain.body["maps"], after.documents[domain.identity].body["maps"]
            for kind, name in wanted.items():
                document = after.get("SchemaMap", name)
                if document is not None and (name in family or present.get(kind) != name):
                    usable = self.configurations.current().domains.get(domain.name)
                    if usable is not None:
                        yield document, self.check(document, after, domain=usable)

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


def _differs(document: Document, current: Snapshot) -> bool:
    present = current.get(*document.identity)
    return present is None or present.digest != document.digest


def _heirs(names: set[str], current: Snapshot) -> set[str]:
    """Add to some maps all that extend them."""
    family = set(names)
    while more := {m.name for m in current.list("SchemaMap") if m.body.get("extends") in family} - family:
        family |= more
    return family
