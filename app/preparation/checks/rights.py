"""What the service account may write, found out by a canary: an entry is made, changed attribute by attribute, and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from secrets import token_hex

from app.directory.dialects.base import Account
from app.directory.dn import Dn, Rdn
from app.directory.errors import DirectoryError, InsufficientAccess, Unavailable
from app.directory.filters import Everything
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Search, SetPassword
from app.directory.plan import Plan, PlanFailed, execute, step
from app.directory.port import Directory
from app.mapping.model import Aspect, SchemaMap
from app.mapping.translate import to_resource
from app.preparation import doctor_codes as codes
from app.preparation.checks.clock import clock_finding
from app.preparation.coverage import needed_attributes
from app.preparation.finding import Finding
from app.preparation.patient import Admitted
from app.preparation.probes import probes
from app.provisioning.domain import Domain
from app.provisioning.planning import Planned, Revision, plan_change, plan_create
from app.scim.errors import ScimError
from app.scim.resource import Resource


@dataclass(frozen=True, slots=True)
class _Canary:
    """An entry that was made to see what may be written to it."""

    domain: Domain
    schema_map: SchemaMap
    dn: Dn

    def read(self) -> Entry:
        search = Search(self.dn, "base", Everything(), attributes=("*", "+"), size_limit=1)
        return next(iter(self.domain.directory.search(search)), Entry(self.dn, {}))


def tried_rights(admitted: Admitted, schema_map: SchemaMap) -> Iterator[Finding]:
    """Make an entry, change it, and delete it: in a scratch unit where the map makes entries, or, at last, beside them.

    What a unit of its own refuses says little of the place that it stands in: that place has the last word.
    """
    domain = admitted.domain
    attributes = needed_attributes(schema_map, text=f"landbridge-probe-{token_hex(6)}")
    resource = Resource(schema_map.resource_type, attributes)
    try:
        planned = plan_create(schema_map, domain.dialect, resource, base=domain.base, known={})
    except ScimError as error:
        fix = "See landbridge map check."
        seen = f"The map {schema_map.name} makes no entry of little: {error.detail}"
        yield Finding(codes.RIGHTS_UNKNOWN, seen, fix)
        return
    with scratch_unit(domain.directory, planned.dn.parent) as unit:
        found = list(_tried_at(admitted, schema_map, _moved(planned, unit))) if unit else None
    if found is None or any(each.code is codes.NO_RIGHT for each in found):
        found = list(_tried_at(admitted, schema_map, planned))
    yield from found


@contextmanager
def scratch_unit(directory: Directory, container: Dn) -> Iterator[Dn | None]:
    """Make a unit to try things in, and delete it; None where none may be made."""
    name = f"landbridge-probe-{token_hex(6)}"
    unit = container.below(Rdn.of("ou", name))
    try:
        directory.execute(Add(unit, {"objectClass": (b"organizationalUnit",), "ou": (name.encode(),)}))
    except Unavailable:
        raise
    except DirectoryError:
        yield None
        return
    try:
        yield unit
    finally:
        with suppress(DirectoryError):
            directory.execute(Delete(unit))


def _moved(planned: Planned, unit: Dn) -> Planned:
    """Have an entry made elsewhere."""
    dn = unit.below(planned.dn.rdn)
    steps = tuple(step(replace(each, dn=dn)) for each in planned.plan.operations)
    return replace(planned, plan=Plan(steps), dn=dn)


def _tried_at(admitted: Admitted, schema_map: SchemaMap, planned: Planned) -> Iterator[Finding]:
    try:
        execute(planned.plan, admitted.domain.directory)
    except PlanFailed as error:
        yield _refused(admitted.domain, error.cause)
        return
    yield from _living(admitted, _Canary(admitted.domain, schema_map, planned.dn))


def _living(admitted: Admitted, canary: _Canary) -> Iterator[Finding]:
    domain = canary.domain
    try:
        entry = canary.read()
        if admitted.is_openldap:
            yield from clock_finding(admitted, entry.first(domain.dialect.created_attribute))
        refused = sorted(set(_refused_attributes(canary, entry)))
    finally:
        with suppress(DirectoryError):
            domain.directory.execute(Delete(canary.dn))
    if refused:
        seen = f"The service account may not write {', '.join(refused)} of {canary.dn}."
        fix = f"Give it the right to write them below {domain.base}: landbridge prepare {domain.name}."
        yield Finding(codes.NO_RIGHT, seen, fix)
    if canary.read().attributes:
        seen = f"The service account may make {canary.dn}, and not delete it: it is still there."
        yield Finding(codes.NO_RIGHT, seen, f"Delete it, and let the account delete below {domain.base}.")


def _refused(domain: Domain, cause: DirectoryError) -> Finding:
    fix = (
        f"Give the service account the right to write below {domain.base}: landbridge prepare {domain.name}."
    )
    return Finding(codes.NO_RIGHT, f"{cause}.", f"{fix}\n{cause.diagnostic}".rstrip())


def _refused_attributes(canary: _Canary, entry: Entry) -> Iterator[str]:
    """Write at every place of the map, one after another, and name the attributes that may not be written."""
    for planned in _changes(canary, entry):
        for operation in planned.plan.operations:
            yield from _tried(canary.domain, operation)
    for operation in (*_reference_changes(canary), *_account_changes(canary, entry)):
        yield from _tried(canary.domain, operation)


def _reference_changes(canary: _Canary) -> Iterator[Operation]:
    """Have the entry refer to itself wherever the map refers to others."""
    for rule in canary.schema_map.references:
        if rule.writes:
            value = str(canary.dn) if rule.by is None else "landbridge-probe"
            yield Modify(canary.dn, (Change("add", rule.attribute, (value.encode(),)),))


def _account_changes(canary: _Canary, entry: Entry) -> Iterator[Operation]:
    """Lock the account, and give it a password that nobody knows, where the map does."""
    dialect, schema_map = canary.domain.dialect, canary.schema_map
    wanted: dict[Aspect, Account] = {
        "enabled": Account(enabled=not dialect.is_enabled(entry)),
        "password": Account(password=f"{token_hex(12)}Aa1!"),
    }
    for aspect, account in wanted.items():
        if schema_map.path_of(aspect) is None:
            continue
        changes = tuple(dialect.change_account(entry, account))
        if changes:
            yield Modify(canary.dn, changes)
        if account.password is not None:
            yield from dialect.set_password(canary.dn, account.password)


def _tried(domain: Domain, operation: Operation) -> Iterator[str]:
    match operation:
        case Modify():
            plain: Operation = Modify(operation.dn, operation.changes)
            names = [change.attribute for change in operation.changes]
        case SetPassword():
            plain, names = operation, ["userPassword"]
        case _:
            return
    try:
        domain.directory.execute(plain)
    except InsufficientAccess:
        yield from names
    except Unavailable:
        raise
    except DirectoryError:
        return  # The map's checks tell of schema and syntax.


def _changes(canary: _Canary, entry: Entry) -> Iterator[Planned]:
    domain, schema_map = canary.domain, canary.schema_map
    before = to_resource(schema_map, entry, domain.dialect)
    rules = {str(rule.place.path.parent) for rule in schema_map.rules if rule.changes}
    for probe in probes(schema_map.resource_type):
        urn = f"{probe.schema}:" if probe.schema else ""
        if f"{urn}{probe.attribute.name}" not in rules or probe.attribute.name in before.attributes:
            continue
        after = Resource(before.type, probe.put(dict(before.attributes)))
        with suppress(ScimError):
            yield plan_change(
                schema_map, domain.dialect, Revision(entry, before, after), base=domain.base, known={}
            )
