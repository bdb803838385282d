"""Who is in which group where entries do not tell: asked of the groups, which name their members.

Servers without an overlay or plug-in for it keep no memberOf. That they do is found out by looking, unless the domain
says so; as long as it is not known groups are asked, which is right in either case and costs a search more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from app.directory.dn import Dn
from app.directory.filters import Filter, Present, all_of
from app.directory.model import Entry, Search
from app.directory.port import Directory
from app.mapping.model import ReferenceRule, SchemaMap
from app.mapping.references import names_of

Way = Literal["auto", "entries", "groups"]
_LOOK_SECONDS = 60.0
"""How soon somebody looks again where entries did not tell."""
_LOOKED_AT = 5
"""How many groups are looked at."""


@dataclass(frozen=True, slots=True)
class Held:
    """The members that groups of one map hold."""

    schema_map: SchemaMap
    rule: ReferenceRule

    @property
    def groups(self) -> Filter:
        """Match the groups that hold any."""
        return all_of((self.schema_map.entry.scope, Present(self.rule.attribute)))

    def names(self, entry: Entry) -> list[Dn]:
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
    _are_kept: bool = False
    _looked: float = field(default=float("-inf"))

    def are_kept(self, directory: Directory, base: Dn, maps: Mapping[str, SchemaMap]) -> bool:
        """Tell whether entries can be asked.

        Raises:
            DirectoryError: if that cannot be found out at present.
        """
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
    """Look whether a member says to be one; False where there is nobody to be asked."""
    shown = shown_in(maps)
    if shown is None:
        return True
    for held in held_in(maps):
        wanted = Search(base, "subtree", held.groups, (held.rule.attribute,), size_limit=_LOOKED_AT)
        for group in list(directory.search(wanted)):
            told = _first_told(directory, held.names(group), shown)
            if told is not None:
                return group.dn in told
    return False


def _first_told(directory: Directory, names: Sequence[Dn], shown: ReferenceRule) -> set[Dn] | None:
    """Return which groups the first one who exists says to be in."""
    for name in islice(names, _LOOKED_AT):
        for entry in directory.search(Search(name, "base", attributes=(shown.attribute,), size_limit=1)):
            return set(names_of(shown, entry))
    return None
