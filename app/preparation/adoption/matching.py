"""Finding a client's users among the entries of a domain, by attributes of which the first that finds somebody decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from app.directory.model import Entry, Search
from app.preparation.adoption.export import InvalidExport, Record
from app.provisioning.conditions import ask
from app.provisioning.entries import Entries
from app.provisioning.external_ids import EXTERNAL_ID
from app.scim.comparison import comparable
from app.scim.filters.nodes import Comparison, Filter, Or
from app.scim.path import AttributePath, ResolvedPath
from app.scim.resource import Resource, values_of
from app.store.external_ids import ExternalIds, Shelf

State = Literal["matched", "adopted", "taken", "ambiguous", "unmatched", "unnamed"]
STATES: Mapping[State, str] = {
    "matched": "are one entry each",
    "adopted": "have their externalId already",
    "taken": "are an entry that has another externalId",
    "ambiguous": "could be several entries, or share one",
    "unmatched": "are no entry",
    "unnamed": "are an entry, and have no externalId in the export",
}
BATCH = 100
"""How many users are looked up by one search."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """By what users are found, and which of their attributes is to be their externalId."""

    match: Sequence[ResolvedPath]
    named_by: ResolvedPath


@dataclass(frozen=True, slots=True)
class Found:
    """An entry, and the resource that it is."""

    entry: Entry
    resource: Resource

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.resource.attributes["id"])


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one user of an export. ``found`` is whom he may be, ``by`` what told."""

    record: Record
    state: State
    found: tuple[Found, ...] = ()
    by: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """The externalIds that there are: in the directory, or on an application's ``shelf`` beside it."""

    external_ids: ExternalIds
    shelf: Shelf

    def of(self, entries: Entries, found: Iterable[Found]) -> dict[str, str]:
        """Return the externalIds that entries have, by their ids."""
        known = {each.id: each.resource.get(EXTERNAL_ID) for each in found}
        if not is_in_directory(entries):
            return self.external_ids.get(self.shelf, known)
        return {resource_id: str(value) for resource_id, value in known.items() if value is not None}

    def holders(self, entries: Entries, names: Iterable[str]) -> dict[str, str]:
        """Return the ids of those that have externalIds, by these."""
        if is_in_directory(entries):
            wanted = list(dict.fromkeys(names))
            rows = _found(entries, EXTERNAL_ID, wanted) if wanted else ()
            return {str(each.resource.get(EXTERNAL_ID)): each.id for each in rows}
        held = ((name, self.external_ids.find(self.shelf, name)) for name in names)
        return {name: ids[0] for name, ids in held if ids}


def is_in_directory(entries: Entries) -> bool:
    """Tell whether the map gives externalId an attribute."""
    return bool(entries.map.rules_of(EXTERNAL_ID))


def refuse_unmapped(entries: Entries, criteria: Criteria) -> None:
    """Refuse what no entry can be found by; raise InvalidExport."""
    if not criteria.match:
        raise InvalidExport("at least one attribute to find users by is needed")
    for path in criteria.match:
        if not any(rule.reads for rule in entries.map.rules_of(path.path)):
            raise InvalidExport(f"the map {entries.map.name} has no rule that reads {path.path}")


def match(entries: Entries, records: Iterable[Record], criteria: Criteria, names: Names) -> Iterator[Match]:
    """Say of each user which entry it is; raise ScimError."""
    remaining = iter(records)
    while batch := list(islice(remaining, BATCH)):
        yield from _matched(entries, batch, criteria, names)


def _matched(entries: Entries, batch: Sequence[Record], criteria: Criteria, names: Names) -> Iterator[Match]:
    said = {record.number: next(iter(record.texts(criteria.named_by)), "") for record in batch}
    holders = names.holders(entries, filter(None, said.values()))
    pending = [record for record in batch if said[record.number] not in holders]
    found: dict[int, tuple[str, tuple[Found, ...]]] = {}
    for path in criteria.match:
        by_record = _look_up(entries, path, pending)
        found |= {number: (str(path.path), tuple(those)) for number, those in by_record.items()}
        pending = [record for record in pending if record.number not in by_record]
    has = names.of(entries, (each for _, those in found.values() for each in those))
    for record in batch:
        name = said[record.number]
        if name in holders:
            yield Match(record, "adopted", external_id=name)
        else:
            by, those = found.get(record.number, ("", ()))
            yield Match(record, _state(those, name, has), those, by, name)


def _state(those: Sequence[Found], name: str, has: Mapping[str, str]) -> State:
    if not those:
        return "unmatched"
    if len(those) > 1:
        return "ambiguous"
    if those[0].id in has:
        return "taken"
    return "matched" if name else "unnamed"


def _look_up(entries: Entries, path: ResolvedPath, records: Sequence[Record]) -> dict[int, list[Found]]:
    values = list(dict.fromkeys(text for record in records for text in record.texts(path)))
    by_value: dict[object, list[Found]] = {}
    for each in _found(entries, path.path, values) if values else ():
        for value in values_of(each.resource.get(path.path)):
            by_value.setdefault(comparable(path.leaf, value), []).append(each)
    told = {record.number: _those(record, path, by_value) for record in records}
    return {number: those for number, those in told.items() if those}


def _those(record: Record, path: ResolvedPath, by_value: Mapping[object, list[Found]]) -> list[Found]:
    keys = (comparable(path.leaf, text) for text in record.texts(path))
    return list({each.id: each for key in keys for each in by_value.get(key, ())}.values())


def _found(entries: Entries, path: AttributePath, values: Sequence[str]) -> Iterator[Found]:
    terms: tuple[Filter, ...] = tuple(Comparison(path, "eq", value) for value in values)
    condition = terms[0] if len(terms) == 1 else Or(terms)
    compiled = ask(entries, condition).compiled
    attributes = entries.attributes(lambda wanted: entries.map.reference_of(wanted) is None)
    for entry in entries.search(Search(entries.domain.base, "subtree", compiled.filter, attributes)):
        for resource in entries.resources([entry], wants=lambda _path: False):
            yield Found(entry, resource)
