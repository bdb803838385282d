"""The entries that are there already: whether SCIM sees them, whether clients can tell them apart, and whether they fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.directory.dn import Dn
from app.directory.errors import LimitExceeded
from app.directory.model import Entry, Search
from app.directory.text import prepare
from app.mapping.model import Rule, SchemaMap
from app.mapping.required import refuse_missing
from app.mapping.translate import to_resource
from app.preparation import doctor_codes as codes
from app.preparation.census import Census
from app.preparation.checks.kept import kept_by, not_returned
from app.preparation.finding import Finding
from app.preparation.naming import naming_rule
from app.preparation.patient import Admitted
from app.scim.codec import ResourceCodec
from app.scim.errors import ScimError

_EXAMPLES = 3


def take_census(admitted: Admitted) -> Census:
    """Look at every entry of every map, once."""
    counts: dict[str, int] = {}
    slowest = 0.0
    faults: list[Finding] = []
    for schema_map in admitted.domain.maps.values():
        tally = _tallied(admitted, schema_map, faults)
        slowest = max(slowest, tally.seconds)
        counts[schema_map.name] = tally.count
        faults += _wrong(admitted, tally)
    return Census(counts, slowest, tuple(faults))


def told(census: Census, base: Dn) -> Iterator[Finding]:
    """Tell what a census found."""
    yield from census.faults
    when = f" They were counted at {census.earlier:%Y-%m-%d %H:%M}Z." if census.earlier else ""
    for name, count in census.counts.items():
        if count:
            seen = f"{count} entries of the map {name} are visible below {base}.{when}"
            fix = "Nothing needs to be done if that is how many there should be."
            yield Finding(codes.VISIBLE, seen, fix)
        else:
            seen = f"No entry of the map {name} is visible below {base}."
            yield Finding(codes.NOBODY_VISIBLE, seen, "Nothing needs to be done in a new directory.")


@dataclass(slots=True)
class _Tally:
    """What is kept of entries that go by: numbers, names, and a few examples."""

    admitted: Admitted
    schema_map: SchemaMap
    naming: Rule | None
    count: int = 0
    seconds: float = 0.0
    """How long the directory was waited for."""
    bare: Entry | None = None
    """The first one that does not show what the directory keeps of it."""
    nameless: int = 0
    without: list[str] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)
    failing: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        self.count += 1
        if self.bare is None and not all(map(entry.values, kept_by(self.admitted.domain.dialect))):
            self.bare = entry
        if self.naming is not None and not entry.values(self.naming.attribute):
            self.nameless += 1
            if self.nameless <= _EXAMPLES:
                self.without.append(str(entry.dn))
            return
        if self.naming is not None:
            self.names[prepare(entry.text(self.naming.attribute) or "")] += 1
        refusal = _refusal(self.admitted, self.schema_map, entry)
        if refusal:
            self.failing += 1
            if len(self.failures) < _EXAMPLES:
                self.failures.append(f"{entry.dn}: {refusal}")


def _refusal(admitted: Admitted, schema_map: SchemaMap, entry: Entry) -> str:
    """Say why a client that sends back what it reads would be refused; empty where it would not."""
    if not entry.values(admitted.domain.dialect.id_attribute):
        return ""  # Who has no id is told of anyhow.
    try:
        shown = to_resource(schema_map, entry, admitted.domain.dialect)
        codec = ResourceCodec(schema_map.resource_type)
        refuse_missing(schema_map, codec.load(codec.dump(shown), purpose="replace"))
    except (ScimError, ValueError) as error:
        return error.detail if isinstance(error, ScimError) else str(error)
    return ""


def _tallied(admitted: Admitted, schema_map: SchemaMap, faults: list[Finding]) -> _Tally:
    domain = admitted.domain
    tally = _Tally(admitted, schema_map, naming_rule(schema_map))
    pace = admitted.patient.pace
    search = Search(
        domain.base,
        filter=schema_map.entry.scope,
        attributes=_attributes(admitted, schema_map),
        at_once=pace.at_once,
    )
    try:
        for entry in pace.walk(_clocked(domain.directory.search(search), tally)):
            tally.add(entry)
    except LimitExceeded as error:
        seen = f"A search for the entries of {schema_map.name} ended after {tally.count}: {error}."
        fix = f"Lift the limit for the service account: landbridge prepare {domain.name}."
        faults.append(Finding(codes.SIZE_LIMIT, seen, fix))
    return tally


def _clocked(entries: Iterable[Entry], tally: _Tally) -> Iterator[Entry]:
    stopwatch = tally.admitted.patient.stopwatch
    begun = stopwatch()
    for entry in entries:
        tally.seconds += stopwatch() - begun
        yield entry
        begun = stopwatch()


def _wrong(admitted: Admitted, tally: _Tally) -> Iterator[Finding]:
    if tally.bare is not None:
        yield from not_returned(tally.bare, admitted.domain.dialect)
    yield from _names(tally)
    if tally.failing:
        seen = f"{tally.failing} entries of {tally.schema_map.name} cannot be sent back as they are read: "
        fix = "Correct the values, or the rule that reads them: landbridge map explain --entry shows one."
        yield Finding(codes.ENTRIES_FAIL, seen + "; ".join(tally.failures) + ".", fix)


def _attributes(admitted: Admitted, schema_map: SchemaMap) -> tuple[str, ...]:
    """Name all that resources are made of, but for whom they refer to."""
    mapped = schema_map.directory_attributes(lambda path: schema_map.reference_of(path) is None)
    dialect = admitted.domain.dialect
    account = dialect.account_attributes if schema_map.aspects else ()
    return tuple(dict.fromkeys((*kept_by(dialect), *mapped, *account)))


def _names(tally: _Tally) -> Iterator[Finding]:
    naming = tally.naming
    if naming is None:
        return
    if tally.nameless:
        seen = f"{tally.nameless} entries have no {naming.attribute}, the {naming.place} of {tally.schema_map.name}: "
        fix = f"Give them one, or leave them out of entry.scope: (&(…)({naming.attribute}=*))."
        yield Finding(codes.NO_USER_NAME, seen + _some(tally.without, tally.nameless), fix)
    shared = [text for text, count in tally.names.items() if count > 1]
    if shared:
        seen = (
            f"{len(shared)} values of {naming.attribute}, the {naming.place}, are those of several entries: "
        )
        fix = "Give all but one of the entries another one."
        yield Finding(codes.SAME_USER_NAME, seen + _some(shared, len(shared)), fix)


def _some(listed: list[str], count: int) -> str:
    more = ", …" if count > _EXAMPLES else ""
    return "; ".join(listed[:_EXAMPLES]) + more + "."
