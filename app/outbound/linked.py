"""One resource type at one system, with our ids and our attributes.

Every change may be done twice: it says how things shall be, and begins with how they are. So whoever does not know
whether a request was carried out sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from typing import Final, TypeVar

from app.outbound.attribute_map import AttributeMap
from app.outbound.differences import Owned, differences
from app.outbound.document import ConnectorRules
from app.outbound.errors import OutcomeUnknown, TakenBy
from app.outbound.filters import EVERYTHING, NOTHING, to_remote
from app.outbound.made_values import KEEPING_ORDER
from app.outbound.references import all_ids, referring_paths, with_ids
from app.provisioning.target import Page, Query, Target, Wants, everything
from app.scim.errors import (
    Conflict,
    InvalidFilter,
    InvalidValue,
    NotFound,
    PreconditionFailed,
    UniquenessConflict,
)
from app.scim.filters.nodes import Comparison, Filter
from app.scim.membership import reference_delta
from app.scim.patch import apply
from app.scim.patch_operations import PatchOperation
from app.scim.patch_operations import Target as PatchTarget
from app.scim.path import AttributePath
from app.scim.replace import replace as replacement
from app.scim.resource import Resource, is_complex
from app.scim.schema import ResourceType, Value
from app.store.links import Link, Links

ATTEMPTS: Final = 3
WALK_PAGE: Final = 200
_PASSWORD: Final = AttributePath("password")
_VALUE: Final = AttributePath("value")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Place:
    """A connector's rules, its target for one resource type in the system's terms, and the links."""

    rules: ConnectorRules
    remote: Target
    links: Links
    refuses_strangers: bool = True
    """Whether a reference to something that the system does not have is an error, or is left out."""


class Linked:
    """Does requests for one resource type at one system."""

    def __init__(self, place: Place, resource_type: ResourceType) -> None:
        self._place = place
        self._remote = place.remote
        self._links = place.links
        self._type = resource_type
        self._connector = place.rules.name
        self._map: AttributeMap = place.rules.maps[resource_type.name]

    def remote_id(self, resource_id: str) -> str | None:
        """Return what the system calls a resource, if it is known to have it."""
        return self._links.of(self._type.name, resource_id).get(self._connector)

    def create(self, resource_id: str, resource: Resource, *, wants: Wants = everything) -> Resource:
        """Create a resource."""
        wanted = self._to_remote(resource, resource_id, is_new=True)
        return self._ours([self._created(resource_id, wanted, wants)])[0]

    def bring(self, resource_id: str, resource: Resource, *, owned: Owned) -> Resource:
        """See to it that the system has a resource as it is, as far as ``owned`` says; create what is not there."""
        remote_id = self.remote_id(resource_id)
        if remote_id is not None:
            try:
                present = self._remote.read(remote_id)
            except NotFound:
                self._links.forget(self._connector, self._type.name, resource_id)
            else:
                wanted = self._to_remote(resource, resource_id, onto=present)
                return self._bring(resource_id, present, wanted, owned=owned)
        return self._adopt_or_create(resource_id, resource, owned=owned)

    def _adopt_or_create(self, resource_id: str, resource: Resource, *, owned: Owned) -> Resource:
        """Make a resource of the one that the system has by that name, or a new one."""
        wanted = self._to_remote(resource, resource_id, is_new=True)
        present = self._match(wanted)
        if present is None:
            return self._ours([self._created(resource_id, wanted, everything)])[0]
        self._refuse_others_own(resource_id, present)
        self._link(resource_id, present)
        wanted = self._to_remote(resource, resource_id, onto=present)
        return self._bring(resource_id, present, wanted, owned=owned)

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        """Return a resource; raise NotFound."""
        return self._ours([self._remote.read(self._known(resource_id), wants=wants)])[0]

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        """Return a part of the resources that match."""
        condition = self._condition(query.filter) if query.filter else None
        if condition == NOTHING:
            return Page([], 0, None if query.cursor is not None else query.start_index)
        asked = replace(query, filter=None if condition == EVERYTHING else condition, asked=None)
        page = self._remote.search(self._sorted(asked), wants=wants)
        return replace(page, resources=self._ours(page.resources))

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
        create_on_replace: bool = False,
    ) -> Resource:
        """Change a resource."""
        remote_id = self._known(resource_id)
        moved = self._membership(operations)
        if moved is not None:
            changed = (
                self._remote.patch(remote_id, moved, version=version, wants=wants)
                if moved
                else self._remote.read(remote_id, wants=wants)
            )
            return self._ours([changed])[0]

        def changed_by(current: Resource) -> Resource:
            return apply(current, operations, create_on_replace=create_on_replace)

        return self._change(resource_id, remote_id, changed_by, version=version)

    def replace(self, resource_id: str, resource: Resource, *, version: str | None = None) -> Resource:
        """Put a resource in another one's place."""
        remote_id = self._known(resource_id)
        return self._change(
            resource_id, remote_id, lambda current: replacement(current, resource), version=version
        )

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        """Delete a resource. One that has gone is deleted."""
        remote_id = self._known(resource_id)
        try:
            self._remote.delete(remote_id, version=version)
        except NotFound:
            pass
        except OutcomeUnknown:
            if self._is_there(remote_id):
                raise
        self._links.forget(self._connector, self._type.name, resource_id)

    def walk(self) -> Iterator[Resource]:
        """Yield all that the system has, in its own terms."""
        start = 1
        while True:
            page = self._remote.search(Query(start_index=start, count=WALK_PAGE))
            yield from page.resources
            start += len(page.resources)
            if not page.resources or start > page.total:
                return

    def identity(self, remote: Resource) -> str | None:
        """Return what identifies a resource of the system where it is not linked."""
        value = remote.get(self._place.rules.matching[self._type.name].path)
        return value.casefold() if isinstance(value, str) else None

    def identity_of(self, resource: Resource, resource_id: str) -> str | None:
        """Return what would identify a resource of ours in the system."""
        return self.identity(self._to_remote(resource, resource_id))

    def deviations(
        self, resource_id: str, resource: Resource, present: Resource, *, owned: Owned
    ) -> list[str]:
        """Name the system's attributes that are not as they shall be."""
        wanted = self._to_remote(resource, resource_id, onto=present)
        changes = differences(present, wanted, owned=owned)
        return list(dict.fromkeys(str(each.target.resolved.path) for each in changes))

    def remote_ids(self, resource_ids: Iterable[str]) -> dict[str, str]:
        """Return what the system calls resources of ours."""
        return self._remote_ids(resource_ids)

    def known(self, remote_ids: Iterable[str]) -> dict[str, str]:
        """Return our ids of those resources of the system that are linked."""
        return self._links.known_resource_ids(self._connector, self._type.name, remote_ids)

    def _change(
        self,
        resource_id: str,
        remote_id: str,
        changed: Callable[[Resource], Resource],
        *,
        version: str | None,
    ) -> Resource:
        def attempt() -> Resource:
            present = self._remote.read(remote_id)
            at = version_of(present)
            if version is not None and version != at:
                raise PreconditionFailed.by("If-Match")
            wanted = self._to_remote(changed(self._ours([present])[0]), resource_id, onto=present)
            return self._bring(resource_id, present, wanted, owned=self._map.writes, version=at)

        return attempt() if version is not None else _persistently(attempt)

    def _bring(
        self,
        resource_id: str,
        present: Resource,
        wanted: Resource,
        *,
        owned: Owned,
        version: str | None = None,
    ) -> Resource:
        operations = differences(present, wanted, owned=owned)
        if not operations:
            return self._ours([present])[0]
        remote_id = str(present.attributes["id"])
        after = self._remote.patch(remote_id, operations, version=version)
        self._link(resource_id, after)
        return self._ours([after])[0]

    def _created(self, resource_id: str, wanted: Resource, wants: Wants) -> Resource:
        try:
            created = self._remote.create(wanted, wants=wants)
        except OutcomeUnknown:
            found = self._match(wanted)
            if found is None:
                raise
            self._refuse_others_own(resource_id, found)
            created = found
        self._link(resource_id, created)
        return created

    def _match(self, wanted: Resource) -> Resource | None:
        """Find the resource that a system has already, by what identifies it there."""
        path = self._place.rules.matching[self._type.name].path
        value = wanted.get(path)
        if not isinstance(value, str):
            return None
        try:
            found = self._remote.search(Query(filter=Comparison(path, "eq", value), count=2)).resources
        except InvalidFilter:
            # It cannot filter, or not by this: look at all that there is.
            found = [each for each in self.walk() if self.identity(each) == value.casefold()]
        if len(found) > 1:
            raise UniquenessConflict(f"there is more than one with that {path}, so none can be chosen")
        # A system that ignores filters shows somebody else.
        same = [each for each in found if str(each.get(path)).casefold() == value.casefold()]
        return same[0] if same else None

    def _refuse_others_own(self, resource_id: str, remote: Resource) -> None:
        """Take nothing that is linked to another resource; raise TakenBy."""
        remote_id = str(remote.attributes["id"])
        owner = self.known([remote_id]).get(remote_id, resource_id)
        if owner != resource_id:
            detail = f"what it has by that name is the {self._type.name} {owner} here"
            raise TakenBy(detail, owner)

    def _is_there(self, remote_id: str) -> bool:
        try:
            self._remote.read(remote_id)
        except NotFound:
            return False
        return True

    def _known(self, resource_id: str) -> str:
        remote_id = self.remote_id(resource_id)
        if remote_id is None:
            raise NotFound(f"there is no {self._type.name} with the id {resource_id}")
        return remote_id

    def _link(self, resource_id: str, remote: Resource) -> None:
        remote_id = str(remote.attributes["id"])
        self._links.put(Link(self._connector, self._type.name, resource_id, remote_id))

    def _to_remote(
        self, resource: Resource, resource_id: str, *, is_new: bool = False, onto: Resource | None = None
    ) -> Resource:
        with_id = Resource(resource.type, {**resource.attributes, "id": resource_id})
        remote_ids = self._remote_ids(each for ids in all_ids([resource]).values() for each in ids)
        named = with_ids(with_id, lambda _, each: self._referred(each, remote_ids), shown=False)
        written = self._map.to_remote(named, onto=onto)
        return Resource(written.type, self._with_password(written.attributes, is_new=is_new))

    def _referred(self, resource_id: str, remote_ids: dict[str, str]) -> str | None:
        found = remote_ids.get(resource_id.lower())
        if found is None and self._place.refuses_strangers:
            raise InvalidValue(
                f"there is nothing with the id {resource_id} at the connector {self._connector}"
            )
        return found

    def _with_password(self, attributes: object, *, is_new: bool) -> dict[str, Value]:
        given = dict(attributes) if is_complex(attributes) else {}
        if self._place.rules.passwords in {None, "send"} or self._type.attribute("password") is None:
            return given
        given.pop("password", None)
        if self._place.rules.passwords == "generate" and is_new:
            # Each kind of character that a policy may ask for.
            given["password"] = f"{token_urlsafe(24)}-Aa1"
        return given

    def _ours(self, remotes: Sequence[Resource]) -> list[Resource]:
        """Show a system's resources as ours; those that are seen for the first time get ids."""
        shown = [self._map.to_ours(remote) for remote in remotes]
        wanted = all_ids(shown)
        own = wanted.setdefault(self._type.name, set())
        own.update(str(remote.attributes["id"]) for remote in remotes)
        ours = {
            kind: self._links.resource_ids(self._connector, kind, sorted(ids)) for kind, ids in wanted.items()
        }
        own_ids = ours[self._type.name]
        return [
            _with_id(
                with_ids(resource, lambda kind, each: ours[kind].get(each), shown=True),
                own_ids[str(remote.attributes["id"])],
            )
            for resource, remote in zip(shown, remotes, strict=True)
        ]

    def _remote_ids(self, resource_ids: Iterable[str]) -> dict[str, str]:
        return self._links.remote_ids(self._connector, {each.lower() for each in resource_ids})

    def _condition(self, condition: Filter) -> Filter:
        return to_remote(condition, self._map, lambda each: self._remote_ids([each]).get(each))

    def _sorted(self, query: Query) -> Query:
        if query.sort_by is None:
            return query
        written = self._map.written_from(query.sort_by.path)
        if written is None and self._map.has(query.sort_by.path):
            return query
        place = written.place if written else None
        keeps_order = written is None or written.transform is None or written.transform.name in KEEPING_ORDER
        if place is None or place.element_type is not None or not keeps_order:
            raise InvalidValue(f"sortBy: the connector {self._connector} cannot sort by {query.sort_by.path}")
        return replace(query, sort_by=place.resolved)

    def _membership(self, operations: Sequence[PatchOperation]) -> list[PatchOperation] | None:
        """Return who joins and leaves, for a PATCH that says nothing else; a group is not read for that."""
        for path, attribute in referring_paths(self._type):
            delta = reference_delta(operations, path) if attribute.multi_valued else None
            if delta is None or delta.rest or delta.replaced is not None or self._is_moved(path):
                continue
            target = PatchTarget(path, attribute)
            ids = [str(each["value"]) for each in (*delta.added, *delta.removed)]
            remote_ids = self._remote_ids(ids)
            joining = [self._referred(str(each["value"]), remote_ids) for each in delta.added]
            moved = [PatchOperation("add", target, [{"value": each} for each in joining if each])]
            return [*(moved if any(joining) else []), *self._leaving(target, delta.removed, remote_ids)]
        return None

    def _leaving(
        self, target: PatchTarget, removed: Iterable[object], remote_ids: dict[str, str]
    ) -> list[PatchOperation]:
        # Who is not at the system is no member there.
        known = [remote_ids.get(str(each["value"]).lower()) for each in removed if is_complex(each)]
        conditions = [Comparison(_VALUE, "eq", each) for each in known if each]
        return [
            PatchOperation("remove", PatchTarget(target.path, target.attribute, condition))
            for condition in conditions
        ]

    def _is_moved(self, path: AttributePath) -> bool:
        return not self._map.has(path)


def version_of(resource: Resource) -> str | None:
    """Return a resource's version, as targets take it."""
    meta = resource.attributes.get("meta")
    version = meta.get("version") if is_complex(meta) else None
    return version[1:-1] if isinstance(version, str) else None


def _with_id(resource: Resource, resource_id: str) -> Resource:
    return Resource(resource.type, {**resource.attributes, "id": resource_id})


def _persistently(attempt: Callable[[], Outcome]) -> Outcome:
    """Try again while somebody else is faster."""
    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except PreconditionFailed:
            continue
    raise Conflict("The resource is being changed by others all the time; try again later.")
