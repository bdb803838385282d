"""What is read of entries for an answer, worked out once for each map and each question, not for each request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.directory.dialects.base import Dialect
from app.directory.filters import Filter, any_of, attributes_of, loosened
from app.mapping.model import ReferenceRule, Rule, SchemaMap
from app.provisioning.memberships import shown_in
from app.provisioning.target import Wants
from app.scim.path import AttributePath

MAX_READINGS: Final = 256
"""How many are remembered; few clients ask more questions."""
KINDS: Final = frozenset({"objectclass", "objectcategory"})
"""The attributes that tell what kind an entry is: large parts of a directory have the same value."""
SHOWN_AS: Final = (AttributePath("displayName"), AttributePath("userName"))
"""What others show a resource as, the first that it has."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read by a map where some SCIM attributes are wanted."""

    schema_map: SchemaMap
    attributes: tuple[str, ...]
    """The directory attributes that these are read from, and those of every resource."""
    references: tuple[ReferenceRule, ...]
    """The rules by which entries refer to others who are shown."""
    names_others: bool
    """Whether entries themselves name some of those."""

    @classmethod
    def of(cls, schema_map: SchemaMap, dialect: Dialect, wants: Wants) -> Reading:
        """Work it out."""
        own = (
            dialect.id_attribute,
            dialect.created_attribute,
            dialect.modified_attribute,
            *dialect.version_attributes,
        )
        references = tuple(rule for rule in schema_map.references if wants(rule.place.path))
        account = dialect.account_attributes if any(wants(path) for _, path in schema_map.aspects) else ()
        # Memberships by primary group are shown, or in the way of changes of members.
        is_marked = bool(references) or any(rule.writes for rule in schema_map.references)
        marks = dialect.primary.attributes if dialect.primary and is_marked else ()
        names = (*schema_map.directory_attributes(wants), *own, *account, *marks)
        names_others = any(not rule.is_elsewhere for rule in references)
        return cls(schema_map, tuple(dict.fromkeys(names)), references, names_others)


@dataclass(frozen=True, slots=True)
class OthersReading:
    """What is read of those that a domain's entries refer to."""

    maps: Mapping[str, SchemaMap]
    keeps_memberships: bool
    membership: str | None
    """The attribute by which they tell the groups that they are in, where they do."""
    standing_for: tuple[str, ...]
    """The attributes whose values stand for entries somewhere in the domain."""
    attributes: tuple[str, ...]
    """All attributes that are read."""
    scope: Filter
    """Matches all who exist for SCIM."""
    loose_scope: Filter
    """Matches them and others, whose kind is another one.

    Where exact names are asked for it costs a server less: slapd and Samba unite lists of all users and groups for an
    "or" of kinds. Whether an entry is in the scope is looked at when it has come.
    """

    @classmethod
    def of(cls, maps: Mapping[str, SchemaMap], dialect: Dialect, *, keeps_memberships: bool) -> OthersReading:
        """Work it out."""
        shown = shown_in(maps)
        membership = shown.attribute if shown and keeps_memberships else None
        bys = (rule.by for found in maps.values() for rule in found.references)
        standing_for = tuple(dict.fromkeys(by.lower() for by in bys if by is not None))
        scopes = (name for found in maps.values() for name in sorted(attributes_of(found.entry.scope)))
        names = (
            dialect.id_attribute,
            *([membership] if membership else []),
            *(dialect.primary.attributes if dialect.primary else ()),
            *(rule.attribute for found in maps.values() for rule in display_rules(found)),
            *scopes,
            *standing_for,
        )
        scope = any_of(found.entry.scope for found in maps.values())
        return cls(
            maps,
            keeps_memberships,
            membership,
            standing_for,
            tuple(dict.fromkeys(names)),
            scope,
            loosened(scope, KINDS),
        )


def display_rules(schema_map: SchemaMap) -> Iterator[Rule]:
    """Yield the rules whose values stand where others show a resource."""
    for path in SHOWN_AS:
        yield from schema_map.rules_of(path)


@dataclass(slots=True)
class Readings:
    """The readings of one domain. Two maps of one name, as a draft and what is in force, take turns."""

    _known: dict[tuple[str, Wants], Reading] = field(default_factory=dict)
    _of_others: OthersReading | None = None

    def of(self, schema_map: SchemaMap, dialect: Dialect, wants: Wants) -> Reading:
        """Return what is read by a map where some SCIM attributes are wanted."""
        key = schema_map.name, wants
        found = self._known.get(key)
        if found is None or found.schema_map is not schema_map:
            if len(self._known) >= MAX_READINGS:
                self._known.clear()
            found = self._known[key] = Reading.of(schema_map, dialect, wants)
        return found

    def of_others(
        self, maps: Mapping[str, SchemaMap], dialect: Dialect, *, keeps_memberships: bool
    ) -> OthersReading:
        """Return what is read of those that entries refer to."""
        found = self._of_others
        if found is None or found.maps is not maps or found.keeps_memberships is not keeps_memberships:
            found = OthersReading.of(maps, dialect, keeps_memberships=keeps_memberships)
            self._of_others = found
        return found
