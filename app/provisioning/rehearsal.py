"""A guard that lets nothing through: what a request would do is planned, weighed and checked, and then not sent.

It is the guard of a dry run. What it refuses the guard would refuse, and what would be done goes as far as the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, NoReturn

from app.directory.errors import DirectoryError
from app.provisioning.entries import Entries
from app.provisioning.failures import to_scim_error
from app.provisioning.guard import Sentry
from app.provisioning.planning import Planned
from app.provisioning.scales import Crowd, Scales, Scope, members_of
from app.provisioning.weight import weigh
from app.scim.errors import Forbidden
from app.store.change_limits import Kind
from app.store.held_changes import HeldChanges


class Rehearsed(Exception):
    """A plan would have been carried out now. No refusal: whoever rehearses is waiting for it."""

    def __init__(self, planned: Planned) -> None:
        super().__init__(f"would be carried out: {planned.dn}")
        self.planned = planned


@dataclass(frozen=True, slots=True)
class Rehearsal(Sentry):
    """The guard of a request that is only rehearsed."""

    is_rehearsal: ClassVar[bool] = True

    def admit(self, entries: Entries, planned: Planned, *, action: str, resource_id: str) -> NoReturn:
        """Raise what would be raised, or Rehearsed.

        Raises:
            Forbidden: if an entry is protected, or the change would be held.
            ScimError: if the directory is known not to take it.
        """
        del resource_id
        self._refuse_protected(entries, planned)
        self._refuse_excess(entries, planned, weigh(action, planned, entries.map.references))
        try:
            entries.domain.refuse_unfit(planned.plan.operations, is_account=bool(entries.map.aspects))
        except DirectoryError as error:
            raise to_scim_error(error, entries.map) from error
        raise Rehearsed(planned)

    def _refuse_excess(self, entries: Entries, planned: Planned, amounts: Mapping[Kind, int]) -> None:
        crowd = Crowd(lambda: self.populations.of(entries), lambda: members_of(entries, planned))
        imagined = _Imagined(self.book, {kind: self.so_far[kind] + amounts[kind] for kind in amounts})
        scales = Scales(imagined, crowd, self.so_far)
        scopes = (
            Scope(self.limits, f"application {self.application}", application=self.application),
            Scope(entries.domain.guard, f"domain {entries.domain.name}", domain=entries.domain.name),
        )
        for scope in scopes:
            reason = scales.excess(amounts, scope)
            if reason:
                raise Forbidden(f"The change would be held until an operator approves it: {reason}.")
        self.so_far.update(amounts)


def rehearsal_of(sentry: Sentry) -> Rehearsal:
    """Return a guard with the same limits that lets nothing through."""
    return Rehearsal(sentry.book, sentry.populations, sentry.actor, sentry.application, sentry.limits)


@dataclass(frozen=True, slots=True)
class _Imagined:
    """What would be counted had the rehearsal been none."""

    book: HeldChanges
    amounts: Mapping[Kind, int] = field(default_factory=dict)

    def total(
        self, kind: Kind, window: timedelta, *, domain: str | None = None, application: str | None = None
    ) -> int:
        counted = self.book.total(kind, window, domain=domain, application=application)
        return counted + self.amounts.get(kind, 0)
