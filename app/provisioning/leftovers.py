"""Accounts that were deleted and can be had back: those that were retired, and those that the product keeps for a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.directory.dn import Dn, Rdn
from app.directory.errors import DirectoryError
from app.directory.filters import Equals, Nothing, Substrings, all_of, any_of
from app.directory.model import Add, Entry, Rename, Search
from app.directory.plan import plan
from app.mapping.model import SchemaMap
from app.provisioning.deletion import MARK, MAX_NAME, is_retired
from app.provisioning.domain import Domain
from app.provisioning.entries import Entries
from app.provisioning.events import Record
from app.provisioning.executor import Executor, Work
from app.provisioning.failures import to_scim_error
from app.provisioning.planning import Planned
from app.provisioning.repair import Repair
from app.scim.errors import InvalidValue, NotFound
from app.telemetry import get_logger

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Leftover:
    """An account that was deleted and can be had back."""

    id: str
    name: str
    plan: Planned
    retired: Entry | None = None
    """The entry as it is now, where it was retired."""


def _searches(domain: Domain, schema_map: SchemaMap) -> Iterator[Search]:
    """Say where accounts are found that were deleted: those that were retired, and those that the product keeps."""
    dialect = domain.dialect
    kind = Equals("objectClass", schema_map.entry.object_classes[-1].encode())
    names = _names(domain)
    yield Search(_top(domain), "subtree", all_of((kind, is_retired(schema_map))), names)
    kept = dialect.deleted(domain.base, kind)
    if kept is not None:
        yield kept


def _top(domain: Domain) -> Dn:
    return domain.deletion.container or domain.base


def _names(domain: Domain) -> tuple[str, ...]:
    """Name what is needed to bring an account back."""
    dialect = domain.dialect
    aliases = {rule.by for each in domain.maps.values() for rule in each.references if rule.by is not None}
    return dialect.id_attribute, *dialect.account_attributes, *aliases


def _leftover(domain: Domain, entry: Entry, *, to: Dn | None = None) -> Leftover | None:
    """Tell what an entry that ``_searches`` find was called, and how it is brought back; None if it cannot be.

    A retired account comes back where it is, or below ``to``.
    """
    dialect = domain.dialect
    ava = entry.dn.rdn.avas[0]
    name, mark, _ = ava.value.partition(MARK)
    if mark:
        rename = Rename(entry.dn, Rdn.of(ava.attribute, name), to)
        planned = Planned(plan(dialect.reinstate(entry, rename), entry), rename.new_dn)
        return Leftover(dialect.id_of(entry), name, planned, entry)
    revived = dialect.revive(entry)
    if revived is None or not revived[0].is_within(domain.base):
        return None
    dn, operations = revived
    return Leftover(dialect.id_of(entry), dn.rdn.avas[0].value, Planned(plan(operations), dn))


def leftovers(domain: Domain, schema_map: SchemaMap, *, to: Dn | None = None) -> Iterator[Leftover]:
    """Yield accounts that were deleted and can be had back; retired ones below ``to``, or where they are.

    Raises:
        ScimError: for whatever the directory says but yes.
    """
    try:
        for search in _searches(domain, schema_map):
            for entry in domain.directory.search(search):
                found = _leftover(domain, entry, to=to)
                if found is not None:
                    yield found
    except DirectoryError as error:
        raise to_scim_error(error, schema_map) from error


def namesakes(domain: Domain, schema_map: SchemaMap, added: Add) -> list[Leftover]:
    """Find accounts that can be had back, and had the name of a new entry, or a value that is to be unique in the directory."""
    try:
        found = [
            entry
            for each in _searches_like(domain, schema_map, added)
            for entry in domain.directory.search(each)
        ]
    except DirectoryError:
        # Who may not look makes accounts all the same.
        return []
    return [each for each in (_leftover(domain, entry) for entry in found) if each is not None]


def _searches_like(domain: Domain, schema_map: SchemaMap, added: Add) -> Iterator[Search]:
    dialect, called = domain.dialect, added.dn.rdn.avas[0]
    if domain.deletion.retires(schema_map):
        name = Substrings(called.attribute, initial=f"{called.value[:MAX_NAME]}{MARK}".encode())
        yield Search(_top(domain), "subtree", name, _names(domain))
    unique = {
        *dialect.unique_attributes,
        *([dialect.principals.attribute.lower()] if dialect.principals else []),
    }
    values = any_of(
        Equals(name, value)
        for name, found in added.attributes.items()
        for value in found
        if name.lower() in unique
    )
    kept = dialect.deleted(domain.base, values)
    if kept is not None and values != Nothing():
        yield kept


def offer(domain: Domain, schema_map: SchemaMap, planned: Planned) -> str:
    """Say who had the name of an account that is made, and can be had back; empty if the domain does not look, or finds nobody."""
    added = next((each for each in planned.plan.operations if isinstance(each, Add)), None)
    if added is None or not domain.deletion.offers(schema_map):
        return ""
    found = [each.id for each in namesakes(domain, schema_map, added)]
    if not found:
        return ""
    _log.info("namesake_deleted", domain=domain.name, resource_id=found)
    commands = ", ".join(f"landbridge users restore --domain {domain.name} {each}" for each in found)
    return f"An account of that name was deleted, and can be had back in the place of this one: {commands}"


def restore(
    domain: Domain, schema_map: SchemaMap, resource_id: str, *, record: Record, to: Dn | None = None
) -> Leftover:
    """Bring an account back, under its old id and disabled; who names a retired one follows it.

    Raises:
        ScimError: if there is none of that id that can be had back, or the directory says no.
    """
    for found in leftovers(domain, schema_map, to=to):
        if found.id != resource_id.lower():
            continue
        if not found.plan.dn.is_within(domain.base):
            raise InvalidValue(f"{found.plan.dn} is not below the domain's base: say where it is to be.")
        entries = Entries(domain, schema_map)
        planned = Repair(entries).after_change(found.retired, found.plan) if found.retired else found.plan
        Executor(entries, record).run(planned, Work("restore", resource_id))
        return found
    raise NotFound("No deleted account of that id is kept.")
