"""Whether a change is more than the limits allow, and which of them it breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from app.directory.model import Modify, Search
from app.provisioning.entries import Entries
from app.provisioning.planning import Planned
from app.store.change_limits import ChangeLimits, Kind, Limit

COUNT_EVERY_SECONDS = 3600.0
_WORDS: Mapping[Kind, str] = {
    "deletes": "resources deleted",
    "disables": "users disabled",
    "removals": "members removed",
    "renames": "entries renamed",
}


class Populations:
    """How many resources there are of each type, counted now and then. ``monotonic`` counts seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._counted: dict[tuple[str, str], tuple[float, int]] = {}

    def of(self, entries: Entries) -> int:
        """Return how many resources of a type a domain has, as of the last hour."""
        search = Search(entries.domain.base, "subtree", entries.map.entry.scope, ("1.1",))
        return self.counted(
            entries.domain.name,
            entries.map.resource_type.name,
            lambda: sum(1 for _ in entries.search(search)),
        )

    def counted(self, where: str, resource_type: str, count: Callable[[], int]) -> int:
        """Return how many resources of a type there are somewhere, as of the last hour."""
        key = (where, resource_type)
        counted = self._counted.get(key)
        if counted is None or self._monotonic() - counted[0] >= COUNT_EVERY_SECONDS:
            counted = self._counted[key] = (self._monotonic(), count())
        return counted[1]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Of how many a change is a part, counted where a limit by percent asks for it."""

    resources: Callable[[], int]
    members: Callable[[], int | None]
    """Those of the group that is changed; None where nobody can say."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Limits, and whose changes they count: those in a domain or those of an application."""

    limits: ChangeLimits
    name: str
    domain: str | None = None
    application: str | None = None


class Book(Protocol):
    """Counts what was changed lately."""

    def total(
        self, kind: Kind, window: timedelta, *, domain: str | None = None, application: str | None = None
    ) -> int:
        """Say how much of a kind was changed in a domain, or by an application."""
        ...


@dataclass(frozen=True, slots=True)
class Scales:
    """What one change is weighed with. It is among what ``book`` counts already."""

    book: Book
    crowd: Crowd
    so_far: Mapping[Kind, int]
    """What the same request has changed before."""

    def excess(self, amounts: Mapping[Kind, int], scope: Scope) -> str:
        """Say which limit a change breaks; empty where it breaks none."""
        for kind, limit in scope.limits.limits.items():
            if kind in amounts:
                excess = self._excess(kind, amounts[kind], limit, scope)
                if excess:
                    return excess
        return ""

    def _excess(self, kind: Kind, amount: int, limit: Limit, scope: Scope) -> str:
        if limit.per_request is not None and self.so_far.get(kind, 0) + amount > limit.per_request:
            return f"more than {limit.per_request} {_WORDS[kind]} in one request"
        if limit.per_window is not None and self._total(kind, scope) > limit.per_window:
            return f"more than {limit.per_window} {_WORDS[kind]} in {_minutes(scope.limits.window)}"
        if limit.percent is None:
            return ""
        if kind == "removals":
            members = self.crowd.members()
            if members is None:
                return "members removed from a group that cannot be counted"
            is_over = amount * 100 > members * limit.percent
            return f"more than {limit.percent:g} % of a group's members removed at once" if is_over else ""
        is_over = self._total(kind, scope) * 100 > self.crowd.resources() * limit.percent
        window = _minutes(scope.limits.window)
        return f"more than {limit.percent:g} % of all {_WORDS[kind]} in {window}" if is_over else ""

    def _total(self, kind: Kind, scope: Scope) -> int:
        return self.book.total(kind, scope.limits.window, domain=scope.domain, application=scope.application)


def members_of(entries: Entries, planned: Planned) -> int:
    """Count the members of the group that a plan changes."""
    attributes = tuple(rule.attribute for rule in entries.map.references if rule.writes)
    name = next(each.dn for each in planned.plan.operations if isinstance(each, Modify))
    search = Search(name, "base", attributes=attributes, size_limit=1)
    return sum(len(entry.values(attribute)) for entry in entries.search(search) for attribute in attributes)


def _minutes(window: timedelta) -> str:
    minutes = int(window.total_seconds() // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
