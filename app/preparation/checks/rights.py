"""What the service account may write, found out by a canary: an entry is made, changed attribute by attribute, and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex

from app.directory.dn import Dn
from app.directory.errors import DirectoryError, InsufficientAccess, Unavailable
from app.directory.filters import Everything
from app.directory.model import Delete, Entry, Modify, Operation, Search
from app.directory.plan import PlanFailed, execute
from app.mapping.model import SchemaMap
from app.mapping.translate import to_resource
from app.preparation import doctor_codes as codes
from app.preparation.checks.active_directory import clock_finding
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
    """Make an entry where the map makes them, change it, and delete it."""
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
    try:
        execute(planned.plan, domain.directory)
    except PlanFailed as error:
        yield _refused(domain, error.cause)
        return
    yield from _living(admitted, _Canary(domain, schema_map, planned.dn))


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


def _tried(domain: Domain, operation: Operation) -> Iterator[str]:
    if not isinstance(operation, Modify):
        return
    plain = Modify(operation.dn, operation.changes)
    try:
        domain.directory.execute(plain)
    except InsufficientAccess:
        yield from (change.attribute for change in operation.changes)
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
