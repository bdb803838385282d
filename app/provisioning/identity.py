"""Who is behind ids and names: ids of resources and names of entries, looked up in batches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import Equals, Extensible, Filter, Present, all_of, any_of
from app.directory.matching import matches
from app.directory.model import Entry, Search
from app.mapping.filters import compile_filter
from app.mapping.model import SchemaMap
from app.mapping.references import Alias, Name, Referent, Referents, alias_of, begins_like, by_name
from app.mapping.shown import shown_values
from app.provisioning.domain import Domain
from app.provisioning.failures import to_scim_error
from app.provisioning.memberships import held_in
from app.provisioning.primary import NO_TIES, Ties
from app.provisioning.reading import SHOWN_AS, OthersReading, display_rules
from app.scim.filters.evaluate import matches as fulfils
from app.scim.filters.nodes import Comparison
from app.scim.resource import Resource

BATCH = 500
"""How many are looked up by one search."""
MAX_NAMES = 1000
"""How many names a filter may have in the place of one comparison."""
MAX_DEPTH = 20
"""How deep groups within groups are followed; circles end by themselves."""
NOBODY: Referents = {}


class Identities:
    """The resources of a domain as others refer to them."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.searches = 0
        """How many were sent so far."""

    def by_ids(self, ids: Iterable[str]) -> dict[str, Referent]:
        """Return who the ids belong to; ids that are nobody's are left out."""
        return {referent.id: referent for _, referent in self.look_up(list(dict.fromkeys(ids)))}

    def look_up(
        self,
        ids: Sequence[str],
        *,
        names: Sequence[Name] = (),
        attributes: Sequence[str] = (),
        ties: Ties = NO_TIES,
    ) -> list[tuple[Entry, Referent]]:
        """Return the entries of ids and names with who they are; ``attributes`` are fetched besides.

        An entry that shares the first part of its name with one of those asked for may be among them.
        """
        tied = ties.conditions(self.domain.dialect.primary)
        conditions = [*map(self.domain.dialect.has_id, ids), *map(begins_like, names), *tied]
        return list(self._look_up(conditions, self._reading.loose_scope, attributes))

    def by_names(
        self,
        names: Iterable[Name],
        *,
        known: Referents = NOBODY,
        climbing: Iterable[Name] = (),
        ties: Ties = NO_TIES,
    ) -> dict[Name, Referent]:
        """Return who the names belong to, and the ``ties``, besides those ``known``, who need not be looked up.

        Of the groups at ``climbing`` the groups that they are in are returned, too, and those that these are in.
        """
        referents, level, below = dict(known), set(names), set(climbing)
        seen: set[Name] = set()
        for _ in range(MAX_DEPTH):
            missing = level - referents.keys()
            tied = ties.beside(referents).conditions(self.domain.dialect.primary)
            conditions = [*map(begins_like, missing), *tied]
            found = [referent for _, referent in self._look_up(conditions, self._reading.loose_scope)]
            by_all = by_name(found)
            referents |= {name: by_all[name] for name in missing & by_all.keys()}
            referents |= {referent.dn: referent for referent in found if ties.has(referent)}
            # The primary group's own groups count, too.
            primary = {referent.dn for referent in referents.values() if referent.mark in ties.groups}
            level, below, ties = level | primary, below | primary, NO_TIES
            groups = (referents[name] for name in level & below & referents.keys())
            seen |= level
            level = {above for group in groups if group.type != "User" for above in group.parents}
            level -= seen
            below |= level
            if not level:
                break
        return referents

    def above(
        self, entry: Entry, *, names: Collection[Name], groups: Collection[Name], ties: Ties
    ) -> dict[Name, Referent] | None:
        """Return all groups above an entry by one search, and whose the names are; None where products know no chains.

        ``groups`` are those that it is in. Besides, the entry itself is returned as being in all of them.
        """
        dialect, held = self.domain.dialect, held_in(self.domain.maps)
        if dialect.chain is None:
            return None
        others = list(names)
        chains = (Extensible(each.rule.attribute, dialect.chain, str(entry.dn).encode()) for each in held)
        conditions = [*chains, *map(begins_like, others), *ties.conditions(dialect.primary)]
        found = {r.dn: r for _, r in self._search(self._existing(any_of(conditions)), ())}
        sure = {name for name, r in found.items() if r.type != "User" and not _is_like(r.dn, others)}
        known_above = {above for name in sure for above in found[name].parents} | set(groups)
        higher = tuple(name for name in found if name in sure or name in known_above)
        own = found.get(entry.dn) or Referent(entry.dn, dialect.id_of(entry), "")
        wanted = {*higher, *others}
        kept = (r for r in found.values() if not wanted.isdisjoint(r.names) or ties.has(r))
        return {**by_name(kept), entry.dn: replace(own, parents=higher)}

    def members_of(self, group: Dn) -> dict[Name, Referent]:
        """Return who says to be a member of a group, by one search; where the directory keeps no such account, nobody."""
        attribute = self._membership_attribute()
        if attribute is None:
            return {}
        return {r.dn: r for _, r in self._search(self._existing(Equals(attribute, str(group).encode())), ())}

    def by_display(self, comparison: Comparison, *, types: Sequence[str]) -> list[Referent] | None:
        """Return those whose display fulfils a comparison; None where they are too many to name."""
        found: dict[Dn, Referent] = {}
        for schema_map in (self.domain.maps[name] for name in types if name in self.domain.maps):
            condition = _may_show(comparison, schema_map, self.domain.dialect)
            for _, referent in self._search(all_of((condition, schema_map.entry.scope)), ()):
                if _shows(comparison, referent, schema_map):
                    found[referent.dn] = referent
                if len(found) > MAX_NAMES:
                    return None
        return list(found.values())

    def names_of(self, schema_map: SchemaMap, entry: Entry) -> Iterator[Name]:
        """Yield all by which others may refer to an entry of a map."""
        yield entry.dn
        yield from _aliases(schema_map, entry, self._reading)

    def within(self, groups: Iterable[Referent]) -> dict[Dn, Referent]:
        """Return groups and all groups within them, by their names."""
        attribute, chain = self._membership_attribute(), self.domain.dialect.chain
        found = {group.dn: group for group in groups}
        frontier = list(found)

        def is_in(name: Dn) -> Filter:
            value = str(name).encode()
            return (
                Equals(str(attribute), value) if chain is None else Extensible(str(attribute), chain, value)
            )

        while frontier and attribute:
            inside = self._look_up(map(is_in, frontier), self._groups)
            nested = {r.dn: r for _, r in inside if r.dn not in found}
            found |= nested
            frontier = list(nested) if chain is None else []
        return found

    @property
    def _groups(self) -> Filter:
        """Match all but users."""
        return any_of(
            found.entry.scope for found in self.domain.maps.values() if found.resource_type.name != "User"
        )

    def holding(self, condition: Filter, members: Sequence[Equals]) -> Iterator[tuple[Entry, Referent]]:
        """Yield the groups that fulfil a condition, and of their members those who are asked about."""
        attributes = tuple(dict.fromkeys(each.attribute for each in members))
        others = [Present(name) for name in self._reading.attributes]
        return self._search(self._existing(condition), attributes, values=(*others, *members))

    def asked(self, search: Search) -> Iterator[Entry]:
        """Yield what a search finds; raise ScimError for whatever the directory says but yes."""
        self.searches += 1
        try:
            yield from self.domain.directory.search(search)
        except DirectoryError as error:
            raise to_scim_error(error) from error

    def _existing(self, condition: Filter) -> Filter:
        return all_of((condition, self._reading.scope))

    def _look_up(
        self, conditions: Iterable[Filter], scope: Filter, attributes: Sequence[str] = ()
    ) -> Iterator[tuple[Entry, Referent]]:
        remaining = iter(conditions)
        while batch := list(islice(remaining, BATCH)):
            yield from self._search(all_of((any_of(batch), scope)), attributes)

    def _search(
        self, condition: Filter, attributes: Sequence[str], *, values: tuple[Equals | Present, ...] = ()
    ) -> Iterator[tuple[Entry, Referent]]:
        reading, acquaintances = self._reading, self.domain.acquaintances
        names = tuple(dict.fromkeys((*reading.attributes, *attributes)))
        for entry in self.asked(Search(self.domain.base, "subtree", condition, names, values=values)):
            referent = acquaintances.of(entry, reading, self._referent)
            if referent is not None:
                yield entry, referent

    def _referent(self, entry: Entry, reading: OthersReading) -> Referent | None:
        maps = self.domain.maps.values()
        schema_map = next((found for found in maps if matches(found.entry.scope, entry)), None)
        if schema_map is None:
            return None
        parents = entry.values(reading.membership) if reading.membership else ()
        primary = self.domain.dialect.primary
        return Referent(
            # The same object as in the values of those who refer to it, mostly: it need not be compared then.
            dn=Dn.valued(entry.dn.text.encode()),
            id=self.domain.dialect.id_of(entry),
            type=schema_map.resource_type.name,
            display=next(_displays(schema_map, entry), None),
            parents=tuple(map(Dn.valued, parents)),
            mark=primary.mark_of(entry) if primary else None,
            primary=primary.group_of(entry) if primary else None,
            aliases=_aliases(schema_map, entry, reading),
        )

    def _membership_attribute(self) -> str | None:
        return self._reading.membership

    @property
    def _reading(self) -> OthersReading:
        domain = self.domain
        return domain.readings.of_others(
            domain.maps, domain.dialect, keeps_memberships=domain.keeps_memberships
        )


def _may_show(comparison: Comparison, schema_map: SchemaMap, dialect: Dialect) -> Filter:
    """Match at least the entries whose display fulfils a comparison."""
    shown = (replace(comparison, path=path) for path in SHOWN_AS if schema_map.rules_of(path))
    return any_of(compile_filter(each, schema_map, dialect).filter for each in shown)


def _shows(comparison: Comparison, referent: Referent, schema_map: SchemaMap) -> bool:
    display = SHOWN_AS[0]
    if referent.display is None or schema_map.resource_type.attribute(display.attribute) is None:
        return False
    resource = Resource(schema_map.resource_type, {display.attribute: referent.display})
    return fulfils(replace(comparison, path=display), resource)


def _is_like(name: Dn, others: Iterable[Name]) -> bool:
    """Tell whether a name begins as another one does, by which both are found."""
    return any(isinstance(other, Dn) and name.rdns[:1] == other.rdns[:1] for other in others)


def _aliases(schema_map: SchemaMap, entry: Entry, reading: OthersReading) -> tuple[Alias, ...]:
    found = [alias_of(schema_map, entry, attribute) for attribute in reading.standing_for]
    return tuple(alias for alias in found if alias is not None)


def _displays(schema_map: SchemaMap, entry: Entry) -> Iterator[str]:
    for rule in display_rules(schema_map):
        yield from (str(value) for value in shown_values(rule, entry) if rule.reads)
