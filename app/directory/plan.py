"""Plans: what a request will do to a directory, decided before anything is sent.

A plan is an ordered list of operations, each with the operation that undoes it where there is one. Executing,
previewing, auditing and undoing are all done from the same plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import assert_never

from app.directory import ldif
from app.directory.dialects.vocabulary import KEPT_ATTRIBUTES, KEPT_ID
from app.directory.dn import Ava, Dn
from app.directory.errors import DirectoryError, NoSuchEntry, NoSuchValue, OutcomeUnknown
from app.directory.model import (
    Add,
    Change,
    Delete,
    Entry,
    Modify,
    Operation,
    Rename,
    SetPassword,
)
from app.directory.port import Directory

WHOLE = ("*", *KEPT_ATTRIBUTES)
"""All attributes that anybody may set (RFC 4511 §4.5.1.8), and those that an entry is known by."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a plan, and the one that undoes it; None where nothing can."""

    operation: Operation
    undo: Operation | None = None
    is_elsewhere: bool = False
    """Whether it is about another entry than the plan is, one that refers to it for instance."""


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
    are the steps that are still in force, or may be, where the connection was lost.
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
    plan: Plan = field(default_factory=Plan)
    """What was carried out, with what undoes a delete, where the directory told what was deleted."""


_SEEN_TO = (NoSuchEntry, NoSuchValue)
"""What another entry answers where somebody, or an overlay, has seen to it already."""

Note = Callable[[int, Entry | None], None]
"""Is told how many steps have been made, and what the entry is now, where the directory said so."""


def execute(
    planned: Plan,
    directory: Directory,
    *,
    read_back: Sequence[str] = (),
    note: Note = lambda _made, _entry: None,
) -> Executed:
    """Carry out a plan, reading the entry back on the way where the directory can; ``note`` hears of all steps but the last.

    Raises:
        PlanFailed: at the first step that fails, after the steps before it have been undone.
    """
    outcome, steps = Executed(), list(planned.steps)
    for index, current in enumerate(planned.steps):
        is_delete = isinstance(current.operation, Delete)
        try:
            entry = _made_one(current, directory, WHOLE if is_delete else read_back)
        except DirectoryError as error:
            raise PlanFailed(error, left=_left(tuple(steps[: index + 1]), error, directory)) from error
        if is_delete:
            steps[index], entry = _with_image(current, entry), None
        if not current.is_elsewhere:
            outcome = Executed(entry, is_current=True) if entry else Executed(outcome.entry)
        if index + 1 < len(planned.steps):
            note(index + 1, entry)
    return replace(outcome, plan=Plan(tuple(steps)))


def _with_image(current: Step, before: Entry | None) -> Step:
    """Have a delete undone by what was deleted, but for its secrets, where it was one entry."""
    if before is None or (isinstance(current.operation, Delete) and current.operation.with_below):
        return current
    kept = {name: values for name, values in before.attributes.items() if not ldif.is_secret(name)}
    return replace(current, undo=invert(current.operation, Entry(before.dn, kept)))


def _made_one(current: Step, directory: Directory, read_back: Sequence[str]) -> Entry | None:
    if not current.is_elsewhere:
        return directory.execute(current.operation, read_back=read_back)
    with suppress(*_SEEN_TO):
        directory.execute(current.operation)
    return None


def _left(begun: tuple[Step, ...], error: DirectoryError, directory: Directory) -> tuple[Step, ...]:
    """Undo all steps but the last one, which failed; return what remains of them."""
    done, last = begun[:-1], begun[-1]
    if not isinstance(error, OutcomeUnknown):
        return _without_vanished(_undo(done, directory), done)
    # Nobody knows whether the last step was made. On an entry that was made here that does not matter: it is removed.
    # Otherwise nothing is undone: the last step may yet turn out to have been made, and the plan with it.
    if last.operation.dn not in _made(done):
        return begun
    return _without_vanished((*_undo(done, directory), last), done)


def _undo(done: tuple[Step, ...], directory: Directory) -> tuple[Step, ...]:
    """Undo steps, the last one first, as far as that can be done in this order."""
    left: list[Step] = []
    for index, current in reversed(list(enumerate(done))):
        if current.undo is None:
            left.insert(0, current)
            continue
        try:
            directory.execute(current.undo)
        except DirectoryError:
            # What came before it is undone after it or not at all: its entry may have had another name then.
            return (*done[: index + 1], *left)
    return tuple(left)


def _without_vanished(left: tuple[Step, ...], done: tuple[Step, ...]) -> tuple[Step, ...]:
    # What was done to an entry is gone with the entry: a password set on one that was then deleted is no remainder.
    vanished = _made(tuple(each for each in done if not isinstance(each.operation, Add) or each not in left))
    return tuple(current for current in left if current.operation.dn not in vanished)


def _made(steps: tuple[Step, ...]) -> set[Dn]:
    """Name the entries that steps make, by all the names that they get."""
    names: set[Dn] = set()
    for current in steps:
        match current.operation:
            case Add(dn=dn):
                names.add(dn)
            case Rename(dn=dn) as rename if dn in names:
                names.add(rename.new_dn)
    return names


def invert(operation: Operation, before: Entry | None) -> Operation | None:
    """Work out what undoes an operation on the entry as it was ``before``; None where nothing does.

    ``before`` must hold the attributes that the operation replaces or deletes as a whole.
    """
    match operation:
        case Add(dn=dn):
            return Delete(dn)
        case Delete(dn=dn):
            return _invert_delete(dn, before)
        case Rename():
            return _invert_rename(operation, before)
        case Modify():
            return _invert_modify(operation, before)
        case SetPassword():
            return None
    assert_never(operation)


def _invert_delete(dn: Dn, before: Entry | None) -> Add | None:
    # Without its object classes the entry was read in part, and cannot be made again.
    if before is None or not before.values("objectClass"):
        return None
    kept = {name: before.values(name) for name in KEPT_ATTRIBUTES if before.values(name)}
    names = {name.lower() for name in kept}
    attributes = {name: values for name, values in before.attributes.items() if name not in names}
    return Add(dn, attributes, kept if KEPT_ID in kept else {})


def _invert_rename(operation: Rename, before: Entry | None) -> Rename:
    parent = None if operation.new_parent is None else operation.dn.parent
    had_new = before is not None and all(_has(before, ava) for ava in operation.rdn.avas)
    return Rename(operation.new_dn, operation.dn.rdn, parent, keeps_old=had_new)


def _has(entry: Entry, ava: Ava) -> bool:
    return any(
        Ava(ava.attribute, value.decode("utf-8", "replace")).key == ava.key
        for value in entry.values(ava.attribute)
    )


def _invert_modify(operation: Modify, before: Entry | None) -> Modify | None:
    if before is None or any(ldif.is_secret(change.attribute) for change in operation.changes):
        return None
    undone = [_invert_change(change, before) for change in reversed(operation.changes)]
    changes = tuple(change for change in undone if change.values or change.kind == "replace")
    return Modify(operation.dn, changes, permissive=operation.permissive)


def _invert_change(change: Change, before: Entry) -> Change:
    present = before.values(change.attribute)
    match change.kind:
        case "add":
            # A permissive modify may add what was there before.
            return Change("delete", change.attribute, tuple(v for v in change.values if v not in present))
        case "delete" if change.values:
            return Change("add", change.attribute, change.values)
        case _:
            return Change("replace", change.attribute, present)
