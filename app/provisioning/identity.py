"""Who is behind ids and names: ids of resources and names of entries, looked up in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import Equals, Filter, Nothing, Present, all_of, any_of, attributes_of
from app.directory.matching import matches
from app.directory.model import Entry, Search
from app.mapping.filters import compile_filter
from app.mapping.model import SchemaMap
from app.mapping.references import Referent, Referents
from app.mapping.shown import shown_values
from app.provisioning.domain import Domain
from app.provisioning.failures import to_scim_error
from app.provisioning.memberships import shown_in
from app.scim.filters.evaluate import matches as fulfils
from app.scim.filters.nodes import Comparison
from app.scim.path import AttributePath
from app.scim.resource import Resource

Key = TypeVar("Key")
BATCH = 500
"""How many are looked up by one search."""
MAX_NAMES = 1000
"""How many names a filter may have in the place of one comparison."""
MAX_DEPTH = 20
"""How deep groups within groups are followed; circles end by themselves."""
NOBODY: Referents = {}
_SHOWN_AS = (AttributePath("displayName"), AttributePath("userName"))


class Identities:
    """The resources of a domain as others refer to them."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain

    def by_ids(self, ids: Iterable[str]) -> dict[str, Referent]:
        """Return who the ids belong to; ids that are nobody's are left out."""
        return {referent.id: referent for _, referent in self.look_up(list(dict.fromkeys(ids)))}

    def look_up(
        self, ids: Sequence[str], *, names: Sequence[Dn] = (), attributes: Sequence[str] = ()
    ) -> list[tuple[Entry, Referent]]:
        """Return the entries of ids and names with who they are; ``attributes`` are fetched besides.

        An entry that shares the first part of its name with one of those asked for may be among them.
        """
        conditions = [*map(self.domain.dialect.has_id, ids), *map(_named, names)]
        return list(self._look_up(conditions, _itself, attributes))

    def by_names(
        self, names: Iterable[Dn], *, known: Referents = NOBODY, climbing: Iterable[Dn] = ()
    ) -> dict[Dn, Referent]:
        """Return who the names belong to, besides those ``known``, who need not be looked up.

        Of the groups at ``climbing`` the groups that they are in are returned, too, and those that these are in.
        """
        referents, level, below = dict(known), set(names), set(climbing)
        seen: set[Dn] = set()
        for _ in range(MAX_DEPTH):
            missing = level - referents.keys()
            referents |= {r.dn: r for _, r in self._look_up(list(missing), _named) if r.dn in missing}
            groups = (referents[name] for name in level & below & referents.keys())
            seen |= level
            level = {above for group in groups if group.type != "User" for above in group.parents} - seen
            below |= level
            if not level:
                break
        return referents

    def members_of(self, group: Dn) -> dict[Dn, Referent]:
        """Return who says to be a member of a group, by one search; where the directory keeps no such account, nobody."""
        attribute = self._membership_attribute()
        if attribute is None:
            return {}
        return {r.dn: r for _, r in self._search(Equals(attribute, str(group).encode()), ())}

    def by_display(self, comparison: Comparison, *, types: Sequence[str]) -> list[Dn] | None:
        """Return the names of those whose display fulfils a comparison; None where they are too many to name."""
        found: dict[Dn, None] = {}
        for schema_map in (self.domain.maps[name] for name in types if name in self.domain.maps):
            condition = _may_show(comparison, schema_map, self.domain.dialect)
            for _, referent in self._search(all_of((condition, schema_map.entry.scope)), ()):
                if _shows(comparison, referent, schema_map):
                    found[referent.dn] = None
                if len(found) > MAX_NAMES:
                    return None
        return list(found)

    def within(self, groups: Sequence[Dn]) -> list[Dn]:
        """Return the names of groups and of all groups within them."""
        attribute = self._membership_attribute()
        found = dict.fromkeys(groups)
        frontier = list(groups)
        while frontier and attribute:
            nested = self._look_up(frontier, lambda name: Equals(attribute, str(name).encode()))
            frontier = [r.dn for _, r in nested if r.type != "User" and r.dn not in found]
            found |= dict.fromkeys(frontier)
        return list(found)

    def holding(self, condition: Filter, members: Sequence[Equals]) -> Iterator[tuple[Entry, Referent]]:
        """Yield the groups that fulfil a condition, and of their members those who are asked about."""
        attributes = tuple(dict.fromkeys(each.attribute for each in members))
        others = [Present(name) for name in self._attributes()]
        return self._search(condition, attributes, values=(*others, *members))

    def asked(self, search: Search) -> Iterator[Entry]:
        """Yield what a search finds; raise ScimError for whatever the directory says but yes."""
        try:
            yield from self.domain.directory.search(search)
        except DirectoryError as error:
            raise to_scim_error(error) from error

    def _look_up(
        self, keys: Sequence[Key], condition: Callable[[Key], Filter], attributes: Sequence[str] = ()
    ) -> Iterator[tuple[Entry, Referent]]:
        remaining = iter(keys)
        while batch := list(islice(remaining, BATCH)):
            yield from self._search(any_of(condition(key) for key in batch), attributes)

    def _search(
        self, condition: Filter, attributes: Sequence[str], *, values: tuple[Equals | Present, ...] = ()
    ) -> Iterator[tuple[Entry, Referent]]:
        maps = self.domain.maps.values()
        wanted = all_of((condition, any_of(found.entry.scope for found in maps)))
        names = tuple(dict.fromkeys((*self._attributes(), *attributes)))
        for entry in self.asked(Search(self.domain.base, "subtree", wanted, names, values=values)):
            schema_map = next((found for found in maps if matches(found.entry.scope, entry)), None)
            if schema_map is not None:
                yield entry, self._referent(entry, schema_map)

    def _attributes(self) -> tuple[str, ...]:
        maps = self.domain.maps.values()
        shown = (attribute for found in maps for attribute in _display_attributes(found))
        scopes = (attribute for found in maps for attribute in sorted(attributes_of(found.entry.scope)))
        membership = self._membership_attribute()
        own = (self.domain.dialect.id_attribute, *([membership] if membership else []))
        return tuple(dict.fromkeys((*own, *shown, *scopes)))

    def _referent(self, entry: Entry, schema_map: SchemaMap) -> Referent:
        membership = self._membership_attribute()
        parents = entry.values(membership) if membership else ()
        return Referent(
            dn=entry.dn,
            id=self.domain.dialect.id_of(entry),
            type=schema_map.resource_type.name,
            display=next(_displays(schema_map, entry), None),
            parents=tuple(Dn.parse(name.decode()) for name in parents),
        )

    def _membership_attribute(self) -> str | None:
        shown = shown_in(self.domain.maps)
        return shown.attribute if shown and self.domain.keeps_memberships else None


def _may_show(comparison: Comparison, schema_map: SchemaMap, dialect: Dialect) -> Filter:
    """Match at least the entries whose display fulfils a comparison."""
    shown = (replace(comparison, path=path) for path in _SHOWN_AS if schema_map.rules_of(path))
    return any_of(compile_filter(each, schema_map, dialect).filter for each in shown)


def _shows(comparison: Comparison, referent: Referent, schema_map: SchemaMap) -> bool:
    display = _SHOWN_AS[0]
    if referent.display is None or schema_map.resource_type.attribute(display.attribute) is None:
        return False
    resource = Resource(schema_map.resource_type, {display.attribute: referent.display})
    return fulfils(replace(comparison, path=display), resource)


def _itself(condition: Filter) -> Filter:
    return condition


def _named(name: Dn) -> Filter:
    """Match entries that have the first part of a name; which of them have all of it, their names tell."""
    return (
        all_of(Equals(ava.attribute, ava.value.encode()) for ava in name.rdns[0].avas)
        if name.rdns
        else Nothing()
    )


def _displays(schema_map: SchemaMap, entry: Entry) -> Iterator[str]:
    for path in _SHOWN_AS:
        for rule in schema_map.rules_of(path):
            yield from (str(value) for value in shown_values(rule, entry) if rule.reads)


def _display_attributes(schema_map: SchemaMap) -> Iterator[str]:
    for path in _SHOWN_AS:
        yield from (rule.attribute for rule in schema_map.rules_of(path))
