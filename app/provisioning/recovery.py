"""Seeing to writes that were broken off, from the intents that they left behind, and recording what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.model import Add, Entry, Search
from app.directory.plan_text import load_steps
from app.directory.recovery import BrokenOff, Ending, Knowledge, NeedsPerson, settle
from app.mapping.transforms import generalized_time_to_scim
from app.provisioning.configuration import Configurations
from app.provisioning.domain import Domain
from app.store.audit import Audit, AuditEvent, AuditFilter
from app.store.intents import Intent, Intents
from app.telemetry import get_logger

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a directory's clock may be from ours."""
_SAID = {
    Ending.MADE: "It had been made when Landbridge was interrupted.",
    Ending.UNDONE: "Landbridge was interrupted in the middle of it; it has been undone.",
    Ending.NOT_MADE: "Landbridge was interrupted before it was made.",
    Ending.UNKNOWN: "Landbridge was interrupted; whether it was made the directory does not tell.",
}
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of an intent: its ending, or why it is still there."""

    intent: Intent
    ending: Ending | None
    reason: str = ""


class Recovery:
    """Brings to an end what nobody is working on any more."""

    def __init__(self, intents: Intents, audit: Audit, configurations: Configurations) -> None:
        self._intents = intents
        self._audit = audit
        self._configurations = configurations

    def run(self, *, at_once: bool = False) -> list[Recovered]:
        """See to all that was left behind; what cannot be seen to now stays for the next time.

        ``at_once`` goes by the clock for what is held elsewhere, and does not first look for signs of life.
        """
        return list(self._run(at_once=at_once))

    def _run(self, *, at_once: bool) -> Iterator[Recovered]:
        silent: set[str] = set()
        for intent in self._intents.orphans(at_once=at_once):
            if intent.domain not in silent and self._intents.claim(intent):
                recovered = self.see_to(intent)
                if recovered.ending is None:
                    silent.add(intent.domain)
                _log.info(
                    "intent_recovered",
                    intent=intent.id,
                    domain=intent.domain,
                    ending=recovered.ending.value if recovered.ending else "",
                    reason=recovered.reason,
                )
                yield recovered

    def see_to(self, intent: Intent) -> Recovered:
        """See to an intent that was claimed."""
        domain = self._configurations.current().domains.get(intent.domain)
        if domain is None:
            self._intents.abandon(intent.id)
            return Recovered(intent, None, f"the domain {intent.domain} cannot be used at present")
        steps = load_steps(intent.steps)
        broken = BrokenOff(steps, min(intent.made, len(steps)), intent.version, is_rest=intent.is_rest)
        look = _Look(domain, intent.time, intent.alive_until, self._audit)
        try:
            known = Knowledge(look.version_of, look.is_ours, look.is_untouched)
            ending = settle(broken, domain.directory, known)
            resource_id = intent.resource_id or look.id_of_added(broken) if ending is Ending.MADE else ""
        except NeedsPerson as error:
            self._intents.needs_a_person(intent.id, str(error))
            return Recovered(intent, None, str(error))
        except DirectoryError as error:
            self._intents.abandon(intent.id)
            return Recovered(intent, None, str(error))
        except BaseException:
            self._intents.abandon(intent.id)
            raise
        self._intents.end(intent.id, _event(intent, ending, resource_id or intent.resource_id))
        return Recovered(intent, ending)


def _event(intent: Intent, ending: Ending, resource_id: str) -> AuditEvent:
    return AuditEvent(
        actor=intent.actor,
        action=intent.action,
        outcome="done" if ending is Ending.MADE else "failed",
        request_id=intent.request_id,
        application=intent.application,
        domain=intent.domain,
        resource_type=intent.resource_type,
        resource_id=resource_id,
        plan=intent.plan,
        detail=_SAID[ending],
        steps=intent.steps if ending is Ending.MADE and not intent.is_rest else "",
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """Looks at the entries of a plan that was begun at a time, and worked on until another at the latest."""

    domain: Domain
    begun: datetime
    until: datetime
    audit: Audit

    def version_of(self, dn: Dn) -> str | None:
        dialect = self.domain.dialect
        entry = self._read(dn, *dialect.version_attributes)
        return dialect.version_of(entry) if entry else None

    def is_ours(self, dn: Dn) -> bool:
        """Tell whether an entry can be the one that was made: not older than that, and unknown to the trail."""
        dialect = self.domain.dialect
        entry = self._read(dn, dialect.id_attribute, dialect.created_attribute)
        if entry is None:
            return False
        is_older = _moment(entry, dialect.created_attribute) < self.begun - CLOCKS_DIFFER
        return not is_older and not self.audit.page(
            AuditFilter(domain=self.domain.name, resource_id=dialect.id_of(entry)), limit=1
        )

    def is_untouched(self, dn: Dn) -> bool:
        """Tell whether nobody has changed an entry after the plan was worked on."""
        changed = self.domain.dialect.modified_attribute
        entry = self._read(dn, changed)
        return entry is None or _moment(entry, changed) <= self.until + CLOCKS_DIFFER

    def id_of_added(self, broken: BrokenOff) -> str:
        """Return the id of the entry that was made."""
        for step in broken.steps:
            if isinstance(step.operation, Add):
                entry = self._read(step.operation.dn, self.domain.dialect.id_attribute)
                return self.domain.dialect.id_of(entry) if entry else ""
        return ""

    def _read(self, dn: Dn, *attributes: str) -> Entry | None:
        search = Search(dn, "base", attributes=attributes, size_limit=1)
        return next(iter(self.domain.directory.search(search)), None)


def _moment(entry: Entry, attribute: str) -> datetime:
    """Read a time of an entry; raise NeedsPerson where it is not shown."""
    try:
        return datetime.fromisoformat(str(generalized_time_to_scim(entry.first(attribute) or b"")))
    except ValueError as error:
        raise NeedsPerson(
            f"{attribute} of {entry.dn} cannot be read, so nobody can tell whose entry it is"
        ) from error
