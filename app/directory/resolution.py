"""Was an operation carried out whose answer never came? The directory is read and tells, as far as reading can tell.

What is asked is whether the state that the operation wanted is there: an entry with our values, an absence, a new name,
values that have come or gone. Passwords cannot be read; only a bind tells that one is in force. Nothing is written here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Protocol, assert_never

from app.directory.dn import Dn
from app.directory.errors import DirectoryError, PasswordStale
from app.directory.filters import Equals, Everything, Filter, all_of, negate
from app.directory.ldif import is_secret
from app.directory.matching import rule_of
from app.directory.model import Add, Delete, Entry, Modify, Operation, Rename, Search, SetPassword, Values


class Verdict(Enum):
    """What has become of an operation."""

    MADE = "made"
    NOT_MADE = "not made"
    UNKNOWN = "unknown"


class Reader(Protocol):
    """What can be asked: every ``Directory``, or one server alone."""

    def search(self, search: Search) -> Iterator[Entry]:
        """Yield the entries that match."""
        ...

    def authenticate(self, dn: Dn, password: str) -> None:
        """Check a password by a bind."""
        ...


def resolve(operation: Operation, reader: Reader) -> Verdict:
    """Tell whether an operation was carried out; UNKNOWN where the directory does not answer or cannot tell.

    ``reader`` must see what the server sees to which the operation was sent. A server that is still at work on the
    operation may carry it out after it was found not made.
    """
    try:
        match operation:
            case Add():
                return _added(operation, reader)
            case Modify():
                return _modified(operation, reader)
            case Rename():
                return _renamed(operation, reader)
            case Delete(dn):
                return _told(_read(reader, dn) is None)
            case SetPassword(dn, password):
                return _accepted(dn, password, reader)
    except DirectoryError:
        # A bind that fails tells nothing: the account may be locked, or the password have to be changed first.
        return Verdict.UNKNOWN
    assert_never(operation)


def _accepted(dn: Dn, password: str, reader: Reader) -> Verdict:
    with contextlib.suppress(PasswordStale):
        reader.authenticate(dn, password)
    return Verdict.MADE


def _told(is_made: bool) -> Verdict:  # noqa: FBT001 - it is what is told
    return Verdict.MADE if is_made else Verdict.NOT_MADE


def _read(
    reader: Reader, dn: Dn, condition: Filter | None = None, *, attributes: tuple[str, ...] = ()
) -> Entry | None:
    wanted = Everything() if condition is None else condition
    return next(iter(reader.search(Search(dn, "base", wanted, attributes, size_limit=1))), None)


def _added(operation: Add, reader: Reader) -> Verdict:
    # Servers add values of their own, and hash what is secret.
    ours = {name: values for name, values in operation.attributes.items() if not is_secret(name)}
    found = _read(reader, operation.dn, attributes=tuple(ours))
    return _told(
        found is not None
        and all(_folded(name, ours[name]) <= _folded(name, found.values(name)) for name in ours)
    )


def _renamed(operation: Rename, reader: Reader) -> Verdict:
    attributes = tuple(ava.attribute for ava in operation.rdn.avas)
    found = _read(reader, operation.new_dn, attributes=attributes)
    if operation.new_dn == operation.dn:
        # The same name in another spelling: the value tells.
        return _told(
            found is not None
            and all(ava.value.encode() in found.values(ava.attribute) for ava in operation.rdn.avas)
        )
    if _read(reader, operation.dn) is not None:
        return Verdict.NOT_MADE
    return Verdict.MADE if found else Verdict.UNKNOWN


def _modified(operation: Modify, reader: Reader) -> Verdict:
    wanted = [aim for aim in _aims(operation) if not is_secret(aim.attribute)]
    if wanted and _is_reached(wanted, operation.dn, reader):
        return Verdict.MADE
    if operation.assertion is not None and not isinstance(operation.assertion, Everything):
        # While the state that was asserted is there nothing was made; once it is gone, somebody else may have been at work.
        is_as_before = _read(reader, operation.dn, operation.assertion) is not None
        return Verdict.NOT_MADE if is_as_before else Verdict.UNKNOWN
    return Verdict.NOT_MADE if wanted else Verdict.UNKNOWN


class _Aim:
    """What one attribute is to be after a modify: these values there and those gone, or these and no others."""

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute
        self.is_whole = False
        self.present: dict[bytes, None] = {}
        self.absent: dict[bytes, None] = {}

    def replace(self, values: Values) -> None:
        self.is_whole, self.present, self.absent = True, dict.fromkeys(values), {}

    def add(self, values: Values) -> None:
        for value in values:
            self.present[value] = None
            self.absent.pop(value, None)

    def delete(self, values: Values) -> None:
        for value in values:
            self.present.pop(value, None)
            self.absent[value] = None

    @property
    def condition(self) -> Filter:
        """The server compares single values itself: nobody reads the members of a large group."""
        if self.is_whole:
            return Everything()
        there = (Equals(self.attribute, value) for value in self.present)
        gone = (negate(Equals(self.attribute, value)) for value in self.absent)
        return all_of((*there, *gone))

    def fits(self, found: Entry) -> bool:
        return not self.is_whole or _exact(self.attribute, self.present) == _exact(
            self.attribute, found.values(self.attribute)
        )


def _aims(operation: Modify) -> list[_Aim]:
    aims: dict[str, _Aim] = {}
    for change in operation.changes:
        aim = aims.setdefault(change.attribute.lower(), _Aim(change.attribute))
        match change.kind:
            case "add":
                aim.add(change.values)
            case "delete" if change.values:
                aim.delete(change.values)
            case _:
                aim.replace(change.values)
    return list(aims.values())


def _is_reached(aims: list[_Aim], dn: Dn, reader: Reader) -> bool:
    condition = all_of(aim.condition for aim in aims)
    wanted = tuple(aim.attribute for aim in aims if aim.is_whole)
    found = _read(reader, dn, condition, attributes=wanted)
    return found is not None and all(aim.fits(found) for aim in aims)


def _exact(name: str, values: Iterable[bytes]) -> set[object]:
    # A change of case is a change; names alone are respelled by servers.
    keys = ((_normal(name, value), value) for value in values)
    return {key if isinstance(key, Dn) else value for key, value in keys}


def _folded(name: str, values: Values) -> set[object]:
    return {_normal(name, value) for value in values}


def _normal(name: str, value: bytes) -> object:
    try:
        return rule_of(name).normalize(value)
    except ValueError:
        return value
