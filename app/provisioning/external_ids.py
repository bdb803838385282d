"""externalId on a target whose map has no attribute for it: kept beside, answered and filtered all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from app.directory.plan import Plan
from app.provisioning.events import Done, Noting
from app.provisioning.scan import Scan
from app.provisioning.searched import Searched
from app.provisioning.target import Page, Query, Wants, everything
from app.scim.errors import ServiceUnavailable, TooMany
from app.scim.filters.evaluate import matches
from app.scim.filters.nodes import And, Comparison, Filter, Not, Or, Present, ValuePath
from app.scim.patch import apply
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import ResourceType
from app.store.external_ids import ExternalIds, Shelf
from app.store.unusable import FAILURES, regardless, report

EXTERNAL_ID = AttributePath("externalId")
ID = AttributePath("id")
MAX_IDS = 1000
"""How many resources a condition on externalId may stand for; "eq" stands for one."""
_NOT_KEPT = (
    "All that was sent is in the directory but the externalId, which could not be kept; the log tells why."
)
_NOT_SHOWN = "The change was made, but it cannot be shown with its externalId just now; the log tells why."


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where the externalIds of one application are kept for one resource type of one domain."""

    external_ids: ExternalIds
    shelf: Shelf
    resource_type: ResourceType
    record: Noting
    """The one that the target within records to."""


class WithExternalIds:
    """A target, with externalIds from beside it."""

    def __init__(self, inner: Searched, keeping: Keeping) -> None:
        self._inner = inner
        self._keeping = keeping

    def create(self, resource: Resource, *, wants: Wants = everything) -> Resource:
        created, external_id = self._inner.create(resource, wants=wants), _external_id(resource)
        # What is new has no name yet, so there is none to be taken away.
        return created if external_id is None else self._keep(created, external_id, action="create")

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        [found] = self._shown([self._inner.read(resource_id, wants=wants)], wants=wants)
        return found

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        page = self._inner.search(self._inner_query(query), wants=wants)
        shown = self._shown(page.resources, wants=wants)
        return page if shown is page.resources else replace(page, resources=shown)

    def scan(self, query: Query) -> Scan:
        """Return what matches a query."""
        return self._inner.scan(self._inner_query(query))

    def complete(self, resources: Sequence[Resource], wants: Wants) -> list[Resource]:
        """Add the externalIds."""
        return list(self._shown(resources, wants=wants))

    def _inner_query(self, query: Query) -> Query:
        is_order = query.sort_by is not None and query.sort_by.path == EXTERNAL_ID
        if query.filter is None and not is_order:
            return query
        condition = self._without_external_id(query.filter) if query.filter else None
        if condition == query.filter and not is_order:
            # Nothing that is kept here decides, so the directory alone tells whether the list is still the same.
            return query
        asked, values = query.asked or query.filter, self._known if is_order else None
        return replace(query, filter=condition, asked=asked, sort_values=values)

    def replace(
        self, resource_id: str, resource: Resource, *, version: str | None = None, wants: Wants = everything
    ) -> Resource:
        self._keeping.record.take()
        replaced = self._inner.replace(resource_id, resource, version=version, wants=wants)
        return self._keep(replaced, _external_id(resource), action="replace")

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
    ) -> Resource:
        own = [operation for operation in operations if operation.target.path == EXTERNAL_ID]
        others = [operation for operation in operations if operation.target.path != EXTERNAL_ID]
        self._keeping.record.take()
        patched = self._inner.patch(resource_id, others, version=version, wants=wants)
        with self._telling_that_it_was_made():
            [shown] = self._shown([patched], wants=everything if own else wants)
        if not own:
            return shown
        return self._keep(patched, _external_id(apply(shown, own)), action="patch")

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        self._inner.delete(resource_id, version=version)
        shelf = self._keeping.shelf
        # The id is never given again, so what stays is found by nobody.
        with regardless():
            self._keeping.external_ids.forget(shelf.domain, shelf.resource_type, resource_id.lower())

    @contextmanager
    def _telling_that_it_was_made(self) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            if not self._keeping.record.is_noted:
                raise
            report(error)
            raise ServiceUnavailable(_NOT_SHOWN) from error

    def _keep(self, resource: Resource, external_id: str | None, *, action: str) -> Resource:
        """Keep an externalId; where nothing else was changed, this is what is recorded."""
        resource_id, record = str(resource.attributes["id"]), self._keeping.record
        try:
            is_changed = self._keeping.external_ids.put(self._keeping.shelf, resource_id, external_id)
        except FAILURES as error:
            report(error)
            raise ServiceUnavailable(_NOT_KEPT) from error
        if is_changed and not record.take():
            shelf = self._keeping.shelf
            record(
                Done(
                    action=action,
                    domain=shelf.domain,
                    resource_type=shelf.resource_type,
                    resource_id=resource_id,
                    plan=Plan(),
                )
            )
        return _with(resource, external_id)

    def _shown(self, resources: Sequence[Resource], *, wants: Wants) -> Sequence[Resource]:
        if not resources or not wants(EXTERNAL_ID):
            return resources
        ids = [str(resource.attributes["id"]) for resource in resources]
        known = self._known(ids)
        if not known:
            return resources
        return [_with(found, known.get(key)) for found, key in zip(resources, ids, strict=True)]

    def _known(self, ids: Sequence[str]) -> dict[str, str]:
        return self._keeping.external_ids.get(self._keeping.shelf, ids)

    def _without_external_id(self, condition: Filter) -> Filter:
        """Put the ids of the resources that fulfil it in the place of each condition on externalId."""
        match condition:
            case And(operands):
                return And(tuple(self._without_external_id(operand) for operand in operands))
            case Or(operands):
                return Or(tuple(self._without_external_id(operand) for operand in operands))
            case Not(operand):
                return Not(self._without_external_id(operand))
            case Comparison(path, "eq", str(value)) if path == EXTERNAL_ID:
                return _one_of(self._keeping.external_ids.find(self._keeping.shelf, value))
            case Comparison(path, "ne", value) if path == EXTERNAL_ID:
                return Not(self._without_external_id(Comparison(path, "eq", value)))
            case Comparison(path) | Present(path) if path == EXTERNAL_ID:
                return _one_of(self._fulfilling(condition))
            case Comparison() | Present() | ValuePath():
                return condition

    def _fulfilling(self, condition: Filter) -> list[str]:
        found = []
        for resource_id, external_id in self._keeping.external_ids.all(self._keeping.shelf):
            if matches(condition, Resource(self._keeping.resource_type, {"externalId": external_id})):
                found.append(resource_id)
                if len(found) > MAX_IDS:
                    raise TooMany(f"the condition on externalId holds for more than {MAX_IDS} resources")
        return found


def _one_of(ids: Sequence[str]) -> Filter:
    terms: tuple[Filter, ...] = tuple(Comparison(ID, "eq", resource_id) for resource_id in ids)
    if not terms:
        return Not(Present(ID))
    return terms[0] if len(terms) == 1 else Or(terms)


def _external_id(resource: Resource) -> str | None:
    value = resource.get(EXTERNAL_ID)
    return None if value is None else str(value)


def _with(resource: Resource, external_id: str | None) -> Resource:
    if external_id is None:
        return resource
    return resource.once(
        ("externalId", external_id),
        lambda: Resource(resource.type, {**resource.attributes, "externalId": external_id}),
    )
