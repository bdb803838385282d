"""Compiling SCIM writes to plans. Pure: nothing is read or sent here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.directory.dialects.base import Account, Dialect
from app.directory.dn import Dn
from app.directory.filters import Filter, all_of
from app.directory.model import Change, Delete, Entry, Modify, Operation, Rename
from app.directory.plan import Plan, Step, plan
from app.directory.prediction import predict
from app.mapping.accounts import refuse_current_password
from app.mapping.expression import Finding
from app.mapping.generation import Generate, Wanted, imagine
from app.mapping.image import Drawn
from app.mapping.model import SchemaMap
from app.mapping.nul import refuse_nul
from app.mapping.references import Referent
from app.mapping.relocation import relocation
from app.mapping.required import refuse_missing
from app.mapping.translate import changes, to_entry, to_image
from app.mapping.unmapped import refuse_unmapped
from app.provisioning.membership import are_due
from app.scim.resource import Resource


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, the name that its entry has afterwards, and, where it changes one, what the entry is then.

    ``expected`` lacks what the server alone knows: the version and the time of the change.
    """

    plan: Plan
    dn: Dn
    findings: tuple[Finding, ...] = ()
    """What the map could not make of the resource."""
    expected: Entry | None = None
    disables: bool = False
    """Whether an account that was enabled is so no longer."""
    below: int = 0
    """How many entries are deleted with it that stand below it."""
    unmapped: tuple[str, ...] = ()
    """The attributes of which the resource has values that no rule takes."""


Known = Mapping[str, Referent]
"""Those that a resource refers to, by their ids."""


def plan_create(  # noqa: PLR0913 - what a plan is made of
    schema_map: SchemaMap,
    dialect: Dialect,
    resource: Resource,
    *,
    base: Dn,
    known: Known,
    generate: Generate = imagine,
) -> Planned:
    """Plan a new entry.

    Raises:
        InvalidValue: if a value is missing, has no form in the directory, or refers to nobody.
    """
    refuse_missing(schema_map, resource)
    if not dialect.keeps_nul:
        refuse_nul(resource)
    refuse_unmapped(schema_map, resource)
    image = to_image(schema_map, resource, known, generate=generate)
    refuse_current_password(schema_map, image.account, is_new=True)
    entry = to_entry(schema_map, image, base)
    if image.account.enabled is False and dialect.disabled_container is not None:
        entry = replace(entry, dn=dialect.disabled_container.below(entry.dn.rdn))
    return Planned(
        plan(dialect.create(entry, image.account)), entry.dn, image.findings, unmapped=image.unmapped
    )


@dataclass(frozen=True, slots=True)
class Revision:
    """A resource before and after a request, and the entry that it was read from."""

    entry: Entry
    before: Resource
    after: Resource


def plan_change(  # noqa: PLR0913 - what a plan is made of
    schema_map: SchemaMap,
    dialect: Dialect,
    revision: Revision,
    *,
    base: Dn,
    known: Known,
    generate: Generate = imagine,
) -> Planned:
    """Plan what turns one state of a resource into another; the plan is empty where the directory sees no change.

    It is made only on the entry as it was read, as far as the dialect can see to that.

    Raises:
        InvalidValue: if a value is missing, has no form in the directory, or refers to nobody.
    """
    entry = revision.entry
    refuse_missing(schema_map, revision.after, before=revision.before)
    if not dialect.keeps_nul:
        refuse_nul(revision.after, before=revision.before)
    refuse_unmapped(schema_map, revision.after, before=revision.before)
    kept = _Kept(entry, generate)
    before = to_image(schema_map, revision.before, known, generate=kept.before, tells_unmapped=False)
    drawn = Drawn(revision.before.attributes, before)
    after = to_image(schema_map, revision.after, known, generate=kept.after, like=drawn)
    refuse_current_password(schema_map, after.account, is_new=False, is_asked=dialect.asks_current_password)
    operations = changes(schema_map, entry, before=before, after=after, base=base)
    moved = relocation(schema_map, dialect, entry, after, base=base)
    if moved is not None:
        operations = [_moving(operations, entry, moved), *_without_renames(operations)]
    dn = _name_after(operations, entry.dn)
    operations = _with_account(operations, dialect, entry, after.account, dn=dn)
    guarded = dialect.guarded(operations, entry, dialect.has_version(dialect.version_of(entry)))
    disables = before.account.enabled is True and after.account.enabled is False
    expected = _expected(dialect, guarded, entry)
    return Planned(
        plan(guarded, entry), dn, after.findings, expected, disables=disables, unmapped=after.unmapped
    )


class _Kept:
    """What was generated stays, and is generated for an entry that has none once the map begins to say so."""

    def __init__(self, entry: Entry, generate: Generate) -> None:
        self._entry = entry
        self._generate = generate
        self._wanted: set[str] = set()

    def before(self, wanted: Wanted) -> str | None:
        self._wanted.add(wanted.attribute)
        return self._entry.text(wanted.attribute)

    def after(self, wanted: Wanted) -> str | None:
        present = self._entry.text(wanted.attribute)
        is_due = present is None and wanted.attribute not in self._wanted
        return self._generate(wanted) if is_due else present


def plan_members(
    dialect: Dialect, entry: Entry, changed: Sequence[Change], *, version: str | None, is_exact: bool = True
) -> Planned:
    """Plan changes of members of a group whose members were not read.

    They are made only if each of them makes a difference, so that it is known what undoes them, or, if that is not
    ``exact``, whoever has joined already; and, where it is given, only at a version.
    """
    is_present = [dialect.has_version(version)] if version else []
    operation = Modify(entry.dn, tuple(changed), permissive=not is_exact)
    guarded = dialect.guarded([operation], entry, all_of((*is_present, are_due(changed))))
    undo = _undo_of_members(entry.dn, changed) if is_exact else None
    steps = tuple(Step(each, undo) for each in guarded)
    return Planned(Plan(steps), entry.dn, expected=_expected(dialect, (), entry))


def _undo_of_members(dn: Dn, changed: Sequence[Change]) -> Modify:
    """Return what takes changes back each of which made a difference."""
    undone = (replace(each, kind="delete" if each.kind == "add" else "add") for each in reversed(changed))
    return Modify(dn, tuple(undone))


def plan_delete(dialect: Dialect, entry: Entry) -> Planned:
    """Plan the removal of an entry, as it was read."""
    version = dialect.has_version(dialect.version_of(entry))
    # It was not read as a whole; what undoes it is worked out when it is made.
    return Planned(plan(dialect.guarded([Delete(entry.dn)], entry, version)), entry.dn)


def plan_delete_unread(dialect: Dialect, dn: Dn, condition: Filter) -> Planned:
    """Plan the removal of an entry that was not read, if it fulfils a condition."""
    return Planned(plan(dialect.guarded([Delete(dn)], Entry(dn, {}), condition)), dn)


def _expected(dialect: Dialect, operations: Sequence[Operation], entry: Entry) -> Entry:
    unknown = (dialect.version_attribute, dialect.modified_attribute)
    return predict(entry, operations, unknown=unknown)


def _moving(operations: Sequence[Operation], entry: Entry, parent: Dn) -> Rename:
    """Return the rename that there is to be, or one that keeps the name, to another container."""
    renames = (each for each in operations if isinstance(each, Rename))
    return replace(next(renames, Rename(entry.dn, entry.dn.rdn)), new_parent=parent)


def _without_renames(operations: Sequence[Operation]) -> list[Operation]:
    return [each for each in operations if not isinstance(each, Rename)]


def _name_after(operations: list[Operation], dn: Dn) -> Dn:
    return next((operation.new_dn for operation in operations if isinstance(operation, Rename)), dn)


def _with_account(
    operations: list[Operation], dialect: Dialect, entry: Entry, account: Account, *, dn: Dn
) -> list[Operation]:
    changed = tuple(dialect.change_account(entry, account))
    modified = [operation for operation in operations if isinstance(operation, Modify)]
    others = [operation for operation in operations if not isinstance(operation, Modify)]
    attributes = (*(change for operation in modified for change in operation.changes), *changed)
    passwords = dialect.set_password(dn, account.password) if account.password is not None else ()
    # The password last: its change moves the version that the others are guarded by, and they can be undone.
    return [*others, *([Modify(dn, attributes)] if attributes else []), *passwords]
