"""The groups that a user is in, directly and through groups of groups: a search for each level, none for each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.provisioning.target import Query, Target
from app.scim.filters.nodes import Comparison, Filter, Or
from app.scim.filters.resolve import resolve
from app.scim.path import AttributePath
from app.scim.schema import ResourceType

MOST: Final = 100
DEEPEST: Final = 10
NAME: Final = AttributePath("displayName")
_MEMBER: Final = AttributePath("members", "value")


@dataclass(frozen=True, slots=True)
class EffectiveGroup:
    """A group that somebody is in."""

    id: str
    name: str
    is_direct: bool


def effective_groups(target: Target, group_type: ResourceType, member_id: str) -> list[EffectiveGroup]:
    """Return the groups of a member, the direct ones first, at most ``MOST``; raises ScimError."""
    found: dict[str, EffectiveGroup] = {}
    members = [member_id]
    for level in range(DEEPEST):
        condition = resolve(_any_of(members), group_type)
        query = Query(filter=condition, count=MOST - len(found))
        page = target.search(query, wants=lambda path: path == NAME)
        groups = [
            EffectiveGroup(
                str(group.attributes["id"]), str(group.get(NAME) or group.attributes["id"]), level == 0
            )
            for group in page.resources
        ]
        new = [group for group in groups if group.id not in found and group.id != member_id]
        found |= {group.id: group for group in new}
        members = [group.id for group in new]
        if not members or len(found) >= MOST:
            break
    return list(found.values())


def _any_of(members: list[str]) -> Filter:
    conditions = tuple(Comparison(_MEMBER, "eq", member) for member in members)
    return conditions[0] if len(conditions) == 1 else Or(conditions)
