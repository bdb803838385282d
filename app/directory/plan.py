"""Plans: what a request will do to a directory, decided before anything is sent.

A plan is an ordered list of operations, each with the operation that undoes it where there is one. Executing,
previewing, auditing and undoing are all done from the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.directory import ldif
from app.directory.dn import Rdn
from app.directory.errors import DirectoryError
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, SetPassword
from app.directory.port import Directory


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a plan, and the one that undoes it; None where nothing can."""

    operation: Operation
    undo: Operation | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Operations in the order in which they are sent."""

    steps: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.steps)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations alone."""
        return tuple(step.operation for step in self.steps)

    @property
    def inverse(self) -> Plan:
        """What undoes the plan, as far as it can be undone."""
        undone = [Step(step.undo) for step in reversed(self.steps) if step.undo]
        return Plan(tuple(undone))

    def render(self) -> str:
        """Write the plan as LDIF, without secrets."""
        return ldif.render_operations(self.operations)


class PlanFailed(Exception):
    """A step of a plan failed.

    ``cause`` is the directory's error. ``undone`` tells whether all steps before it were undone; if not, ``left``
    are the steps that are still in force.
    """

    def __init__(self, cause: DirectoryError, *, left: tuple[Step, ...]) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.left = left

    @property
    def undone(self) -> bool:
        """Whether the directory is as it was before the plan."""
        return not self.left


def step(operation: Operation, before: Entry | None = None) -> Step:
    """Make a step, with its inverse worked out from the entry as it was ``before``."""
    return Step(operation, invert(operation, before))


def plan(operations: Iterable[Operation], before: Entry | None = None) -> Plan:
    """Make a plan of operations on one entry."""
    return Plan(tuple(step(operation, before) for operation in operations))


@dataclass(frozen=True, slots=True)
class Executed:
    """What came back from a plan that was carried out.

    ``entry`` is the entry as last read back, None where the server cannot. ``is_current`` is False where a later
    step, such as a password change, may have moved the entry's version since.
    """

    entry: Entry | None = None
    is_current: bool = False


def execute(planned: Plan, directory: Directory, *, read_back: Sequence[str] = ()) -> Executed:
    """Carry out a plan, reading the entry back on the way where the directory can.

    Raises:
        PlanFailed: at the first step that fails, after the steps before it have been undone.
    """
    outcome = Executed()
    for index, current in enumerate(planned.steps):
        try:
            entry = directory.execute(current.operation, read_back=read_back)
        except DirectoryError as error:
            raise PlanFailed(error, left=_undo(planned.steps[:index], directory)) from error
        outcome = Executed(entry, is_current=True) if entry else Executed(outcome.entry)
    return outcome


def _undo(done: tuple[Step, ...], directory: Directory) -> tuple[Step, ...]:
    left = []
    for current in reversed(done):
        if current.undo is None:
            left.append(current)
            continue
        try:
            directory.execute(current.undo)
        except DirectoryError:
            left.append(current)
    return _without_vanished(tuple(reversed(left)), done)


def _without_vanished(left: tuple[Step, ...], done: tuple[Step, ...]) -> tuple[Step, ...]:
    # What was done to an entry is gone with the entry: a password set on one that was then deleted is no remainder.
    removed = {
        current.operation.dn for current in done if isinstance(current.operation, Add) and current not in left
    }
    return tuple(current for current in left if current.operation.dn not in removed)


def invert(operation: Operation, before: Entry | None) -> Operation | None:
    """Work out what undoes an operation on the entry as it was ``before``; None where nothing does."""
    match operation:
        case Add(dn=dn):
            return Delete(dn)
        case Delete(dn=dn):
            return Add(dn, dict(before.attributes)) if before else None
        case Rename():
            return _invert_rename(operation)
        case Modify():
            return _invert_modify(operation, before) if before else None
        case SetPassword():
            return None


def _invert_rename(operation: Rename) -> Rename:
    parent = None if operation.new_parent is None else operation.dn.parent
    return Rename(operation.new_dn, Rdn(operation.dn.rdn.avas), parent)


def _invert_modify(operation: Modify, before: Entry) -> Modify:
    touched = dict.fromkeys(change.attribute for change in operation.changes)
    restored = tuple(Change("replace", name, before.values(name)) for name in touched)
    return Modify(operation.dn, restored)
