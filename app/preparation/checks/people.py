"""The entries that are there already: whether SCIM sees them, and whether clients can tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from app.directory.errors import LimitExceeded
from app.directory.model import Entry, Search
from app.directory.text import prepare
from app.mapping.model import Rule, SchemaMap
from app.preparation import doctor_codes as codes
from app.preparation.finding import Finding
from app.preparation.patient import Admitted

_EXAMPLES = 3


def check_people(admitted: Admitted) -> Iterator[Finding]:
    """Look at every entry of every map, once."""
    for schema_map in admitted.domain.maps.values():
        yield from _entries(admitted, schema_map)


def _entries(admitted: Admitted, schema_map: SchemaMap) -> Iterator[Finding]:
    domain = admitted.domain
    naming = naming_rule(schema_map)
    kept = _kept_by_server(admitted)
    attributes = tuple(dict.fromkeys((*kept, *([naming.attribute] if naming else []))))
    found: list[Entry] = []
    try:
        for entry in domain.directory.search(
            Search(domain.base, filter=schema_map.entry.scope, attributes=attributes)
        ):
            found.append(entry)  # noqa: PERF402 - what was found before the limit counts
    except LimitExceeded as error:
        seen = f"A search for the entries of {schema_map.name} ended after {len(found)}: {error}."
        fix = f"Lift the limit for the service account: landbridge prepare {domain.name}."
        yield Finding(codes.SIZE_LIMIT, seen, fix)
    if not found:
        seen = f"No entry of the map {schema_map.name} is visible below {domain.base}."
        yield Finding(codes.NOBODY_VISIBLE, seen, "Nothing needs to be done in a new directory.")
    yield from _native(found, kept, schema_map)
    if naming is not None:
        yield from _names(found, naming, schema_map)


def naming_rule(schema_map: SchemaMap) -> Rule | None:
    """Return the rule of the attribute by which clients look resources up."""
    required = [each.name for each in schema_map.resource_type.schema.attributes if each.required]
    return next((rule for rule in schema_map.rules if str(rule.place) in required), None)


def _kept_by_server(admitted: Admitted) -> tuple[str, ...]:
    dialect = admitted.domain.dialect
    return (
        dialect.id_attribute,
        dialect.created_attribute,
        dialect.modified_attribute,
        dialect.version_attribute,
    )


def _native(found: Iterable[Entry], kept: Iterable[str], schema_map: SchemaMap) -> Iterator[Finding]:
    first = next(iter(found), None)
    missing = [name for name in kept if first is not None and not first.values(name)]
    if missing and first is not None:
        seen = f"{first.dn} of the map {schema_map.name} shows no {', '.join(missing)}."
        fix = "Correct the domain's product, or let the service account read operational attributes."
        yield Finding(codes.NO_NATIVE_ID, seen, fix)


def _names(found: Iterable[Entry], naming: Rule, schema_map: SchemaMap) -> Iterator[Finding]:
    nameless = [entry for entry in found if not entry.values(naming.attribute)]
    if nameless:
        seen = (
            f"{len(nameless)} entries have no {naming.attribute}, the {naming.place} of {schema_map.name}: "
        )
        fix = f"Give them one, or leave them out of entry.scope: (&(…)({naming.attribute}=*))."
        yield Finding(codes.NO_USER_NAME, seen + _some(str(entry.dn) for entry in nameless), fix)
    counts = Counter(prepare(text) for entry in found for text in _texts(entry, naming))
    shared = [text for text, count in counts.items() if count > 1]
    if shared:
        seen = (
            f"{len(shared)} values of {naming.attribute}, the {naming.place}, are those of several entries: "
        )
        fix = "Give all but one of the entries another one."
        yield Finding(codes.SAME_USER_NAME, seen + _some(shared), fix)


def _texts(entry: Entry, naming: Rule) -> set[str]:
    return {value.decode("utf-8", "replace") for value in entry.values(naming.attribute)[:1]}


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = ", …" if len(listed) > _EXAMPLES else ""
    return "; ".join(listed[:_EXAMPLES]) + more + "."
