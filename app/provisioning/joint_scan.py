"""All that matches a query in several domains, as one list: in one order, each resource once, each domain asked once.

A domain that does not answer is an error, or, where that is tolerated, left out and named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from app.directory.model import Entry
from app.provisioning.domain_names import Place
from app.provisioning.scan import Rank, Scan, in_order
from app.provisioning.target import Query, Wants
from app.scim.errors import ServiceUnavailable
from app.scim.resource import Resource
from app.scim.sorting import sort

Answer = TypeVar("Answer")
Complete = Callable[[Sequence[Resource], Wants], list[Resource]]


@dataclass(frozen=True, slots=True)
class Part:
    """What matches in one domain. ``complete`` adds what is kept beside the directory."""

    place: Place
    scan: Scan
    complete: Complete


@dataclass(frozen=True, slots=True)
class Held:
    """An entry, and the part that it is from."""

    part: Part
    id: bytes
    entry: Entry


@dataclass(frozen=True)
class JointScan:
    """What matches a query in several domains. ``missing`` names those that did not answer."""

    parts: Sequence[Part]
    query: Query
    tolerates: bool = False
    missing: list[str] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """Name what is listed."""
        return tuple(name for part in self.parts for name in part.scan.names)

    @property
    def digest(self) -> str:
        """Identify what the domains say."""
        return ".".join(part.scan.digest for part in self.parts)

    def state(self) -> str | None:
        states = [part.scan.state() for part in self.parts]
        return " ".join(state for state in states if state) if all(states) else None

    def count(self) -> int:
        return sum(count for _, count in self._each(lambda part: part.scan.count()))

    def ids(self) -> list[bytes]:
        if self.query.sort_by is None:
            found = self._each(lambda part: part.scan.ids())
            return list(dict.fromkeys(each for _, ids in found for each in ids))
        keys: dict[bytes, Rank] = {}
        for _, found_keys in self._each(lambda part: part.scan.keys(part.place.shown)):
            keys |= found_keys
        return in_order(keys, self.query)

    def first(self, count: int, *, wants: Wants) -> tuple[dict[bytes, Held], bool]:
        held: dict[bytes, Held] = {}
        are_all = True

        def ask(part: Part) -> tuple[dict[bytes, Entry], bool]:
            return part.scan.first(max(0, count - len(held)), wants=wants)

        for part, (entries, is_whole) in self._each(ask):
            held |= {key: Held(part, key, entry) for key, entry in entries.items()}
            are_all = are_all and is_whole
        return held, are_all

    def excerpt(self, count: int, *, wants: Wants) -> None:
        """Leave the order to this side: of several directories none knows where the others' entries belong."""
        del count, wants

    def fetch(self, ids: Iterable[bytes], *, wants: Wants) -> Iterator[Held]:
        remaining = dict.fromkeys(ids)
        for part, entries in self._each(lambda part: list(part.scan.fetch(remaining, wants=wants))):
            for entry in entries:
                found = Held(part, part.scan.id_of(entry), entry)
                remaining.pop(found.id, None)
                yield found

    def show(self, entries: Iterable[Held], *, wants: Wants) -> list[Resource]:
        page = list(entries)
        shown: dict[bytes, Resource] = {}
        for part in self.parts:
            own = [held.entry for held in page if held.part is part]
            for resource in part.complete(part.scan.show(own, wants=wants), wants) if own else ():
                shown[UUID(str(resource.attributes["id"])).bytes] = part.place.shown(resource)
        return [shown[held.id] for held in page if held.id in shown]

    def show_all(self, entries: Iterable[Held], *, wants: Wants) -> list[Resource]:
        order = self.query.sort_by
        if order is None:
            return self.show(entries, wants=wants)
        by_id = sorted(entries, key=lambda held: held.id)
        shown = self.show(by_id, wants=lambda path: path.parent == order.path.parent or wants(path))
        return sort(shown, order, order=self.query.sort_order)

    def id_of(self, entry: Held) -> bytes:
        return entry.id

    def _each(self, ask: Callable[[Part], Answer]) -> Iterator[tuple[Part, Answer]]:
        for part in self.parts:
            try:
                answer = ask(part)
            except ServiceUnavailable as error:
                if not self.tolerates:
                    raise ServiceUnavailable(
                        f"The user store domain {part.place.name}: {error.detail}"
                    ) from error
                if part.place.name not in self.missing:
                    self.missing.append(part.place.name)
                continue
            yield part, answer
