"""Entries and the operations that change them (RFC 4511), as immutable values.

Distinguished names are in ``dn``, filters in ``filters``; sending an operation is left to the directory behind
``port``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from app.directory.dn import Dn, Rdn
from app.directory.filters import Equals, Everything, Filter, Present

Values: TypeAlias = tuple[bytes, ...]
TREE_DELETE = "1.2.840.113556.1.4.805"  # MS-ADTS §3.1.1.3.4.1.15
RELAX = "1.3.6.1.4.1.4203.666.5.12"  # draft-zeilenga-ldap-relax, OpenLDAP's "manage DIT"; it is not listed
Scope = Literal["base", "one", "subtree"]


class Secret(bytes):
    """A value that is sent as it is and never shown, wherever what holds it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret()"

    __str__ = __repr__


class _Lower(dict[str, str]):
    """Names of attributes in lower case, made once for all entries; those with options (``member;range=0-9``) each time."""

    def __missing__(self, name: str) -> str:
        lower = name.lower()
        if ";" not in name:
            self[name] = lower
        return lower


_LOWER = _Lower()


@dataclass(slots=True)
class Entry:
    """An entry as a directory returned it. Attribute names are lower-case, values are what came over the wire.

    Nobody changes one; it is not frozen only because a frozen one takes three times as long to make.
    """

    dn: Dn
    attributes: Mapping[str, Values]

    @classmethod
    def of(cls, dn: Dn, attributes: Mapping[str, Sequence[bytes]]) -> Entry:
        """Build an entry from attribute names in any case; attributes without values are left out."""
        return cls(dn, {_LOWER[name]: tuple(values) for name, values in attributes.items() if values})

    def values(self, name: str) -> Values:
        """Return all values of an attribute; none if it is absent."""
        return self.attributes.get(_LOWER[name], ())

    def first(self, name: str) -> bytes | None:
        """Return the first value of an attribute."""
        values = self.attributes.get(_LOWER[name])
        return values[0] if values else None

    def text(self, name: str) -> str | None:
        """Return the first value of an attribute as text."""
        value = self.first(name)
        return None if value is None else value.decode("utf-8", "replace")


def having(attribute: str, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that have an attribute."""
    name = attribute.lower()
    return [entry for entry in entries if name in entry.attributes]


@dataclass(frozen=True, slots=True)
class Change:
    """One change within a modify. A delete or replace without values removes the whole attribute."""

    kind: Literal["add", "delete", "replace"]
    attribute: str
    values: Values = ()


@dataclass(frozen=True, slots=True)
class Add:
    """Create an entry. What was ``kept`` of one that was there before is set again, where that is allowed."""

    dn: Dn
    attributes: Mapping[str, Values]
    kept: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Modify:
    """Change an entry in place. Where ``assertion`` is given the change is made only if the entry matches it.

    A ``permissive`` one may add values that are there already, where the server knows such. ``address`` is sent in the
    place of the name, where the product takes the entry's id for it.
    """

    dn: Dn
    changes: tuple[Change, ...]
    assertion: Filter | None = None
    permissive: bool = False
    address: str = ""
    is_of_deleted: bool = False
    """Whether the entry was deleted, and is kept by the server for a while."""


@dataclass(frozen=True, slots=True)
class Rename:
    """Give an entry another RDN, another parent, or both.

    The old RDN's values are removed unless it ``keeps_old``. Where ``assertion`` is given, only if the entry matches
    it.
    """

    dn: Dn
    rdn: Rdn
    new_parent: Dn | None = None
    assertion: Filter | None = None
    keeps_old: bool = False

    @property
    def new_dn(self) -> Dn:
        """Where the entry is afterwards."""
        return (self.dn.parent if self.new_parent is None else self.new_parent).below(self.rdn)


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an entry, a leaf as a rule. Where ``assertion`` is given, only if the entry matches it.

    ``address`` is sent in the place of the name, where the product takes the entry's id for it.
    """

    dn: Dn
    assertion: Filter | None = None
    address: str = ""
    with_below: bool = False
    """Whether all that is below goes with it; for servers alone that offer the control ``TREE_DELETE``."""


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Have the server set a password and hash it (RFC 3062)."""

    dn: Dn
    password: str = field(repr=False)


Operation: TypeAlias = Add | Modify | Rename | Delete | SetPassword


@dataclass(frozen=True, slots=True)
class SortKey:
    """What a server sorts entries by (RFC 2891)."""

    attribute: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A part of what is found: ``count`` entries from ``start``, which counts from 0, of all in the order of ``keys``."""

    keys: tuple[SortKey, ...]
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for. ``attributes`` names all that is wanted; nothing else comes back.

    ``address`` is sent in the place of ``base``, where the product takes an entry's id for its name.
    """

    base: Dn
    scope: Scope = "subtree"
    filter: Filter = field(default_factory=Everything)
    attributes: Sequence[str] = ()
    size_limit: int | None = None
    address: str = ""
    with_deleted: bool = False
    """Whether entries are found that were deleted, where the server keeps them for a while."""
    values: tuple[Equals | Present, ...] = ()
    """Where given, and the server can (RFC 3876), no values come back but those that match one of these."""
    at_once: int | None = None
    """How many entries are worth sending in one page, where whoever asks will hardly want more."""
    is_for_one: bool = False
    """Whether hardly more than one entry can match, as by an id, so that no limit is expected to end it."""
    window: Window | None = None
    """Where given, no more than that comes back; for ``Windowed.excerpt`` alone."""


def same_values(left: Values, right: Values) -> bool:
    """Tell whether two attributes hold the same set of values: their order has no meaning (RFC 4512 §2.2)."""
    return len(left) == len(right) and set(left) == set(right)
