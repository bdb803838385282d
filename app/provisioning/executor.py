"""Carrying out plans, recording them, and showing what came of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.directory.errors import DirectoryError
from app.directory.model import Entry
from app.directory.plan import PlanFailed, execute
from app.mapping.references import Referents
from app.provisioning.entries import Entries
from app.provisioning.events import Done, Record
from app.provisioning.failures import failed_plan
from app.provisioning.findings import note
from app.provisioning.identity import NOBODY
from app.provisioning.planning import Planned
from app.provisioning.target import Wants, everything
from app.scim.errors import ScimError
from app.scim.resource import Resource


@dataclass(frozen=True, slots=True)
class Work:
    """A write on the way: what it is called, what it is done to, and what is wanted of the outcome."""

    action: str
    resource_id: str = ""
    version: str | None = None
    wants: Wants = everything


class Executor:
    """Carries out plans on one resource type's entries, and has each of them recorded."""

    def __init__(self, entries: Entries, record: Record) -> None:
        self._entries = entries
        self._record = record

    def run(
        self,
        planned: Planned,
        work: Work,
        *,
        expecting: tuple[type[DirectoryError], ...] = (),
    ) -> Entry | None:
        """Carry out a plan; return the entry as it is now, where the directory said so on the way.

        Raises:
            DirectoryError: one of those ``expecting`` names, if nothing was changed; that is not recorded.
            ScimError: for every other failure.
        """
        directory, dialect = self._entries.domain.directory, self._entries.domain.dialect
        try:
            executed = execute(planned.plan, directory, read_back=self._entries.attributes(work.wants))
        except PlanFailed as error:
            if isinstance(error.cause, expecting) and error.undone:
                raise error.cause from error
            refusal = failed_plan(error, self._entries.map)
            self._note(planned, work, error=refusal)
            raise refusal from error
        entry = executed.entry
        created = replace(work, resource_id=dialect.id_of(entry)) if entry and not work.resource_id else work
        self._note(planned, created)
        note(self._entries.map, planned.findings)
        # Where a password was set last the version has moved on since; it is better not told than told wrongly.
        return entry if entry is None or executed.is_current else _without(entry, dialect.version_attribute)

    def outcome(
        self,
        planned: Planned,
        work: Work,
        *,
        known: Referents = NOBODY,
        expecting: tuple[type[DirectoryError], ...] = (),
    ) -> Resource:
        """Carry out a plan and show the resource that it leaves behind; raises what ``run`` does.

        Where the directory does not tell what became of an entry, what was planned is shown, without its version. Who
        has named a version works with versions, and is told the new one at the price of another search.
        """
        entry = self.run(planned, work, expecting=expecting)
        if entry is None and work.version is None:
            entry = planned.expected
        entry = entry or self._entries.at(planned.dn, wants=work.wants)
        return self._entries.resource(entry, wants=work.wants, known=known)

    def _note(self, planned: Planned, work: Work, *, error: ScimError | None = None) -> None:
        done = Done(
            action=work.action,
            domain=self._entries.domain.name,
            resource_type=self._entries.map.resource_type.name,
            resource_id=work.resource_id,
            plan=planned.plan,
            error=error,
        )
        self._record(done)


def _without(entry: Entry, attribute: str) -> Entry:
    kept = {name: values for name, values in entry.attributes.items() if name != attribute.lower()}
    return Entry(entry.dn, kept)
