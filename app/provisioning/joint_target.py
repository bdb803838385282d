"""SCIM requests on several user store domains as if they were one: the first one creates, ids are found wherever they are.

References stay within a domain: its directory knows no names of another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from app.provisioning.domain_names import Place, naming, split
from app.provisioning.joint_scan import JointScan, Part
from app.provisioning.search import Paging, page_of
from app.provisioning.searched import Searched
from app.provisioning.target import Page, Query, Target, Wants, everything, nothing
from app.scim.errors import InvalidValue, NotFound, ServiceUnavailable
from app.scim.patch_operations import PatchOperation
from app.scim.resource import Resource

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Member:
    """One of the domains; without a target where it cannot be used at present."""

    place: Place
    target: Searched | None
    has_seen: Callable[[str], bool]
    """Whether the resource of an id was in the domain when it was seen last."""


class JointTarget:
    """One resource type in several domains. ``tolerates`` lists that leave out a domain that does not answer."""

    def __init__(self, members: Sequence[Member], paging: Paging, *, tolerates: bool) -> None:
        self._members = members
        self._paging = paging
        self._tolerates = tolerates

    def create(self, resource: Resource, *, wants: Wants = everything) -> Resource:
        member = self._named(resource)
        created = _usable(member).create(member.place.resource(resource), wants=wants)
        return member.place.shown(created)

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        return self._where(
            resource_id, lambda each, target: each.place.shown(target.read(resource_id, wants=wants))
        )

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        missing = [member.place.name for member in self._members if member.target is None]
        if missing and not self._tolerates:
            raise _unusable(missing[0])
        parts = [
            Part(member.place, member.target.scan(_within(member.place, query)), member.target.complete)
            for member in self._members
            if member.target is not None
        ]
        joint = JointScan(parts, query, self._tolerates, missing)
        page = page_of(joint, wants=wants, paging=self._paging)
        return replace(page, missing=tuple(joint.missing))

    def replace(
        self, resource_id: str, resource: Resource, *, version: str | None = None, wants: Wants = everything
    ) -> Resource:
        def act(member: Member, target: Target) -> Resource:
            own = _of_its_own(target, resource_id, lambda: member.place.resource(resource))
            return member.place.shown(target.replace(resource_id, own, version=version, wants=wants))

        return self._where(resource_id, act)

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
    ) -> Resource:
        def act(member: Member, target: Target) -> Resource:
            own = _of_its_own(
                target, resource_id, lambda: [member.place.operation(each) for each in operations]
            )
            return member.place.shown(target.patch(resource_id, own, version=version, wants=wants))

        return self._where(resource_id, act)

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        self._where(resource_id, lambda _, target: target.delete(resource_id, version=version))

    def _named(self, resource: Resource) -> Member:
        """Return the domain that the name of a new resource names, or else the first."""
        path = naming(resource.type)
        name = resource.get(path) if path else None
        domain = split(name, self._members[0].place.names)[0] if isinstance(name, str) else None
        return next((each for each in self._members if each.place.name == domain), self._members[0])

    def _where(self, resource_id: str, act: Callable[[Member, Target], Outcome]) -> Outcome:
        """Do something where the id is; where it was seen last is tried first."""
        silent: ServiceUnavailable | None = None
        for member in sorted(self._members, key=lambda each: not each.has_seen(resource_id)):
            try:
                return act(member, _usable(member))
            except NotFound as error:
                missing = error
            except ServiceUnavailable as error:
                silent = silent or error
        # It may be in the one that does not answer.
        raise silent or missing


def _of_its_own(target: Target, resource_id: str, take: Callable[[], Outcome]) -> Outcome:
    """Take what is sent to a resource as its domain's own, if the resource is there at all."""
    try:
        return take()
    except InvalidValue:
        target.read(resource_id, wants=nothing)
        raise


def _within(place: Place, query: Query) -> Query:
    if query.filter is None:
        return query
    return replace(query, filter=place.condition(query.filter), asked=query.asked or query.filter)


def _usable(member: Member) -> Searched:
    if member.target is None:
        raise _unusable(member.place.name)
    return member.target


def _unusable(name: str) -> ServiceUnavailable:
    return ServiceUnavailable(
        f"The user store domain {name} cannot be used at present.", retry_after_seconds=30
    )
