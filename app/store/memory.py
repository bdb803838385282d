"""What was read from a table lately, for as long as nothing has been changed in it since."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Known(Generic[V]):
    state: object
    values: dict[Hashable, V] = field(default_factory=dict)


class Memory(Generic[V]):
    """Values by key. ``state`` is ``Database.state``: where it tells nothing of the ``table``, nothing is remembered."""

    def __init__(self, state: Callable[[str], object | None], table: str, *, limit: int = 1024) -> None:
        self._state = partial(state, table)
        self._limit = limit
        self._known: _Known[V] = _Known(None)

    def get(self, key: Hashable, read: Callable[[], V]) -> V:
        """Return what ``read`` returns, without calling it where that is known."""
        state = self._state()
        if state is None:
            return read()
        known = self._known
        if known.state != state:
            known = self._known = _Known(state)
        if key in known.values:
            return known.values[key]
        # Read after the state was asked for, so as new as the state at least.
        value = read()
        if len(known.values) < self._limit:
            known.values[key] = value
        return value
