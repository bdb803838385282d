"""What stands for those whom a filter refers to: their names, groups for all within them, and memberships of no list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.directory.filters import Extensible, Filter, Nothing, any_of
from app.mapping.model import ReferenceRule
from app.mapping.references import Name, Referent
from app.provisioning.holders import Holders
from app.provisioning.identity import Identities

NOBODY = Nothing()


@dataclass(frozen=True, slots=True)
class Standing:
    """The names that entries refer to, and what matches besides."""

    names: Sequence[Name]
    also: Filter = NOBODY


def standing_for(identities: Identities, rule: ReferenceRule, referents: Sequence[Referent]) -> Standing:
    """Say by what entries refer to one of these by a rule; raise ScimError where that cannot be looked up."""
    names = [referent.dn for referent in referents]
    if rule.writes:
        known_by = [name for referent in referents for name in referent.names]
        return Standing(known_by, _primary_groups_of(identities, rule, referents))
    if rule.is_elsewhere:
        return Standing(Holders(identities).members(names))
    within = identities.within(referents)
    members, chain = _primary_members_of(identities, list(within.values())), identities.domain.dialect.chain
    if chain is None or len(names) != 1:
        return Standing(list(within), members)
    # One condition for all groups within, also for those that SCIM does not see.
    return Standing((), any_of((Extensible(rule.attribute, chain, str(names[0]).encode()), members)))


def _primary_groups_of(identities: Identities, rule: ReferenceRule, referents: Sequence[Referent]) -> Filter:
    primary = identities.domain.dialect.primary
    if primary is None or rule.attribute.lower() != primary.members.lower():
        return Nothing()
    return any_of(primary.has_mark(each.primary) for each in referents if each.primary is not None)


def _primary_members_of(identities: Identities, groups: Sequence[Referent]) -> Filter:
    primary = identities.domain.dialect.primary
    if primary is None:
        return Nothing()
    return any_of(primary.has_group(each.mark) for each in groups if each.mark is not None)
