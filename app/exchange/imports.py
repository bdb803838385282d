"""Importing as a service: what the command, the Admin API and the console call."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import IO, Final

from app.access.application import RESIDENT
from app.exchange.batch import Ground
from app.exchange.importing import Import, Order
from app.exchange.results import OUTCOMES, Result
from app.provisioning.events import Record, noting
from app.provisioning.guard import Sentry
from app.provisioning.rehearsal import rehearsal_of
from app.provisioning.routing import Destination, Router
from app.provisioning.trail import DONE, FAILED, Origin
from app.scim.errors import NotFound
from app.store.audit import Audit, AuditEvent
from app.store.import_runs import Run

USER: Final = "User"
ACTION: Final = "import"


@dataclass(frozen=True, slots=True)
class Errand:
    """Where a table goes, on whose behalf, and who keeps account and watch of it."""

    domain: str
    origin: Origin
    record: Record
    sentry: Sentry
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class Imports:
    """Imports tables of users into domains."""

    router: Router
    audit: Audit

    def open(self, file: IO[bytes], domain: str, order: Order) -> Import:
        """Read a table's header; raise InvalidTable, and ScimError where the domain cannot be used."""
        schema_map = self.router.domain(Destination(RESIDENT, domain)).maps.get(USER)
        if schema_map is None:
            raise NotFound(f"The user store domain {domain} has no {USER} resources.")
        return Import(file, schema_map, order)

    def run(self, work: Import, errand: Errand) -> Generator[Result, None, None]:
        """Import the rows, and yield what became of each; what was done is recorded, also where it is broken off.

        Raises:
            InvalidTable: if the table cannot be read any further.
            BrokenOff: if the directory no longer answers.
        """
        record = noting(errand.record)
        sentry = rehearsal_of(errand.sentry) if errand.is_rehearsal else errand.sentry
        target = self.router.target(USER, Destination(RESIDENT, errand.domain), record=record, sentry=sentry)
        is_whole = False
        try:
            yield from work.run(Ground(target, record.take, errand.is_rehearsal))
            is_whole = True
        finally:
            if not errand.is_rehearsal:
                self._note(work, errand, is_whole=is_whole)

    def note_lost(self, run: Run) -> None:
        """Record of an import that its process has ended in the middle of it."""
        counts = ", ".join(f"{run.content.get(outcome, 0)} {outcome}" for outcome in OUTCOMES)
        detail = f"{counts} at least; its process ended at row {run.last_row}"
        self.audit.record(_event(Origin(run.actor, "", ""), run.domain, FAILED, detail))

    def _note(self, work: Import, errand: Errand, *, is_whole: bool) -> None:
        broken = "" if is_whole else f"; broken off after row {work.tally.last_row}"
        outcome = DONE if is_whole else FAILED
        self.audit.record(_event(errand.origin, errand.domain, outcome, f"{work.tally}{broken}"))


def _event(origin: Origin, domain: str, outcome: str, detail: str) -> AuditEvent:
    return AuditEvent(
        actor=origin.actor,
        action=ACTION,
        outcome=outcome,
        request_id=origin.request_id,
        application=origin.application,
        domain=domain,
        resource_type=USER,
        detail=detail,
    )
