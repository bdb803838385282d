"""The members of a group by pages: who they are is looked up for those of a page alone, however many there are."""

from __future__ import annotations

from dataclasses import dataclass

from app.directory.model import Values
from app.mapping.model import ReferenceRule
from app.mapping.references import Referent, name_in
from app.provisioning.entries import Entries
from app.scim.errors import NotFound
from app.scim.path import AttributePath

MEMBERS = AttributePath("members")


@dataclass(frozen=True, slots=True)
class Member:
    """A name (DN, or what stands for one) in a group, and whose it is; None where it is nobody's whom SCIM can see."""

    name: str
    referent: Referent | None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """A part of a group's members. ``total`` counts all names, whoever they belong to."""

    members: tuple[Member, ...]
    total: int


def page_of_members(entries: Entries, resource_id: str, *, start: int, count: int) -> MemberPage:
    """Return ``count`` members of a group from the ``start``-th on, which is counted from 1.

    Raises:
        NotFound: if there is no such group, or its map keeps no members.
        ScimError: for whatever the directory says but yes.
    """
    rule = entries.map.reference_of(MEMBERS)
    if rule is None:
        raise NotFound("The map of the groups keeps no members.")
    entry = entries.find(resource_id, wants=lambda path: path.parent == MEMBERS)
    values = _without_placeholder(rule, entry.values(rule.attribute))
    names = [(value, name_in(value, by=rule.by)) for value in values[start - 1 : start - 1 + count]]
    known = entries.identities.by_names(name for _, name in names if name is not None)
    members = (
        Member(str(name or value.decode("utf-8", "replace")), known.get(name) if name else None)
        for value, name in names
    )
    return MemberPage(tuple(members), len(values))


def _without_placeholder(rule: ReferenceRule, values: Values) -> Values:
    if rule.placeholder is None:
        return values
    written = str(rule.placeholder).encode()
    return tuple(value for value in values if value != written)
