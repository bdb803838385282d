"""A directory in memory, for fast tests: the port's contract without a server.

It keeps a tree with ids, versions and time stamps where OpenLDAP keeps them. Of the schema it knows how values compare, no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from threading import RLock
from typing import assert_never

from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.errors import (
    AssertionFailed,
    EntryExists,
    InvalidCredentials,
    NoSuchEntry,
    NoSuchValue,
    NotALeaf,
    SchemaViolation,
    ValueExists,
)
from app.directory.filters import Equals, Present
from app.directory.matching import matches, rule_of
from app.directory.model import (
    Add,
    Change,
    Delete,
    Entry,
    Modify,
    Operation,
    Rename,
    Search,
    SetPassword,
    Values,
)
from app.directory.port import Capabilities, Excerpt

_ID, _VERSION = OpenLdap.id_attribute.lower(), OpenLdap.version_attribute.lower()
_KEPT = {_ID, _VERSION, OpenLdap.created_attribute.lower(), OpenLdap.modified_attribute.lower()}
_NAME = OpenLdap.name_attribute.lower()


@dataclass
class MemoryDirectory:
    """A tree of entries below ``base``, which exists from the start."""

    base: Dn
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sorts: bool = False
    """Whether it sorts, as some servers do."""
    relaxes: bool = False
    """Whether what was kept of an entry may be set again."""
    _entries: dict[Dn, dict[str, Values]] = field(default_factory=dict)
    _passwords: dict[Dn, str] = field(default_factory=dict, repr=False)
    _changes: Iterator[int] = field(default_factory=lambda: count(1))
    _lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        named = {ava.attribute.lower(): (ava.value.encode(),) for ava in self.base.rdn.avas}
        self._store(self.base, {"objectclass": (b"top",), **named})

    def search(self, search: Search) -> Iterator[Entry]:
        with self._lock:
            found = [Entry.of(dn, values) for dn, values in self._entries.items() if _is_in_scope(dn, search)]
        matching = [entry for entry in found if matches(search.filter, _named(entry))]
        for entry in matching[: search.size_limit]:
            yield _matched(_selected(entry, search.attributes), search.values)

    def excerpt(self, search: Search) -> Excerpt | None:
        window = search.window
        if not self.sorts or window is None:
            return None
        names = [key.attribute for key in window.keys]
        found = list(self.search(replace(search, attributes=(*search.attributes, *names))))
        for key in reversed(window.keys):
            found.sort(key=lambda entry, name=key.attribute: entry.values(name), reverse=key.is_descending)  # type: ignore[misc]
        part = found[window.start : window.start + window.count]
        return Excerpt([_selected(entry, search.attributes) for entry in part], len(found))

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        with self._lock:
            before = self._entry(operation.dn) if operation.dn in self._entries else None
            dn = self._apply(operation)
            if isinstance(operation, Delete) and before is not None and read_back:
                return _selected(before, read_back)
            if dn is None or not read_back:
                return None
            return _selected(self._entry(dn), read_back)

    def authenticate(self, dn: Dn, password: str) -> None:
        if not password or self._passwords.get(dn) != password:
            raise InvalidCredentials("the name or the password is wrong")

    def capabilities(self) -> Capabilities:
        return Capabilities(vendor="memory")

    def _apply(self, operation: Operation) -> Dn | None:
        match operation:
            case Add(dn, attributes, kept):
                return self._add(dn, attributes, kept if self.relaxes else {})
            case Modify(dn, changes):
                self._check(operation)
                return self._modify(
                    dn, _without_present(self._entries[dn], operation) if operation.permissive else changes
                )
            case Rename():
                self._check(operation)
                return self._rename(operation)
            case Delete(dn):
                self._check(operation)
                if operation.with_below:
                    self._delete_below(dn)
                self._delete(dn)
                return None
            case SetPassword(dn, password):
                self._existing(dn)
                self._passwords[dn] = password
                self._touch(dn)
                return None
        assert_never(operation)

    def _add(self, dn: Dn, attributes: Mapping[str, Values], kept: Mapping[str, Values]) -> Dn:
        if dn in self._entries:
            raise EntryExists(f"{dn} exists")
        self._existing(dn.parent)
        added = {name.lower(): values for name, values in attributes.items()}
        _check_values(dn, added)
        self._store(dn, added)
        self._entries[dn] |= {name.lower(): values for name, values in kept.items()}
        return dn

    def _store(self, dn: Dn, attributes: dict[str, Values]) -> None:
        created = {_ID: (str(uuid.uuid4()).encode(),), "createtimestamp": (self._timestamp(),)}
        self._entries[dn] = attributes | created
        self._touch(dn)

    def _modify(self, dn: Dn, changes: Sequence[Change]) -> Dn:
        attributes = dict(self._existing(dn))
        for change in changes:
            _change(attributes, change)
        _check_values(dn, attributes)
        self._entries[dn] = {name: values for name, values in attributes.items() if values}
        self._touch(dn)
        return dn

    def _rename(self, operation: Rename) -> Dn:
        attributes = dict(self._existing(operation.dn))
        self._existing(operation.new_dn.parent)
        if operation.new_dn in self._entries and operation.new_dn != operation.dn:
            raise EntryExists(f"{operation.new_dn} exists")
        if not operation.keeps_old:
            for ava in operation.dn.rdn.avas:
                _change(attributes, Change("delete", ava.attribute, (ava.value.encode(),)))
        for ava in operation.rdn.avas:
            name, value = ava.attribute.lower(), ava.value.encode()
            if rule_of(name).normalize(value) not in _folded(name, attributes.get(name, ())):
                attributes[name] = (*attributes.get(name, ()), value)
        self._entries[operation.dn] = attributes
        self._move(operation.dn, operation.new_dn)
        self._touch(operation.new_dn)
        return operation.new_dn

    def _move(self, old: Dn, new: Dn) -> None:
        """Give an entry, and all below it, another name."""
        for dn in [dn for dn in self._entries if dn.is_within(old)]:
            moved = Dn((*dn.rdns[: len(dn.rdns) - len(old.rdns)], *new.rdns))
            self._entries[moved] = self._entries.pop(dn)
            if dn in self._passwords:
                self._passwords[moved] = self._passwords.pop(dn)

    def _delete_below(self, dn: Dn) -> None:
        for below in [other for other in self._entries if other.is_within(dn) and other != dn]:
            del self._entries[below]
            self._passwords.pop(below, None)

    def _delete(self, dn: Dn) -> None:
        self._existing(dn)
        if any(other.parent == dn for other in self._entries if other != self.base):
            raise NotALeaf(f"{dn} has entries below it")
        del self._entries[dn]
        self._passwords.pop(dn, None)

    def _check(self, operation: Modify | Rename | Delete) -> None:
        self._existing(operation.dn)
        found = _named(self._entry(operation.dn))
        if operation.assertion and not matches(operation.assertion, found):
            raise AssertionFailed(f"{operation.dn} is not as asserted")

    def _existing(self, dn: Dn) -> Mapping[str, Values]:
        if dn not in self._entries:
            raise NoSuchEntry(f"{dn} does not exist")
        return self._entries[dn]

    def _entry(self, dn: Dn) -> Entry:
        written = next(key for key in self._entries if key == dn)
        return Entry.of(written, self._entries[dn])

    def _touch(self, dn: Dn) -> None:
        self._entries[dn]["modifytimestamp"] = (self._timestamp(),)
        self._entries[dn][_VERSION] = (f"{next(self._changes):06}#000000#000#000000".encode(),)

    def _timestamp(self) -> bytes:
        return self.now().strftime("%Y%m%d%H%M%SZ").encode()


def _is_in_scope(dn: Dn, search: Search) -> bool:
    match search.scope:
        case "base":
            return dn == search.base
        case "one":
            return bool(dn.rdns) and dn.parent == search.base
        case "subtree":
            return dn.is_within(search.base)
    assert_never(search.scope)


def _named(entry: Entry) -> Entry:
    """Have an entry tell its name, as filters may ask for it."""
    return Entry(entry.dn, {**entry.attributes, _NAME: (str(entry.dn).encode(),)})


def _matched(entry: Entry, wanted: Sequence[Equals | Present]) -> Entry:
    """Leave only those values of an entry that are wanted."""
    if not wanted:
        return entry
    found = {
        name: tuple(v for v in values if any(matches(each, Entry(entry.dn, {name: (v,)})) for each in wanted))
        for name, values in entry.attributes.items()
    }
    return Entry.of(entry.dn, found)


def _selected(entry: Entry, attributes: Sequence[str]) -> Entry:
    wanted = {name.lower() for name in attributes}
    return Entry(
        entry.dn,
        {
            name: values
            for name, values in entry.attributes.items()
            if name in wanted or ("+" if name in _KEPT else "*") in wanted
        },
    )


def _change(attributes: dict[str, Values], change: Change) -> None:
    name = change.attribute.lower()
    present = attributes.get(name, ())
    match change.kind:
        case "replace":
            attributes[name] = change.values
        case "add":
            if set(_folded(name, present)) & set(_folded(name, change.values)):
                raise ValueExists(f"{change.attribute} has the value already")
            attributes[name] = (*present, *change.values)
        case "delete":
            attributes[name] = _without(name, present, change.values)
        case _:
            assert_never(change.kind)


def _without_present(attributes: Mapping[str, Values], operation: Modify) -> list[Change]:
    """Leave out of a permissive modify what is there already."""
    changes = []
    for change in operation.changes:
        present = set(_folded(change.attribute.lower(), attributes.get(change.attribute.lower(), ())))
        normalize = rule_of(change.attribute).normalize
        new = tuple(
            value for value in change.values if change.kind != "add" or normalize(value) not in present
        )
        changes.append(Change(change.kind, change.attribute, new))
    return [change for change in changes if change.values or change.kind != "add"]


def _without(name: str, present: Values, removed: Values) -> Values:
    gone = set(_folded(name, removed))
    if not present or not gone <= set(_folded(name, present)):
        raise NoSuchValue(f"{name} has no such value")
    normalize = rule_of(name).normalize
    return tuple(value for value in present if normalize(value) not in gone) if removed else ()


def _check_values(dn: Dn, attributes: Mapping[str, Values]) -> None:
    """Refuse a value that is there twice, and an entry that lacks what it is named by."""
    for name, values in attributes.items():
        if len(set(_folded(name, values))) < len(values):
            raise ValueExists(f"{name} has a value twice")
    for ava in dn.rdn.avas:
        name = ava.attribute.lower()
        if rule_of(name).normalize(ava.value.encode()) not in _folded(name, attributes.get(name, ())):
            raise SchemaViolation(f"{dn} is named by a value that it does not have")


def _folded(name: str, values: Values) -> list[object]:
    normalize = rule_of(name).normalize
    try:
        return [normalize(value) for value in values]
    except ValueError as error:
        raise SchemaViolation(f"{name} has a value of another syntax") from error
