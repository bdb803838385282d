"""What was made of entries last, in about as much memory as it may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Generic, TypeAlias, TypeVar

from app.directory.model import Entry, Values

Made = TypeVar("Made")
MAX_VALUE_BYTES: Final = 16 * 1024
"""What was made of an entry with more in its values, as a large group, is not kept."""
_TIMES: Final = 4
_BESIDES: Final = 2500
"""What one takes: the values some times over (as they came, as SCIM has them, as JSON), and what holds them."""

_Key: TypeAlias = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Made]):
    basis: object
    attributes: Mapping[str, Values]
    made: Made
    size: int


@dataclass(slots=True)
class Bounded(Generic[Made]):
    """What was made of entries, by their names and by what was fetched of them; found again for the very same values.

    The ``basis`` is what it was made by besides, as a map: what was made by another one is not found.
    """

    max_bytes: int
    _kept: dict[_Key, _Kept[Made]] = field(default_factory=dict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def get(self, entry: Entry, basis: object) -> Made | None:
        """Return what was made of an entry."""
        found = self._kept.get(_key(entry))
        if found is None or found.basis is not basis or found.attributes != entry.attributes:
            return None
        return found.made

    def keep(self, entry: Entry, basis: object, made: Made) -> None:
        """Keep what was made of an entry, unless that is large."""
        size = sum(sum(map(len, values)) for values in entry.attributes.values())
        if size > MAX_VALUE_BYTES:
            return
        key, new = _key(entry), _Kept(basis, entry.attributes, made, _TIMES * size + _BESIDES)
        with self._lock:
            old = self._kept.get(key)
            self._kept[key] = new
            self._bytes += new.size - (old.size if old else 0)
            if self._bytes > self.max_bytes:
                self._forget_half()

    def _forget_half(self) -> None:
        """Forget every other one: who walks through more than there is room for finds half of it the next time."""
        self._kept = dict(list(self._kept.items())[::2])
        self._bytes = sum(each.size for each in self._kept.values())


def _key(entry: Entry) -> _Key:
    return entry.dn.text, tuple(entry.attributes)
