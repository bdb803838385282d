"""Whether what new entries need is there: the base, their containers, and the right to write."""

from __future__ import annotations

from collections.abc import Iterator

from app.directory.dn import Dn
from app.directory.filters import Everything
from app.directory.model import Entry, Search
from app.mapping.model import SchemaMap
from app.preparation import doctor_codes as codes
from app.preparation.checks.rights import tried_rights
from app.preparation.finding import Finding
from app.preparation.openldap_config import exists
from app.preparation.patient import Admitted, containers
from app.preparation.products import MICROSOFT
from app.provisioning.domain import Domain


def check_tree(admitted: Admitted) -> Iterator[Finding]:
    """Find what is missing below the base."""
    domain = admitted.domain
    if not exists(domain.directory, domain.base):
        seen = f"There is no {domain.base}, or the service account does not see it."
        fix = "Correct the domain's base, make the entry, or let the service account read it."
        yield Finding(codes.NO_BASE, seen, fix, ("base",))
        return
    for schema_map in domain.maps.values():
        for name in dict.fromkeys(containers(schema_map, domain)):
            yield from _container(admitted, schema_map, name)


def _container(admitted: Admitted, schema_map: SchemaMap, name: Dn) -> Iterator[Finding]:
    domain = admitted.domain
    if not exists(domain.directory, name):
        fix = f"Make it: landbridge prepare {domain.name}; or name another one in the map's entry.parent."
        seen = f"There is no {name}, where the map {schema_map.name} puts entries."
        yield Finding(codes.NO_CONTAINER, seen, fix)
    elif domain.dialect.name in MICROSOFT:
        yield from _told_rights(domain, schema_map, name)
        if admitted.patient.tries_writing:
            yield from tried_rights(admitted, schema_map)
    elif admitted.patient.tries_writing:
        yield from tried_rights(admitted, schema_map)
    else:
        fix = f"landbridge doctor {domain.name} --write-probe makes an entry there and deletes it."
        yield Finding(codes.RIGHTS_UNKNOWN, f"Nobody has tried to write to {name}.", fix)


def _told_rights(domain: Domain, schema_map: SchemaMap, name: Dn) -> Iterator[Finding]:
    kind = schema_map.entry.object_classes[-1]
    search = Search(name, "base", Everything(), attributes=("allowedChildClassesEffective",), size_limit=1)
    entry = next(iter(domain.directory.search(search)), Entry(name, {}))
    allowed = {value.decode().lower() for value in entry.values("allowedChildClassesEffective")}
    if kind.lower() not in allowed:
        seen = f"The service account may not make entries of the class {kind} in {name}."
        fix = f'Delegate it: dsacls "{name}" /I:T /G "DOMAIN\\account:CCDC;{kind}".'
        yield Finding(codes.NO_RIGHT, seen, fix)
        return
    yield from _told_attributes(domain, schema_map)


def _told_attributes(domain: Domain, schema_map: SchemaMap) -> Iterator[Finding]:
    scope = schema_map.entry.scope
    search = Search(domain.base, filter=scope, attributes=("allowedAttributesEffective",), size_limit=1)
    entry = next(iter(domain.directory.search(search)), None)
    if entry is None:
        return
    allowed = {value.decode().lower() for value in entry.values("allowedAttributesEffective")}
    written = {rule.attribute for rule in schema_map.rules if rule.changes}
    written |= {rule.attribute for rule in schema_map.references if rule.writes}
    if schema_map.path_of("enabled") is not None:
        written |= set(domain.dialect.account_attributes[:1])
    missing = sorted(name for name in written if name.lower() not in allowed)
    if missing:
        seen = f"The service account may not write {', '.join(missing)} of {entry.dn}."
        fix = f'Delegate them: dsacls "{domain.base}" /I:S /G "DOMAIN\\account:WP;ATTRIBUTE;CLASS" for each.'
        yield Finding(codes.NO_RIGHT, seen, fix)
