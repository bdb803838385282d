"""What a directory is asked for a query's condition, with the names that stand for whom it refers to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.directory.filters import Everything, all_of
from app.directory.filters import Filter as DirectoryFilter
from app.mapping.compared import referred_ids, refers, shown_references
from app.mapping.filters import (
    NO_NAMES,
    NOBODY_SHOWN,
    NOTHING_ELSE,
    Also,
    Compiled,
    Names,
    Shown,
    compile_filter,
    refuse_unseen,
)
from app.mapping.nul import asks_for_nul
from app.mapping.references import Name
from app.provisioning.entries import Entries
from app.provisioning.identity import MAX_NAMES
from app.provisioning.standing import standing_for
from app.scim.errors import TooMany
from app.scim.filters.nodes import And, Comparison, Filter, ValuePath

MOST_NAMES = 20_000
"""How many names a filter may have, where it cannot be asked in parts: as much as servers take by their first settings."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the directory is asked, what is left to check, and, where they are too many for one filter, among whom."""

    compiled: Compiled
    among: Sequence[Name] | None = None


def ask(entries: Entries, condition: Filter | None) -> Asked:
    """Work out what to ask; raise ScimError where whom a condition refers to cannot be looked up."""
    scope = entries.map.entry.scope
    if condition is None:
        return Asked(Compiled(scope))
    if refers(condition, entries.map):
        (names, besides_names), (shown, besides_shown) = (
            _names(entries, condition),
            _shown(entries, condition),
        )
        among, left = _among(entries, condition, names, shown)
        compiled = _compiled(entries, left, names, shown, also={**besides_names, **besides_shown})
    else:
        among, compiled = None, _compiled(entries, condition)
    return Asked(Compiled(all_of((compiled.filter, scope)), compiled.residue), among)


def _compiled(
    entries: Entries,
    condition: Filter | None,
    names: Names = NO_NAMES,
    shown: Shown = NOBODY_SHOWN,
    *,
    also: Also = NOTHING_ELSE,
) -> Compiled:
    dialect = entries.domain.dialect
    if condition is None:
        return Compiled(Everything())
    if not dialect.keeps_nul and asks_for_nul(condition):
        # What the directory finds equal need not be, so that it has no say.
        refuse_unseen(condition, entries.map)
        return Compiled(Everything(), condition)
    if (names or shown) and _asks_too_many(entries, condition, names, shown):
        raise TooMany(
            "The filter asks for members of a group that has too many; ask for them alone, or by and."
        )
    return compile_filter(condition, entries.map, dialect, names, shown, also=also)


def _asks_too_many(entries: Entries, condition: Filter, names: Names, shown: Shown) -> bool:
    asked = [names.get(resource_id, ()) for _, resource_id in referred_ids(condition, entries.map)]
    asked += [shown.get(comparison, ()) for _, comparison in shown_references(condition, entries.map)]
    return any(len(found) > MOST_NAMES for found in asked)


def _among(
    entries: Entries, condition: Filter, names: Names, shown: Shown
) -> tuple[Sequence[Name] | None, Filter | None]:
    """Take what many names stand for out of a condition that demands it."""
    operands = condition.operands if isinstance(condition, And) else (condition,)
    many = {at: found for at, each in enumerate(operands) if (found := _many(entries, each, names, shown))}
    if not many:
        return None, condition
    first, *others = many.values()
    among = set(first).intersection(*others)
    left = tuple(each for at, each in enumerate(operands) if at not in many)
    return [name for name in first if name in among], (And(left) if len(left) > 1 else next(iter(left), None))


def _many(entries: Entries, operand: Filter, names: Names, shown: Shown) -> Sequence[Name] | None:
    is_one = isinstance(operand, Comparison) or (
        isinstance(operand, ValuePath) and isinstance(operand.filter, Comparison)
    )
    found: list[Sequence[Name]] = []
    if is_one:
        by_id, by_display = referred_ids(operand, entries.map), shown_references(operand, entries.map)
        found += [names.get(resource_id, ()) for rule, resource_id in by_id if rule.is_elsewhere]
        found += [shown.get(comparison, ()) for rule, comparison in by_display if rule.is_elsewhere]
    return next((each for each in found if len(each) > MAX_NAMES), None)


def _names(entries: Entries, condition: Filter) -> tuple[dict[str, Sequence[Name]], Also]:
    """Look up what stands for the ids in a filter."""
    referred = list(referred_ids(condition, entries.map))
    found = entries.identities.by_ids(resource_id for _, resource_id in referred) if referred else {}
    standing = {
        (rule.attribute, resource_id): standing_for(entries.identities, rule, [found[resource_id]])
        for rule, resource_id in referred
        if resource_id in found
    }
    also: Also = {(attribute, key): each.also for (attribute, key), each in standing.items()}
    return {resource_id: each.names for (_, resource_id), each in standing.items()}, also


def _shown(entries: Entries, condition: Filter) -> tuple[dict[Comparison, Sequence[Name]], Also]:
    """Look up who shows what a filter compares, and what stands for them."""
    shown: dict[Comparison, Sequence[Name]] = {}
    also: dict[tuple[str, str | Comparison], DirectoryFilter] = {}
    for rule, comparison in shown_references(condition, entries.map):
        found = entries.identities.by_display(comparison, types=rule.types)
        if found is not None:
            standing = standing_for(entries.identities, rule, found)
            shown[comparison], also[rule.attribute, comparison] = standing.names, standing.also
    return shown, also
