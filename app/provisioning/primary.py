"""Memberships by primary group, of which no list tells: looked up with the others, and then told as if it did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.directory.dialects.primary_groups import PrimaryGroups
from app.directory.dn import Dn
from app.directory.filters import Filter
from app.directory.model import Entry
from app.mapping.model import ReferenceRule
from app.mapping.references import Referent, Referents
from app.scim.errors import MutabilityError

_COUNTED = "primary members;counted"
"""Stands in entries whose memberships by primary group are told; no directory has such an attribute."""


@dataclass(frozen=True, slots=True)
class Ties:
    """Groups that are looked up by their marks, and groups whose accounts are."""

    groups: frozenset[bytes] = frozenset()
    members: frozenset[bytes] = frozenset()

    def conditions(self, primary: PrimaryGroups | None) -> list[Filter]:
        """Match all of them."""
        if primary is None:
            return []
        return [*map(primary.has_mark, self.groups), *map(primary.has_group, self.members)]

    def beside(self, known: Referents) -> Ties:
        """Leave out the groups that are known already."""
        marks = {each.mark for each in known.values()}
        return Ties(self.groups - marks, self.members)

    def has(self, found: Referent) -> bool:
        """Tell whether somebody is one of them."""
        return found.mark in self.groups or found.primary in self.members


NO_TIES = Ties()


def ties_of(primary: PrimaryGroups | None, rules: Iterable[ReferenceRule], entries: Iterable[Entry]) -> Ties:
    """Say what is to be looked up so that entries can tell all by these rules."""
    if primary is None:
        return NO_TIES
    wanted = list(rules)
    uncounted = [entry for entry in entries if not entry.values(_COUNTED)]
    groups = {primary.group_of(each) for each in uncounted if _any_is(wanted, primary.groups)}
    members = {primary.mark_of(each) for each in uncounted if _any_is(wanted, primary.members)}
    return Ties(frozenset(groups - {None}), frozenset(members - {None}))  # type: ignore[arg-type]  # None is gone


def completed(
    primary: PrimaryGroups | None, rules: Iterable[ReferenceRule], entry: Entry, referents: Referents
) -> Entry:
    """Have an entry name its primary group, or its members by primary group, as far as they are among ``referents``."""
    if primary is None:
        return entry
    for rule in rules:
        found = [each.dn for each in referents.values() if _belongs(primary, rule, entry, each)]
        entry = _naming(rule, entry, found)
    return counted(entry)


def counted(entry: Entry) -> Entry:
    """Take an entry as it is: it tells all memberships."""
    return Entry(entry.dn, {**entry.attributes, _COUNTED: (b"TRUE",)})


def is_bound(primary: PrimaryGroups | None, rule: ReferenceRule, group: Entry, member: Referent) -> bool:
    """Tell whether somebody is a member by primary group, which the group's list cannot change."""
    return primary is not None and _is(rule, primary.members) and _belongs(primary, rule, group, member)


def refuse_leaving(rule: ReferenceRule, leaving: Iterable[Referent]) -> None:
    """Refuse that members by primary group leave; raise MutabilityError."""
    for each in leaving:
        raise MutabilityError(
            f"{rule.place}: the group is the primary group of {each.display or each.id}, who is a member as long as "
            "the account has no other primary group; that is changed in the directory"
        )


def _belongs(primary: PrimaryGroups, rule: ReferenceRule, entry: Entry, other: Referent) -> bool:
    if _is(rule, primary.groups):
        return other.mark is not None and other.mark == primary.group_of(entry)
    return (
        _is(rule, primary.members) and other.primary is not None and other.primary == primary.mark_of(entry)
    )


def _is(rule: ReferenceRule, attribute: str) -> bool:
    return rule.attribute.lower() == attribute.lower()


def _any_is(rules: Iterable[ReferenceRule], attribute: str) -> bool:
    return any(_is(rule, attribute) for rule in rules)


def _naming(rule: ReferenceRule, entry: Entry, names: Iterable[Dn]) -> Entry:
    present = entry.values(rule.attribute)
    values = dict.fromkeys((*present, *(str(name).encode() for name in names)))
    if len(values) == len(present):
        return entry
    return Entry(entry.dn, {**entry.attributes, rule.attribute.lower(): tuple(values)})
