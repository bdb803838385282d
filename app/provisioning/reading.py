"""What is read of entries for an answer, worked out once for each map and each question, not for each request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.directory.dialects.base import Dialect
from app.mapping.model import ReferenceRule, SchemaMap
from app.provisioning.target import Wants

MAX_READINGS: Final = 256
"""How many are remembered; few clients ask more questions."""


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


@dataclass(slots=True)
class Readings:
    """The readings of one domain. Two maps of one name, as a draft and what is in force, take turns."""

    _known: dict[tuple[str, Wants], Reading] = field(default_factory=dict)

    def of(self, schema_map: SchemaMap, dialect: Dialect, wants: Wants) -> Reading:
        """Return what is read by a map where some SCIM attributes are wanted."""
        key = schema_map.name, wants
        found = self._known.get(key)
        if found is None or found.schema_map is not schema_map:
            if len(self._known) >= MAX_READINGS:
                self._known.clear()
            found = self._known[key] = Reading.of(schema_map, dialect, wants)
        return found
