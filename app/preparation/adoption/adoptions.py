"""Adopting as a service: what the command and the Admin API call."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import IO

from app.directory.ldif_text import parse_ldif
from app.directory.plan import execute
from app.preparation.adoption.export import InvalidExport, Layout, Record, path_of, read_export
from app.preparation.adoption.matching import Criteria, Names, match, refuse_unmapped
from app.preparation.adoption.plan import EXAMPLES, Adoption, adoption_of
from app.preparation.work import undoing
from app.provisioning.domain import Domain
from app.provisioning.entries import Entries
from app.scim.errors import NotFound
from app.store.external_ids import ExternalIds, Shelf

_HEAD = ("id", "adopted", "before")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be adopted: by whom, found how, and which of its attributes is to be its externalId."""

    application: str
    match: Sequence[str] = ("userName",)
    named_by: str = "externalId"
    resource_type: str = "User"
    columns: Mapping[str, str] = field(default_factory=dict)
    examples: int = EXAMPLES


@dataclass(frozen=True, slots=True)
class Adoptions:
    """Matches exports with the entries of domains, and gives the matches their externalIds."""

    external_ids: ExternalIds
    domain: Callable[[str], Domain]
    """Returns a domain by its name."""

    def plan(self, name: str, file: IO[str], request: Request) -> Adoption:
        """Hold an export against a domain; raise InvalidExport, ScimError."""
        return self._planned(name, request, lambda layout: read_export(file, layout))

    def _planned(self, name: str, request: Request, read: Callable[[Layout], Iterator[Record]]) -> Adoption:
        entries = self._entries(name, request.resource_type)
        kind = entries.map.resource_type
        criteria = Criteria(
            tuple(path_of(text, kind) for text in request.match), path_of(request.named_by, kind)
        )
        refuse_unmapped(entries, criteria)
        layout = Layout(kind, (*criteria.match, criteria.named_by), request.columns)
        names = Names(self.external_ids, self._shelf(name, request))
        matches = match(entries, read(layout), criteria, names)
        return adoption_of(entries, matches, application=request.application, examples=request.examples)

    def apply(self, adoption: Adoption, request: Request) -> None:
        """Give the matches their externalIds, all or none of them; raise PlanFailed."""
        if adoption.is_in_directory:
            execute(adoption.plan, self.domain(adoption.domain).directory)
            return
        wanted = {each.resource_id: each.external_id for each in adoption.namings}
        self.external_ids.put_all(self._shelf(adoption.domain, request), wanted)

    def undoing(self, adoption: Adoption) -> str:
        """Write what takes an adoption back: LDIF, or a table of what was put beside the directory."""
        if adoption.is_in_directory:
            return adoption.plan.inverse.render()
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_HEAD)
        writer.writerows((each.resource_id, each.external_id, "") for each in adoption.namings)
        return text.getvalue()

    def undo(self, name: str, text: str, request: Request) -> tuple[int, int]:
        """Take an adoption back, and return for how many, and for how many not since they have other names now.

        Raises:
            InvalidExport: if the text is none that an adoption wrote down.
            InvalidLdif: if it is broken LDIF.
            PlanFailed: if the directory refuses.
        """
        domain = self.domain(name)
        if text.startswith(",".join(_HEAD)):
            return self._undo_beside(self._shelf(name, request), text)
        work = undoing(parse_ldif(text))
        if not all(each.step.operation.dn.is_within(domain.base) for each in work.tasks):
            raise InvalidExport(f"the file is about entries outside of {domain.base}")
        execute(work.plan, domain.directory)
        return len(work.tasks), 0

    def _undo_beside(self, shelf: Shelf, text: str) -> tuple[int, int]:
        rows = [row for row in csv.reader(StringIO(text)) if row][1:]
        if any(len(row) != len(_HEAD) for row in rows):
            raise InvalidExport("a line of the file has not three columns")
        present = self.external_ids.get(shelf, [row[0] for row in rows])
        back = {row[0]: row[2] or None for row in rows if present.get(row[0]) == row[1]}
        self.external_ids.put_all(shelf, back)
        return len(back), len(rows) - len(back)

    def _entries(self, name: str, resource_type: str) -> Entries:
        domain = self.domain(name)
        if resource_type not in domain.maps:
            raise NotFound(f"The user store domain {name} has no {resource_type} resources.")
        return Entries(domain, domain.maps[resource_type])

    def _shelf(self, name: str, request: Request) -> Shelf:
        return Shelf(request.application, name, request.resource_type)
