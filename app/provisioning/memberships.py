"""Who is in which group where entries do not tell: asked of the groups, which name their members.

Servers without an overlay or plug-in for it keep no memberOf. That they do is found out by looking, unless the domain
says so; as long as it is not known groups are asked, which is right in either case and costs a search more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.directory.dn import Dn
from app.directory.filters import Present
from app.directory.model import Entry, Search
from app.directory.port import Directory
from app.mapping.model import ReferenceRule, SchemaMap
from app.mapping.references import Name, names_of

Way = Literal["auto", "entries", "groups"]
_LOOK_SECONDS = 300.0
"""How soon somebody looks again where entries did not tell."""


@dataclass(frozen=True, slots=True)
class Held:
    """The members that groups of one map hold."""

    schema_map: SchemaMap
    rule: ReferenceRule

    def names(self, entry: Entry) -> list[Name]:
        """Return the members of a group, without its placeholder."""
        return list(names_of(self.rule, entry))


def held_in(maps: Mapping[str, SchemaMap]) -> list[Held]:
    """Name where a domain's groups hold their members."""
    return [
        Held(schema_map, rule)
        for schema_map in maps.values()
        for rule in schema_map.references
        if rule.writes and rule.place.resolved.attribute.multi_valued
    ]


@dataclass
class Memberships:
    """Whether a domain's entries tell the groups that they are in. ``monotonic`` counts seconds."""

    way: Way = "entries"
    monotonic: Callable[[], float] = lambda: 0.0
    _by_value: tuple[Mapping[str, SchemaMap] | None, bool] = (None, False)
    """Whether members are held by values, not by names, somewhere in some maps."""
    _are_kept: bool = False
    _looked: float = field(default=float("-inf"))

    def are_kept(self, directory: Directory, base: Dn, maps: Mapping[str, SchemaMap]) -> bool:
        """Tell whether entries can be asked.

        Raises:
            DirectoryError: if that cannot be found out at present.
        """
        known, by_value = self._by_value
        if known is not maps:
            by_value = any(held.rule.by is not None for held in held_in(maps))
            self._by_value = maps, by_value
        if by_value:
            # No directory knows such values to be references.
            return False
        if self.way != "auto":
            return self.way == "entries"
        if not self._are_kept and self.monotonic() - self._looked >= _LOOK_SECONDS:
            self._are_kept = _tell(directory, base, maps)
            self._looked = self.monotonic()
        return self._are_kept


def shown_in(maps: Mapping[str, SchemaMap]) -> ReferenceRule | None:
    """Name where entries tell their groups."""
    rules = (rule for found in maps.values() for rule in found.references if not rule.writes)
    return next(rules, None)


def _tell(directory: Directory, base: Dn, maps: Mapping[str, SchemaMap]) -> bool:
    """Look whether anybody tells a group; where the attribute is unknown, the server knows that nobody does."""
    shown = shown_in(maps)
    if shown is None:
        return True
    wanted = Search(base, filter=Present(shown.attribute), size_limit=1)
    return any(True for _ in directory.search(wanted))
