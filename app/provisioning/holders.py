"""The groups that entries are in, found at the groups: level by level, a batch of entries by one search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from app.directory.dn import Dn
from app.directory.filters import Equals, all_of, any_of
from app.directory.model import Entry, Search
from app.mapping.references import Name, Referent, is_fit
from app.provisioning.identity import BATCH, MAX_DEPTH, Identities
from app.provisioning.memberships import held_in


@dataclass(slots=True)
class Above:
    """The groups above entries: those that each one is in, by its name, and all there are."""

    parents: dict[Dn, list[Dn]] = field(default_factory=dict)
    groups: dict[Dn, Referent] = field(default_factory=dict)

    @property
    def referents(self) -> Mapping[Name, Referent]:
        """The groups, each with those that it is in."""
        return {
            name: replace(group, parents=tuple(self.parents.get(name, ())))
            for name, group in self.groups.items()
        }


class Holders:
    """The groups of a domain as those who hold members."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._domain = identities.domain
        self._held = held_in(identities.domain.maps)

    def above(self, names: Mapping[Name, Dn]) -> Above:
        """Return the groups that entries are in, and those that these are in; ``names`` are all that they go by."""
        found, level = Above(), dict(names)
        holds_groups = any(kind != "User" for held in self._held for kind in held.rule.types)
        seen: set[Dn] = set()
        for _ in range(MAX_DEPTH if holds_groups else 1):
            seen.update(level.values())
            groups: dict[Name, Dn] = {}
            for group, members in self._holding(level):
                groups |= dict.fromkeys(group.names, group.dn)
                found.groups[group.dn] = group
                for member in members & level.keys():
                    found.parents.setdefault(level[member], []).append(group.dn)
            level = {name: dn for name, dn in groups.items() if dn not in seen}
            if not level:
                break
        return found

    def members(self, groups: Iterable[Dn]) -> list[Name]:
        """Return the names of all who are in groups, also by way of groups within them."""
        found: dict[Name, None] = {}
        level, all_groups = dict.fromkeys(groups), None
        seen: set[Dn] = set()
        while level:
            seen |= level.keys()
            members = {name: None for group in level for name in self._members_of(group)}
            found |= members
            all_groups = self._all_groups() if all_groups is None else all_groups
            level = dict.fromkeys(all_groups & members.keys() - seen)
        return list(found)

    def _holding(self, names: Iterable[Name]) -> Iterator[tuple[Referent, set[Name]]]:
        remaining = (
            Equals(held.rule.attribute, str(name).encode())
            for name in names
            for held in self._held
            if is_fit(held.rule, name)
        )
        while items := list(islice(remaining, BATCH)):
            # Of a group's members no more come back than those who are asked about.
            for entry, group in self._identities.holding(any_of(items), items):
                yield group, {name for held in self._held for name in held.names(entry)}

    def _members_of(self, group: Dn) -> Iterator[Name]:
        attributes = tuple(dict.fromkeys(held.rule.attribute for held in self._held))
        for entry in self._search(Search(group, "base", attributes=attributes, size_limit=1)):
            for held in self._held:
                yield from held.names(entry)

    def _all_groups(self) -> set[Dn]:
        scope = any_of(held.schema_map.entry.scope for held in self._held)
        return {entry.dn for entry in self._search(Search(self._domain.base, "subtree", all_of((scope,))))}

    def _search(self, search: Search) -> Iterator[Entry]:
        return self._identities.asked(search)
