"""Undoing what was done earlier, by the inverse that was worked out at the time, if nobody has been at it since.

Whether that is so the directory tells: everything that the change wanted must still be there. What others have changed
elsewhere in the entry stays. A delete is taken back where the directory told what it deleted (RFC 4527), by another
entry of the same name, or by one that has the old one's id where the server lets the service account set it (OpenLDAP:
the right to manage). Members who joined or left are taken back by who made a difference, since nothing else is sent of
them; of very many in a directory without assertions it is not asked who that was. A password cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.directory.dialects.vocabulary import KEPT_ID
from app.directory.errors import DirectoryError
from app.directory.filters import Equals
from app.directory.model import Add, Entry, Modify, Operation, Rename, Search
from app.directory.plan import Plan, Step
from app.directory.plan_text import load_steps
from app.directory.prediction import predict
from app.directory.resolution import Verdict, resolve
from app.provisioning.configuration import Configurations
from app.provisioning.domain import Domain
from app.provisioning.events import Record
from app.provisioning.executor import Executor, Work
from app.provisioning.failures import to_scim_error
from app.provisioning.guard import Sentry
from app.provisioning.planning import Planned
from app.provisioning.preview import with_map
from app.provisioning.target import nothing
from app.provisioning.trail import DONE
from app.scim.errors import Conflict, NotFound
from app.store.audit import Audit, AuditEntry

ACTION = "undo"


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoes an entry of the trail. ``notes`` are what will not be as it was."""

    entry: AuditEntry
    plan: Plan
    notes: tuple[str, ...] = ()


class Undo:
    """Undoes entries of the audit trail."""

    def __init__(self, audit: Audit, configurations: Configurations) -> None:
        self._audit = audit
        self._configurations = configurations

    def plan(self, number: int) -> Undoing:
        """Say what undoes an entry, checked against the present state.

        Raises:
            NotFound: if there is no such entry.
            Conflict: if it cannot be undone, or somebody has changed since what it changed.
        """
        entry, steps = self._recorded(number)
        domain = self._domain(entry)
        _refuse_changed(steps, domain)
        _refuse_present(steps, domain)
        return Undoing(entry, _inverse(steps), tuple(_notes(steps, domain)))

    def run(self, number: int, record: Record, sentry: Sentry | None = None) -> Undoing:
        """Undo an entry, and have that recorded; ``notes`` tell then what is not as it was.

        Raises what ``plan`` does, and ScimError where the guard or the directory refuses.
        """
        undoing = self.plan(number)
        domain, entry, plan = self._domain(undoing.entry), undoing.entry, undoing.plan
        schema_map = domain.maps.get(entry.resource_type)
        if schema_map is None:
            raise Conflict(
                f"The user store domain {domain.name} has no {entry.resource_type} resources any more."
            )
        executor = Executor(with_map(domain, schema_map), record, sentry)
        made = _made_again(plan.operations)
        if made is None:
            last = plan.operations[-1]
            name = last.new_dn if isinstance(last, Rename) else last.dn
            executor.run(Planned(plan, name), Work(ACTION, entry.resource_id, wants=nothing))
            return undoing
        # Recorded is the id that it has now: by that connectors find it.
        work = Work(ACTION, entry.resource_id, wants=nothing, is_anew=True)
        found = executor.run(Planned(plan, made.dn), work)
        resource_id = domain.dialect.id_of(found) if found else ""
        outcome = "its id again" if resource_id == entry.resource_id else f"another id, {resource_id}"
        return replace(undoing, notes=(f"The entry has {outcome}, and {_lost(plan.operations)}.",))

    def can(self, entry: AuditEntry) -> bool:
        """Tell whether something was kept that undoes an entry; whether it still may, ``plan`` tells."""
        return entry.outcome == DONE and bool(entry.domain) and bool(Plan(self._steps(entry)).inverse)

    def _recorded(self, number: int) -> tuple[AuditEntry, tuple[Step, ...]]:
        entry = self._audit.get(number)
        if entry is None:
            raise NotFound(f"There is no entry {number} in the trail.")
        steps = self._steps(entry)
        if entry.outcome != DONE or not Plan(steps).inverse:
            raise Conflict("Nothing was kept of this that could undo it.")
        return entry, steps

    def _steps(self, entry: AuditEntry) -> tuple[Step, ...]:
        text = self._audit.steps(entry.id)
        return load_steps(text) if text else ()

    def _domain(self, entry: AuditEntry) -> Domain:
        domain = self._configurations.current().domains.get(entry.domain)
        if domain is None:
            raise Conflict(f"The user store domain {entry.domain} cannot be used at present.")
        return domain


def _inverse(steps: Sequence[Step]) -> Plan:
    """Return what undoes steps, which can be undone in its turn."""
    undone = [(step.undo, step.operation) for step in reversed(steps) if step.undo]
    made = _made_again(undo for undo, _ in undone)
    return Plan(
        tuple(
            Step(undo, operation, is_elsewhere=made is not None and undo.dn != made.dn)
            for undo, operation in undone
        )
    )


def _made_again(operations: Iterable[Operation]) -> Add | None:
    """Return the entry that is made again, the uppermost of a tree: those deleted first come back last."""
    return next((each for each in operations if isinstance(each, Add)), None)


def _refuse_changed(steps: Sequence[Step], domain: Domain) -> None:
    for operation in _lasting(steps):
        if resolve(operation, domain.directory) is not Verdict.MADE:
            raise Conflict(
                "Somebody has changed since what this changed, or the directory does not tell: "
                f"{operation.dn} is not as it was left."
            )


def _refuse_present(steps: Sequence[Step], domain: Domain) -> None:
    """Refuse to give an id to a second entry: who was deleted may be there again under another name."""
    kept = [step.undo for step in steps if isinstance(step.undo, Add) and step.undo.kept]
    for again in kept:
        wanted = Equals(KEPT_ID, again.kept[KEPT_ID][0])
        search = Search(domain.base, "subtree", wanted, attributes=("1.1",), size_limit=1)
        try:
            present = next(iter(domain.directory.search(search)), None)
        except DirectoryError as error:
            raise to_scim_error(error) from error
        if present is not None:
            raise Conflict(f"{again.dn} is there again, as {present.dn}.")


def _lasting(steps: Sequence[Step]) -> Iterator[Operation]:
    """Yield what steps that can be undone have left behind, as far as no later one of the same plan undoes that with it."""
    for index, step in enumerate(steps):
        later = [each for each in steps[index + 1 :] if each.operation.dn == step.operation.dn]
        if step.undo and not any(each.undo for each in later):
            yield _left(step.operation, [each.operation for each in later])


def _left(operation: Operation, later: Sequence[Operation]) -> Operation:
    """Return what an operation comes to with those after it: Active Directory's accounts are opened when they have a password."""
    if not isinstance(operation, Add):
        return operation
    made = predict(Entry.of(operation.dn, operation.attributes), later, unknown=())
    return Add(operation.dn, made.attributes)


def _notes(steps: Sequence[Step], domain: Domain) -> Iterator[str]:
    is_new = any(isinstance(step.operation, Add) for step in steps)
    if any(step.undo is None for step in steps) and not is_new:
        yield "A password that was set stays, since the old one is not known."
    made = _made_again(step.undo for step in steps if step.undo)
    if made is not None:
        can_keep = made.kept and domain.dialect.id_attribute == KEPT_ID
        but = " unless the directory lets the service account set it" if can_keep else ""
        yield f"The entry gets another id{but}, and {_lost([step.operation for step in steps])}."
    if is_new:
        yield "What others have added to the entry since is deleted with it."


def _lost(operations: Sequence[Operation]) -> str:
    are_ours = any(isinstance(each, Modify) for each in operations)
    return "not its password" if are_ours else "neither its password nor its memberships"
