"""What is being done, has been done, or was tried, for whoever keeps account of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeGuard

from app.directory.plan import Plan, Step
from app.scim.errors import ScimError


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One write: what it was, by which plan, and with which error if it failed."""

    action: str
    domain: str
    resource_type: str
    resource_id: str
    plan: Plan
    error: ScimError | None = None
    detail: str = ""
    """What there is to say of it besides, where it succeeded."""


Record = Callable[[Done], None]


class Course(Protocol):
    """A write on its way, known to others should this process end in the middle."""

    def note(self, made: int, version: str) -> None:
        """Note how many steps have been made, and the entry's version after them."""
        ...

    def end(self, done: Done | None) -> None:
        """Say how it went; None where nothing was done that is worth recording."""
        ...

    def leave(self, done: Done, steps: Sequence[Step], *, made: int) -> None:
        """Say how it went until now, and leave steps that are still in force; past those ``made`` they may be.

        Where these are all steps of the plan it may yet turn out that it was carried out.
        """
        ...

    def abandon(self) -> None:
        """Leave it as it is: nobody knows how it went."""
        ...


class Journal(Protocol):
    """A record that knows of writes before they begin."""

    def __call__(self, done: Done) -> None:
        """Record what was done."""
        ...

    def begin(self, doing: Done) -> Course:
        """Make known what is about to be done."""
        ...


def is_journal(record: Record) -> TypeGuard[Journal]:
    """Tell whether a record knows of writes before they begin."""
    return hasattr(record, "begin")


def begin(record: Record, doing: Done) -> Course:
    """Begin a write: known to others where the record is a journal."""
    return record.begin(doing) if is_journal(record) else _Unknown(record)


@dataclass(slots=True)
class Noting:
    """A record that knows whether anything was recorded, or begun, since it was asked last."""

    record: Record
    is_noted: bool = False

    def __call__(self, done: Done) -> None:
        self.is_noted = True
        self.record(done)

    def take(self) -> bool:
        """Tell whether there was anything, and forget it."""
        noted, self.is_noted = self.is_noted, False
        return noted


@dataclass(slots=True)
class NotingJournal(Noting):
    """The same of a journal."""

    def begin(self, doing: Done) -> Course:
        """Make known what is about to be done."""
        self.is_noted = True
        return begin(self.record, doing)


def noting(record: Record) -> Noting:
    """Watch a record, and leave it as it is."""
    return NotingJournal(record) if is_journal(record) else Noting(record)


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A write that is recorded once it is over."""

    record: Record

    def note(self, made: int, version: str) -> None:
        del made, version

    def end(self, done: Done | None) -> None:
        if done is not None:
            self.record(done)

    def leave(self, done: Done, steps: Sequence[Step], *, made: int) -> None:
        del steps, made
        self.record(done)

    def abandon(self) -> None:
        pass
