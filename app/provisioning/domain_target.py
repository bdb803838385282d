"""SCIM requests on a user store domain: each write is compiled to a plan, then carried out and recorded.

A write begins with the entry as it is and is made only if the entry is still at that version, so two clients never
overwrite one another: whoever was second starts over from what the entry has become. How that is seen to is the
dialect's business.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TypeVar

from app.directory.errors import (
    AssertionFailed,
    ConstraintViolation,
    DirectoryError,
    EntryExists,
    NoSuchEntry,
    NoSuchValue,
    NotALeaf,
    SchemaViolation,
    ValueExists,
    ValueTaken,
)
from app.directory.filters import Equals, all_of
from app.directory.model import Change, Entry, Search
from app.mapping.model import ReferenceRule, SchemaMap
from app.mapping.ownership import refuse_owned
from app.mapping.references import Referent, Referents, by_name, ids_in
from app.provisioning.containers import provide
from app.provisioning.domain import Domain
from app.provisioning.entries import Entries
from app.provisioning.events import Record
from app.provisioning.executor import CREATE, Executor, Work
from app.provisioning.failures import telling_that_it_was_made
from app.provisioning.generation import Generation, Imagined
from app.provisioning.guard import Sentry
from app.provisioning.leftovers import offer
from app.provisioning.membership import (
    due,
    examined,
    id_of,
    member_changes,
    members_delta,
    mentioned_ids,
    with_placeholder,
    without,
)
from app.provisioning.planning import (
    Planned,
    plan_change,
    plan_create,
    plan_delete,
    plan_delete_unread,
    plan_members,
)
from app.provisioning.primary import is_bound, refuse_leaving
from app.provisioning.repair import Repair
from app.provisioning.revising import Changed, revise
from app.provisioning.scan import Scan
from app.provisioning.search import Paging, page_of
from app.provisioning.subtree import plan_subtree
from app.provisioning.target import Page, Query, Wants, everything, nothing
from app.provisioning.uniqueness import Uniqueness
from app.scim.client_profile import STRICT, ClientProfile
from app.scim.errors import Conflict, PreconditionFailed
from app.scim.membership import ReferenceDelta
from app.scim.patch import apply
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.replace import replace as replacement
from app.scim.resource import Resource
from app.store.allocations import Allocations

ATTEMPTS = 3
"""How often a change is made anew when somebody else was faster."""
FEW = 20
"""Of so many members who join or leave it is asked one by one who has done so already, so that the others' can be undone."""
TAKEN = (ValueTaken, EntryExists, ConstraintViolation)
"""What the directory says where somebody else has a value that it holds to be unique."""
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one application's requests are done with and done like."""

    paging: Paging
    allocations: Allocations
    client: ClientProfile = STRICT
    sentry: Sentry | None = None
    """The guard of SCIM requests; what people do here is not weighed."""


class DomainTarget:
    """One resource type in one domain, on behalf of one request."""

    def __init__(
        self, domain: Domain, schema_map: SchemaMap, record: Record, *, behaviour: Behaviour
    ) -> None:
        self._domain = domain
        self._map = schema_map
        self._entries = Entries(domain, schema_map)
        self._executor = Executor(self._entries, record, behaviour.sentry)
        self._behaviour = behaviour
        self._repair = Repair(self._entries)

    def create(self, resource: Resource, *, wants: Wants = everything) -> Resource:
        mentioned = list(ids_in(self._map, resource))
        known = self._entries.identities.by_ids(mentioned)
        resource = self._with_known(resource, set(mentioned) - known.keys())
        with self._generation() as generation:
            return self._create(resource, known, generation, wants=wants)

    def _create(
        self, resource: Resource, known: Mapping[str, Referent], generation: Generation, *, wants: Wants
    ) -> Resource:
        def plan() -> Planned:
            dialect, base = self._domain.dialect, self._domain.base
            return plan_create(self._map, dialect, resource, base=base, known=known, generate=generation.find)

        planned, named = plan(), by_name(known.values())
        with self._uniqueness() as unique:
            unique.refuse_taken(resource)
            work = Work(CREATE, wants=wants, detail=offer(self._domain, self._map, planned))
            for _ in range(ATTEMPTS - 1):
                # Another value may be free where the directory says that one is not.
                again = TAKEN if generation.has_any else ()
                try:
                    return self._add(planned, work, known=named, expecting=again)
                except again:
                    planned = plan()
            return self._add(planned, work, known=named, expecting=())

    def _add(
        self, planned: Planned, work: Work, *, known: Referents, expecting: tuple[type[DirectoryError], ...]
    ) -> Resource:
        try:
            return self._executor.outcome(planned, work, known=known, expecting=(NoSuchEntry, *expecting))
        except NoSuchEntry:
            provide(self._entries, self._executor, planned.dn.parent)
        return self._executor.outcome(planned, work, known=known, expecting=expecting)

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        entry, others = self._entries.find_with(resource_id, (), wants=wants, shown=wants)
        return self._entries.shown_with(entry, others, wants=wants)

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        return page_of(self.scan(query), wants=wants, paging=self._behaviour.paging)

    def scan(self, query: Query) -> Scan:
        """Return what matches a query."""
        return Scan(self._entries, query)

    def complete(self, resources: Sequence[Resource], wants: Wants) -> list[Resource]:
        """Add nothing: all is in the directory."""
        del wants
        return list(resources)

    def replace(
        self, resource_id: str, resource: Resource, *, version: str | None = None, wants: Wants = everything
    ) -> Resource:
        work = Work("replace", resource_id, version, wants, self._tells_version(version))
        return self._change(work, ids_in(self._map, resource), lambda current: replacement(current, resource))

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
    ) -> Resource:
        refuse_owned(self._map, (operation.target for operation in operations))
        work = Work("patch", resource_id, version, wants, self._tells_version(version))
        mentioned = list(mentioned_ids(self._map, operations))
        members = members_delta(self._map, operations)
        if members is not None:
            return self._persistently(lambda: self._change_members(work, *members, mentioned=mentioned))
        create = self._behaviour.client.create_on_replace
        return self._change(
            work,
            mentioned,
            lambda current: apply(current, operations, create_on_replace=create),
            examines=examined(self._map, operations),
        )

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        work, deletion = Work("delete", resource_id, version), self._domain.deletion
        stays = deletion.retires(self._map)

        def attempt() -> None:
            entry = self._entries.find(resource_id, wants=everything)
            self._check_version(entry, version)
            planned = (
                self._repair.after_retirement(entry, deletion.planned(self._map, self._domain.dialect, entry))
                if stays
                else self._repair.before_delete(entry, plan_delete(self._domain.dialect, entry))
            )
            overtaken = self._domain.dialect.overtaken
            try:
                self._executor.run(planned, work, expecting=(*overtaken, *deletion.tried_otherwise))
            except NotALeaf:
                planned = self._repair.before_delete(entry, plan_subtree(self._entries, entry))
                self._executor.run(planned, work, expecting=overtaken)

        if stays or self._repair.is_due or not self._delete_unread(work):
            self._persistently(attempt)
        self._domain.names.forget(resource_id.lower())

    def _delete_unread(self, work: Work) -> bool:
        """Delete an entry by the name that it had when it was seen last, if it is still that entry; tell whether it is."""
        dialect, seen = self._domain.dialect, self._domain.names.get(work.resource_id.lower())
        if seen is None or not dialect.asserts:
            return False
        conditions = [dialect.has_id(work.resource_id), self._map.entry.scope]
        if work.version is not None:
            conditions.append(dialect.has_version(work.version))
        planned = plan_delete_unread(dialect, seen.dn, all_of(conditions))
        try:
            others = self._domain.deletion.tried_otherwise
            self._executor.run(planned, work, expecting=(AssertionFailed, NoSuchEntry, *others))
        except (AssertionFailed, NoSuchEntry, NotALeaf):
            return False
        return True

    def _change(
        self,
        work: Work,
        mentioned: Iterable[str],
        changed: Changed,
        *,
        examines: Collection[AttributePath] = (),
    ) -> Resource:
        ids = list(mentioned)

        def attempt() -> Resource:
            entry, others = self._entries.find_with(
                work.resource_id, ids, wants=everything, shown=work.wants, is_examined=bool(ids or examines)
            )
            self._check_version(entry, work.version)
            known = by_name(others)
            unknown = set(ids) - {referent.id for referent in others}
            revision, referents = revise(
                self._entries,
                entry,
                lambda current: self._with_known(changed(current), unknown),
                known=known,
                examined=examines,
            )
            by_id = {referent.id: referent for referent in referents.values()}
            planned = plan_change(
                self._map,
                self._domain.dialect,
                revision,
                base=self._domain.base,
                known=by_id,
                generate=generation.find,
            )
            if not planned.plan:
                return self._entries.resource(entry, wants=work.wants, known=known)
            unique.refuse_taken(revision.after, before=revision.before)
            planned = self._repair.after_change(entry, planned)
            if planned.dn.parent != entry.dn.parent:
                provide(self._entries, self._executor, planned.dn.parent)
            # It may show itself, as it is now.
            known = {name: each for name, each in known.items() if each.dn != entry.dn}
            return self._executor.outcome(
                planned, work, known=known, expecting=self._domain.dialect.overtaken
            )

        with self._generation() as generation, self._uniqueness() as unique:
            return self._persistently(attempt)

    def _generation(self) -> Generation:
        sentry = self._behaviour.sentry
        kind = Imagined if sentry and sentry.is_rehearsal else Generation
        return kind(self._entries, self._behaviour.allocations)

    def _uniqueness(self) -> Uniqueness:
        return Uniqueness(self._entries, self._behaviour.allocations)

    def _with_known(self, resource: Resource, unknown: Collection[str]) -> Resource:
        """Leave out those who do not exist, where the client wants it so."""
        return (
            without(self._map, resource, unknown)
            if unknown and self._behaviour.client.ignores_unknown_members
            else resource
        )

    def _tells_version(self, version: str | None) -> bool:
        return version is not None or self._behaviour.client.complete_answers

    def _persistently(self, attempt: Callable[[], Outcome]) -> Outcome:
        """Try again while somebody else is faster."""
        for _ in range(ATTEMPTS):
            try:
                return attempt()
            except self._domain.dialect.overtaken:
                continue
        raise Conflict("The resource is being changed by others all the time; try again later.")

    def _change_members(
        self, work: Work, rule: ReferenceRule, delta: ReferenceDelta, *, mentioned: Sequence[str]
    ) -> Resource:
        """Change members of a group of any size without reading them."""

        def wants(path: AttributePath) -> bool:
            return path.parent != rule.place.path and work.wants(path)

        entry, others = self._entries.find_with(work.resource_id, mentioned, wants=wants)
        self._check_version(entry, work.version)
        known = {referent.id: referent for referent in others}
        delta = self._without_bound(rule, entry, delta, known)
        changes = member_changes(
            rule, delta, known, passes_over=self._behaviour.client.ignores_unknown_members
        )
        changed = self._send_members(work, rule, entry, changes) if changes else entry
        with telling_that_it_was_made() if changes else nullcontext():
            if work.wants(rule.place.path) or changed is None:
                return self.read(work.resource_id, wants=work.wants)
            return self._entries.resource(changed, wants=wants)

    def _without_bound(
        self, rule: ReferenceRule, entry: Entry, delta: ReferenceDelta, known: Mapping[str, Referent]
    ) -> ReferenceDelta:
        """Leave out who joins and is a member by primary group, and refuse that such a one leaves."""
        primary = self._domain.dialect.primary
        bound = {each.id: each for each in known.values() if is_bound(primary, rule, entry, each)}
        refuse_leaving(rule, (bound[found] for each in delta.removed if (found := id_of(each)) in bound))
        return replace(delta, added=tuple(each for each in delta.added if id_of(each) not in bound))

    def _send_members(
        self,
        work: Work,
        rule: ReferenceRule,
        entry: Entry,
        changes: Sequence[Change],
        *,
        is_exact: bool = True,
    ) -> Entry | None:
        planned = plan_members(self._domain.dialect, entry, changes, version=work.version, is_exact=is_exact)
        quiet = Work(work.action, work.resource_id, work.version, nothing)
        expected = None if work.is_told_version else planned.expected
        try:
            return (
                self._executor.run(
                    planned, quiet, expecting=(AssertionFailed, NoSuchValue, ValueExists, SchemaViolation)
                )
                or expected
            )
        except AssertionFailed:
            # Some have joined or left already, or the version has gone: another look tells.
            return self._send_fewer(work, rule, entry, changes)
        except (NoSuchValue, ValueExists) as error:
            if is_exact and sum(len(change.values) for change in changes) > FEW:
                return self._send_members(work, rule, entry, changes, is_exact=False)
            fewer = self._without_made(rule, entry, changes)
            if fewer == list(changes):
                reason = error.reason or "nobody has joined or left, and the directory says otherwise"
                raise Conflict(f"{rule.place}: the directory refuses the change: {reason}") from error
            return self._send_members(work, rule, entry, fewer) if fewer else entry
        except SchemaViolation:
            return self._send_members(work, rule, entry, with_placeholder(rule, changes))

    def _send_fewer(
        self, work: Work, rule: ReferenceRule, entry: Entry, changes: Sequence[Change]
    ) -> Entry | None:
        """Leave out who has joined or left already."""
        is_single = len(changes) == len(changes[0].values) == 1
        if is_single or work.version is not None:
            entry = self._entries.find(work.resource_id, wants=nothing)
            self._check_version(entry, work.version)
        if is_single:
            return entry
        asked = tuple(Equals(change.attribute, value) for change in changes for value in change.values)
        asking = Search(entry.dn, "base", attributes=(rule.attribute,), values=asked)
        fewer = due(changes, self._entries.search(asking))
        if fewer == list(changes):
            # Or the group has been renamed: it is looked for anew.
            raise AssertionFailed(f"{entry.dn}: somebody else is changing the members")
        return self._send_members(work, rule, entry, fewer) if fewer else entry

    def _without_made(self, rule: ReferenceRule, entry: Entry, changes: Sequence[Change]) -> list[Change]:
        """Leave out who has joined or left already. That is rare, so each is asked about by itself."""
        kept = []
        for change in changes:
            is_due = change.kind == "delete"
            values = tuple(
                value for value in change.values if self._has_value(entry, rule.attribute, value) is is_due
            )
            kept.append(Change(change.kind, change.attribute, values))
        return [change for change in kept if change.values]

    def _has_value(self, entry: Entry, attribute: str, value: bytes) -> bool:
        search = Search(entry.dn, "base", Equals(attribute, value), size_limit=1)
        return any(True for _ in self._entries.search(search))

    def _check_version(self, entry: Entry, version: str | None) -> None:
        if version is not None and self._domain.dialect.version_of(entry) != version:
            raise PreconditionFailed.by("If-Match")
