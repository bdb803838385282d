"""Some rows of an import, one after the other: whom they are about is looked up at once.

The directory is asked once for all of them, and then only told what is new or different.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from app.exchange.cells import Problem, place_problem
from app.exchange.changes import Operation, changes
from app.exchange.columns import Column, Columns
from app.exchange.places import is_many, value_at, values_at
from app.exchange.records import Record
from app.exchange.referring import NAMED_BY, USER_NAME, Referring, asking_for, ids_of, names_in
from app.exchange.results import Outcome, Result
from app.mapping.model import SchemaMap
from app.provisioning.external_ids import EXTERNAL_ID, ID
from app.provisioning.rehearsal import Rehearsed
from app.provisioning.target import Query, Target, Wants, nothing
from app.scim.codec import ResourceCodec
from app.scim.comparison import comparable
from app.scim.errors import ScimError, ServiceUnavailable
from app.scim.filters.nodes import Comparison, Or
from app.scim.filters.resolve import resolve
from app.scim.patch_operations import parse_patch
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.spill import Row as Kept
from app.store.spill import Spill

PAGE: Final = 200
"""How many users are fetched at once. Mostly there is one of each key."""

Holders = Mapping[Hashable, Sequence[Resource]]


class BrokenOff(Exception):
    """The directory no longer answers. ``row`` may not have been dealt with; those before it were."""

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(
            f"stopped at row {row}: {reason} The rows before it are done; import the same file again to do the rest."
        )
        self.row = row
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Ground:
    """Where rows are imported to."""

    target: Target
    has_written: Callable[[], bool]
    """Tells whether anything was recorded since it was asked last."""
    is_rehearsal: bool = False
    """Whether the target writes nothing; see ``app.provisioning.rehearsal``."""


@dataclass(frozen=True)
class Batch:
    """What deals with rows. ``seen`` are the keys of those before."""

    map: SchemaMap
    columns: Columns
    ground: Ground
    seen: Spill

    def results(self, records: Sequence[Record]) -> Iterator[Result]:
        """Deal with some rows; raise BrokenOff."""
        once = self._once(records)
        holders = self._look_up(once)
        referring = self._referring(once)
        for record in once:
            try:
                result = self._result(referring.resolved(record), holders)
            except ServiceUnavailable as error:
                raise BrokenOff(record.number, error.detail) from error
            referring.learn(record, result)
            yield result

    def _once(self, records: Sequence[Record]) -> list[Record]:
        """Refuse rows about somebody whom a row before was about, too."""
        keys = [str(self._meaning(record.meant)) for record in records]
        before = {key: int(row.content) for key, row in self.seen.by_id(keys).items()}
        found = []
        for key, record in zip(keys, records, strict=True):
            earlier = None if record.problems else before.setdefault(key, record.number)
            found.append(
                record if earlier in {None, record.number} else _twice(record, earlier, self.columns)
            )
        self.seen.add(Kept(key, str(before[key])) for key in dict.fromkeys(keys) if key in before)
        return found

    def _look_up(self, records: Sequence[Record]) -> Holders:
        good = [record for record in records if not record.problems]
        if not good:
            return {}
        path = self.columns.key.place.of_value.path
        asked = Or(tuple(Comparison(path, "eq", _compared(record.meant)) for record in good))
        found: dict[Hashable, list[Resource]] = {}
        for resource in self._all(asked, self._wants, records[0].number):
            for key in self._keys_of(resource):
                found.setdefault(key, []).append(resource)
        return found

    def _referring(self, records: Sequence[Record]) -> Referring:
        """Look up whom some rows name."""
        columns = [column for column in self.columns.values if column.refers]
        names = names_in(columns, records)
        if not names:
            return Referring(columns, {}, {})
        ids = ids_of(self._all(asking_for(names), frozenset(NAMED_BY).__contains__, records[0].number))
        return Referring(columns, ids, self._rows_before(names) if self.ground.is_rehearsal else {})

    def _rows_before(self, names: Sequence[str]) -> Mapping[str, int]:
        """Return in which rows those stand who are called so, if that is what rows are told apart by."""
        if self.columns.key.place.path != USER_NAME:
            return {}
        rows = self.seen.by_id([str(self._meaning(name)) for name in names])
        return {name.lower(): int(row.content) for name, row in rows.items()}

    def _all(self, asked: Or, wants: Wants, row: int) -> Iterator[Resource]:
        query, start, total = Query(filter=resolve(asked, self.map.resource_type), count=PAGE), 1, 1
        try:
            while start <= total:
                page = self.ground.target.search(replace(query, start_index=start), wants=wants)
                yield from page.resources
                start, total = start + PAGE, page.total
        except ServiceUnavailable as error:
            raise BrokenOff(row, error.detail) from error

    def _result(self, record: Record, holders: Holders) -> Result:
        if record.problems:
            return _failed(record, *record.problems)
        found = holders.get(self._meaning(record.meant), ())
        if len(found) > 1:
            return _failed(record, Problem(f"{len(found)} users have it", self.columns.key.name, record.key))
        if not found and self.columns.key.place.path == ID:
            return _failed(record, Problem("nobody has it", self.columns.key.name, record.key))
        try:
            return self._updated(record, found[0]) if found else self._created(record)
        except ServiceUnavailable:
            raise
        except ScimError as error:
            told = (place_problem(self.columns.values, each) for each in error.detail.split("; "))
            return _failed(record, *told, resource_id=_id_of(found[0]) if found else "")

    def _created(self, record: Record) -> Result:
        resource = ResourceCodec(self.map.resource_type).load(record.body, purpose="create")
        changed = tuple(column.name for column in record.values)
        try:
            resource_id = _id_of(self.ground.target.create(resource, wants=nothing))
        except Rehearsed:
            resource_id = ""
        return _done(record, "created", resource_id, changed)

    def _updated(self, record: Record, present: Resource) -> Result:
        found = list(self._operations(record, present))
        resource_id = _id_of(present)
        is_written = bool(found) and self._patch(resource_id, [operation for _, operation in found])
        if not is_written:
            return _done(record, "unchanged", resource_id, ())
        return _done(record, "updated", resource_id, tuple(dict.fromkeys(column.name for column, _ in found)))

    def _operations(self, record: Record, present: Resource) -> Iterator[tuple[Column, Operation]]:
        for column, value in record.values.items():
            # A password cannot be compared, so that each import would set it anew.
            if column != self.columns.key and not column.is_secret:
                yield from ((column, each) for each in changes(column.place, value, present))

    def _patch(self, resource_id: str, operations: Sequence[Operation]) -> bool:
        """Change a user; tell whether that wrote anything."""
        patch = parse_patch({"Operations": [*operations]}, self.map.resource_type)
        beside = [each for each in patch if each.target.path == EXTERNAL_ID and self._is_beside]
        if self.ground.is_rehearsal and beside:
            # The guard does not see what is kept beside the directory.
            return True
        self.ground.has_written()
        try:
            self.ground.target.patch(resource_id, patch, wants=nothing)
        except Rehearsed:
            return True
        return self.ground.has_written()

    @property
    def _is_beside(self) -> bool:
        return not self.map.rules_of(EXTERNAL_ID)

    @cached_property
    def _wants(self) -> Wants:
        columns = (*self.columns.values, self.columns.key)
        return frozenset(
            path for each in columns for path in (each.place.path, each.place.path.parent)
        ).__contains__

    def _keys_of(self, resource: Resource) -> set[Hashable]:
        place = self.columns.key.place
        if is_many(place):
            return {self._meaning(value) for value in values_at(place, resource.attributes)}
        return {self._meaning(value_at(place, resource.attributes))}

    def _meaning(self, value: Value) -> Hashable:
        found: Hashable = comparable(self.columns.key.place.of_value.leaf, value)
        return found


def _twice(record: Record, earlier: int | None, columns: Columns) -> Record:
    problem = Problem(f"row {earlier} is about the same user already", columns.key.name, record.key)
    return replace(record, problems=(problem,))


def _failed(record: Record, *problems: Problem, resource_id: str = "") -> Result:
    return Result(
        row=record.number, outcome="failed", key=record.key, resource_id=resource_id, problems=problems
    )


def _done(record: Record, outcome: Outcome, resource_id: str, changed: tuple[str, ...]) -> Result:
    return Result(
        row=record.number, outcome=outcome, key=record.key, resource_id=resource_id, changed=changed
    )


def _id_of(resource: Resource) -> str:
    return str(resource.attributes["id"])


def _compared(value: Value) -> bool | int | float | str | None:
    return value if isinstance(value, bool | int | float | str) else None
