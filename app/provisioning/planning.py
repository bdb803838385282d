"""Compiling SCIM writes to plans. Pure: nothing is read or sent here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.directory.dialects.base import Account, Dialect
from app.directory.dn import Dn
from app.directory.filters import Filter
from app.directory.model import Delete, Entry, Modify, Operation, Rename
from app.directory.plan import Plan, plan
from app.mapping.model import SchemaMap
from app.mapping.translate import changes, to_entry, to_image
from app.scim.resource import Resource


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the name that its entry has afterwards."""

    plan: Plan
    dn: Dn


def plan_create(schema_map: SchemaMap, dialect: Dialect, resource: Resource, *, base: Dn) -> Planned:
    """Plan a new entry.

    Raises:
        InvalidValue: if a value has no form in the directory.
    """
    image = to_image(schema_map, resource)
    entry = to_entry(schema_map, image, base)
    return Planned(plan(dialect.create(entry, image.account)), entry.dn)


def plan_change(
    schema_map: SchemaMap, dialect: Dialect, entry: Entry, *, before: Resource, after: Resource
) -> Planned:
    """Plan what turns one state of a resource into another; the plan is empty where the directory sees no change.

    The first operation is made only on the entry as it was read.
    """
    image = to_image(schema_map, after)
    operations = changes(schema_map, entry, before=to_image(schema_map, before), after=image)
    dn = _name_after(operations, entry.dn)
    operations = [*_with_account(operations, dialect, entry, image.account, dn=dn)]
    if operations:
        operations[0] = _guarded(operations[0], dialect.has_version(dialect.version_of(entry)))
    return Planned(plan(operations, entry), dn)


def plan_delete(dialect: Dialect, entry: Entry) -> Planned:
    """Plan the removal of an entry, as it was read."""
    guarded = Delete(entry.dn, dialect.has_version(dialect.version_of(entry)))
    return Planned(plan([guarded], entry), entry.dn)


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


def _guarded(operation: Operation, version: Filter) -> Operation:
    match operation:
        case Modify() | Rename() | Delete():
            return replace(operation, assertion=version)
        case _:
            return operation
