"""Carrying out plans, recording them, and showing what came of them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Final

from app.directory.errors import DirectoryError, OutcomeUnknown
from app.directory.model import Entry, Search
from app.directory.plan import Executed, PlanFailed, execute
from app.mapping.references import Referents
from app.provisioning.entries import Entries
from app.provisioning.events import Course, Done, Record, begin, is_journal
from app.provisioning.failures import MADE_UNSHOWN, failed_plan, telling_that_it_was_made
from app.provisioning.findings import note, note_unmapped
from app.provisioning.guard import Sentry
from app.provisioning.identity import NOBODY
from app.provisioning.planning import Planned
from app.provisioning.primary import counted
from app.provisioning.target import Wants, everything
from app.scim.errors import NotFound, ServiceUnavailable
from app.scim.resource import Resource

CREATE: Final = "create"


@dataclass(frozen=True, slots=True)
class Work:
    """A write on the way: what it is called, what it is done to, and what is wanted of the outcome."""

    action: str
    resource_id: str = ""
    version: str | None = None
    wants: Wants = everything
    is_told_version: bool = False
    """Whether the outcome is shown with its version, also where that takes another search."""
    detail: str = ""
    """What is recorded of it besides."""
    is_anew: bool = False
    """Whether the entry is made again, and may have another id for it, which is what is recorded then."""


class Executor:
    """Carries out plans on one resource type's entries, and has each of them recorded."""

    def __init__(self, entries: Entries, record: Record, sentry: Sentry | None = None) -> None:
        self._entries = entries
        self._record = record
        self._sentry = sentry

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
            ScimError: for every other failure, and where the guard does not let the plan through.
        """
        with self._admitted(planned, work):
            return self._run(planned, work, expecting=expecting)

    def _admitted(self, planned: Planned, work: Work) -> AbstractContextManager[None]:
        if self._sentry is None:
            return nullcontext()
        return self._sentry.admit(self._entries, planned, action=work.action, resource_id=work.resource_id)

    def _run(
        self, planned: Planned, work: Work, *, expecting: tuple[type[DirectoryError], ...]
    ) -> Entry | None:
        dialect = self._entries.domain.dialect
        doing = self._doing(planned, work)
        course = begin(self._record, doing)
        try:
            self._refuse_unfit(planned)
            executed = self._executed(planned, work, course)
        except PlanFailed as error:
            if isinstance(error.cause, expecting) and error.undone:
                course.end(None)
                raise error.cause from error
            more = dialect.why_refused(planned.plan.operations, error.cause, self._first)
            error.cause.reason = more or error.cause.reason
            refusal = failed_plan(error, self._entries.map, is_followed_up=is_journal(self._record))
            _break_off(course, replace(doing, error=refusal), error)
            raise refusal from error
        except BaseException:
            course.abandon()
            raise
        if executed.entry is None and work.action == CREATE:
            executed = replace(executed, entry=self._made(planned, work, course), is_current=True)
        entry, done = executed.entry, replace(doing, plan=executed.plan)
        is_new = work.is_anew or not done.resource_id
        course.end(replace(done, resource_id=dialect.id_of(entry)) if entry and is_new else done)
        note(self._entries.map, planned.findings)
        note_unmapped(self._entries.map, planned.unmapped)
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
        if entry is None and not work.is_told_version:
            entry = planned.expected
        with telling_that_it_was_made():
            entry = entry or self._entries.at(planned.dn, wants=work.wants)
            if work.action == CREATE:
                # Nobody has a new group as the primary one.
                entry = counted(entry)
            return self._entries.resource(entry, wants=work.wants, known=known)

    def _made(self, planned: Planned, work: Work, course: Course) -> Entry:
        """Read an entry that was made by a directory that does not tell: its id is for the trail, and for who follows it."""
        try:
            with telling_that_it_was_made():
                return self._entries.at(planned.dn, wants=work.wants)
        except BaseException as error:
            # Recovery finds the id, and records it with that.
            course.note(len(planned.plan.steps), "")
            course.abandon()
            if isinstance(error, NotFound):
                raise ServiceUnavailable(MADE_UNSHOWN) from error
            raise

    def _refuse_unfit(self, planned: Planned) -> None:
        is_account = bool(self._entries.map.aspects)
        try:
            self._entries.domain.refuse_unfit(planned.plan.operations, is_account=is_account)
        except DirectoryError as error:
            raise PlanFailed(error, left=()) from error

    def _first(self, search: Search) -> Entry | None:
        """Read what explains a refusal; None where it cannot be read: the refusal is told all the same."""
        try:
            return next(self._entries.domain.directory.search(search), None)
        except DirectoryError:
            return None

    def _executed(self, planned: Planned, work: Work, course: Course) -> Executed:
        dialect = self._entries.domain.dialect

        def tell(made: int, entry: Entry | None) -> None:
            course.note(made, dialect.version_of(entry) if entry else "")

        wanted = self._entries.attributes(work.wants)
        return execute(planned.plan, self._entries.domain.directory, read_back=wanted, note=tell)

    def _doing(self, planned: Planned, work: Work) -> Done:
        return Done(
            action=work.action,
            domain=self._entries.domain.name,
            resource_type=self._entries.map.resource_type.name,
            resource_id=work.resource_id,
            plan=planned.plan,
            detail=work.detail,
        )


def _break_off(course: Course, failed: Done, error: PlanFailed) -> None:
    """End a write that failed, or leave to others what could not be undone."""
    if error.undone:
        course.end(failed)
        return
    is_unknown = isinstance(error.cause, OutcomeUnknown)
    course.leave(failed, error.left, made=len(error.left) - is_unknown)


def _without(entry: Entry, attribute: str) -> Entry:
    kept = {name: values for name, values in entry.attributes.items() if name != attribute.lower()}
    return Entry(entry.dn, kept)
