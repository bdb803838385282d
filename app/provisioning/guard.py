"""The mass-change guard: weighs a plan before it is sent, and holds what is more than the limits allow.

A domain's limits count what all applications do there, an application's what it does wherever. A held change is
answered so that the client tries again, and is let through once somebody has approved it; see ``app.store.held_changes``.
Protected entries are never changed, whatever the limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar

from app.directory.errors import DirectoryError
from app.provisioning.entries import Entries
from app.provisioning.failures import to_scim_error
from app.provisioning.planning import Planned
from app.provisioning.scales import Crowd, Populations, Scales, Scope, members_of
from app.provisioning.weight import weigh
from app.scim.errors import Forbidden, ScimError, TooManyRequests
from app.store.change_limits import UNLIMITED, ChangeLimits, Kind
from app.store.held_changes import Change, HeldChange, HeldChanges
from app.store.unusable import regardless

TRY_AGAIN_SECONDS = 900


class ChangeHeld(Exception):
    """The cause of a refusal: a change waits for somebody to decide, or was rejected."""

    def __init__(self, held: HeldChange, reason: str) -> None:
        super().__init__(reason)
        self.held = held
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Sentry:
    """The guard of one request: who sends it, and how much it has changed already."""

    book: HeldChanges
    populations: Populations
    actor: str
    application: str
    limits: ChangeLimits = UNLIMITED
    """Those of the application."""
    so_far: Counter[Kind] = field(default_factory=Counter)
    is_rehearsal: ClassVar[bool] = False
    """Whether nothing is let through, whatever it is."""

    @contextmanager
    def admit(self, entries: Entries, planned: Planned, *, action: str, resource_id: str) -> Iterator[None]:
        """Let a plan be carried out within the block, and count it, if the limits allow it.

        Raises:
            Forbidden: if an entry is protected, or the change is held or was rejected.
            TooManyRequests: the same, where the limits say so.
        """
        self._refuse_protected(entries, planned)
        amounts = weigh(action, planned, entries.map.references)
        if not amounts or not (self.limits.limits or entries.domain.guard.limits):
            yield
            return
        change = Change(
            actor=self.actor,
            application=self.application,
            domain=entries.domain.name,
            resource_type=entries.map.resource_type.name,
            resource_id=resource_id,
            action=action,
            amounts=amounts,
            plan=planned.plan.render(),
        )
        crowd = Crowd(lambda: self.populations.of(entries), lambda: members_of(entries, planned))
        with self.counted(change, crowd, domain=entries.domain.guard) as release:
            try:
                yield
            except (DirectoryError, ScimError) as error:
                if not isinstance(error, ScimError) or error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    release()
                raise

    @contextmanager
    def counted(
        self, change: Change, crowd: Crowd, *, domain: ChangeLimits = UNLIMITED
    ) -> Iterator[Callable[[], None]]:
        """Let a change be made within the block, and count it, if the limits allow it; raises what ``admit`` does.

        What is handed to the block has it counted no longer, where it comes to nothing there.
        """
        pledge = self.book.pledge(change.application, change.domain, change.amounts)
        try:
            self._weigh(change, crowd, domain)
        except (DirectoryError, ScimError):
            self.book.release(pledge)
            raise
        self.so_far.update(change.amounts)

        def release() -> None:
            with regardless():
                self.book.release(pledge)
            self.so_far.subtract(change.amounts)

        yield release

    def _refuse_protected(self, entries: Entries, planned: Planned) -> None:
        try:
            is_protected = entries.domain.protection.covers(planned.plan, entries.domain.directory)
        except DirectoryError as error:
            raise to_scim_error(error, entries.map) from error
        if is_protected:
            raise Forbidden("The entry is protected: it cannot be changed through Landbridge.")

    def _weigh(self, change: Change, crowd: Crowd, domain: ChangeLimits) -> None:
        scales = Scales(self.book, crowd, self.so_far)
        scopes = (
            Scope(self.limits, f"application {change.application}", application=change.application),
            Scope(domain, f"domain {change.domain}", domain=change.domain),
        )
        for scope in scopes:
            reason = scales.excess(change.amounts, scope)
            if reason:
                self._settle(change, f"{reason} ({scope.name})", scope.limits)
                return

    def _settle(self, change: Change, reason: str, limits: ChangeLimits) -> None:
        """Go by what was decided on a change that is too much; hold it where nothing was."""
        decision = self.book.decision(change)
        if decision and decision.state == "approved" and _is_enough(decision, change):
            if self.book.use(decision):
                return
        elif decision and decision.state == "rejected":
            rejected = f"An operator has rejected the change (held change {decision.id}): {reason}."
            raise Forbidden(rejected) from ChangeHeld(decision, reason)
        held = self.book.hold(change, reason)
        detail = (
            f"The change is held until an operator approves it (held change {held.id}): {reason}. "
            "Nothing was changed; send it again later."
        )
        if limits.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise TooManyRequests(detail, retry_after_seconds=TRY_AGAIN_SECONDS) from ChangeHeld(held, reason)
        raise Forbidden(detail) from ChangeHeld(held, reason)


def _is_enough(approved: HeldChange, change: Change) -> bool:
    """Tell whether no more is changed than what was approved."""
    return all(amount <= approved.amounts.get(kind, 0) for kind, amount in change.amounts.items())
