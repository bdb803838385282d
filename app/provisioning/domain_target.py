"""SCIM requests on a user store domain: each write is compiled to a plan, then carried out and recorded.

A write begins with the entry as it is and is made only if the entry is still at that version (RFC 4528), so two
clients never overwrite one another: whoever was second starts over from what the entry has become.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.directory.errors import AssertionFailed, DirectoryError
from app.directory.filters import Equals, Filter, all_of
from app.directory.model import Entry, Search
from app.directory.plan import PlanFailed, execute
from app.mapping.filters import Compiled, compile_filter
from app.mapping.model import SchemaMap
from app.mapping.translate import to_image, to_resource
from app.provisioning.domain import Domain
from app.provisioning.events import Done, Record
from app.provisioning.failures import failed_plan, to_scim_error
from app.provisioning.planning import Planned, plan_change, plan_create, plan_delete
from app.provisioning.target import Page, Query, Wants
from app.scim.errors import Conflict, NotFound, PreconditionFailed, ScimError, UniquenessConflict
from app.scim.filters.evaluate import matches
from app.scim.patch import apply
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.replace import replace as replacement
from app.scim.resource import Resource

ATTEMPTS = 3
"""How often a change is made anew when somebody else was faster."""
USER_NAME = AttributePath("userName")


@dataclass(frozen=True, slots=True)
class Work:
    """A write on the way: what it is called, and what it is done to."""

    action: str
    resource_id: str = ""


class DomainTarget:
    """One resource type in one domain, on behalf of one request."""

    def __init__(self, domain: Domain, schema_map: SchemaMap, record: Record) -> None:
        self._domain = domain
        self._map = schema_map
        self._record = record

    def create(self, resource: Resource) -> Resource:
        planned = plan_create(self._map, self._domain.dialect, resource, base=self._domain.base)
        self._refuse_taken(resource)
        return self._carry_out(planned, Work("create"))

    def read(self, resource_id: str, *, wants: Wants) -> Resource:
        return self._resource(self._find(resource_id, wants))

    def search(self, query: Query, *, wants: Wants) -> Page:
        total = 0
        page: list[Resource] = []
        last = query.start_index - 1 + query.count
        for total, resource in enumerate(self._matching(query, wants), start=1):
            if query.start_index <= total <= last:
                page.append(resource)
        return Page(page, total, query.start_index)

    def replace(self, resource_id: str, resource: Resource, *, version: str | None = None) -> Resource:
        work = Work("replace", resource_id)
        return self._change(work, lambda current: replacement(current, resource), version=version)

    def patch(
        self, resource_id: str, operations: Sequence[PatchOperation], *, version: str | None = None
    ) -> Resource:
        work = Work("patch", resource_id)
        return self._change(work, lambda current: apply(current, operations), version=version)

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        for _ in range(ATTEMPTS):
            entry = self._find(resource_id, _everything)
            self._check_version(entry, version)
            try:
                self._execute(plan_delete(self._domain.dialect, entry), Work("delete", resource_id))
            except AssertionFailed:
                continue
            return
        raise _always_changing()

    def _change(
        self, work: Work, changed: Callable[[Resource], Resource], *, version: str | None
    ) -> Resource:
        for _ in range(ATTEMPTS):
            entry = self._find(work.resource_id, _everything)
            self._check_version(entry, version)
            before = self._resource(entry)
            after = changed(before)
            planned = plan_change(self._map, self._domain.dialect, entry, before=before, after=after)
            if not planned.plan:
                return before
            self._refuse_taken(after, before=before)
            try:
                return self._carry_out(planned, work)
            except AssertionFailed:
                continue
        raise _always_changing()

    def _carry_out(self, planned: Planned, work: Work) -> Resource:
        return self._resource(self._execute(planned, work) or self._read_entry(planned))

    def _execute(self, planned: Planned, work: Work) -> Entry | None:
        """Carry out a plan and record it; return the entry as it is now, where the directory said so.

        Raises:
            AssertionFailed: if the entry has changed since it was read; nothing was done then.
        """
        dialect = self._domain.dialect
        try:
            executed = execute(planned.plan, self._domain.directory, read_back=self._attributes(_everything))
        except PlanFailed as error:
            if isinstance(error.cause, AssertionFailed) and error.undone:
                raise error.cause from error
            refusal = failed_plan(error, self._map)
            self._note(planned, work, error=refusal)
            raise refusal from error
        entry = executed.entry
        created = replace(work, resource_id=dialect.id_of(entry)) if entry and not work.resource_id else work
        self._note(planned, created)
        # Where a password was set last the version has moved on since; it is better not told than told wrongly.
        return entry if entry is None or executed.is_current else _without(entry, dialect.version_attribute)

    def _note(self, planned: Planned, work: Work, *, error: ScimError | None = None) -> None:
        done = Done(
            action=work.action,
            domain=self._domain.name,
            resource_type=self._map.resource_type.name,
            resource_id=work.resource_id,
            plan=planned.plan,
            error=error,
        )
        self._record(done)

    def _read_entry(self, planned: Planned) -> Entry:
        return self._first(Search(planned.dn, "base", attributes=self._attributes(_everything), size_limit=1))

    def _find(self, resource_id: str, wants: Wants) -> Entry:
        wanted = all_of((self._domain.dialect.has_id(resource_id), self._map.entry.scope))
        return self._first(
            Search(self._domain.base, "subtree", wanted, self._attributes(wants), size_limit=2)
        )

    def _first(self, search: Search) -> Entry:
        for entry in self._search(search):
            return entry
        raise NotFound(f"There is no such {self._map.resource_type.name}.")

    def _search(self, search: Search) -> Iterator[Entry]:
        try:
            yield from self._domain.directory.search(search)
        except DirectoryError as error:
            raise to_scim_error(error, self._map) from error

    def _matching(self, query: Query, wants: Wants) -> Iterator[Resource]:
        compiled = self._compile(query)
        residue = compiled.residue
        attributes = self._attributes(wants if residue is None else _everything)
        for entry in self._search(Search(self._domain.base, "subtree", compiled.filter, attributes)):
            resource = self._resource(entry)
            if residue is None or matches(residue, resource):
                yield resource

    def _compile(self, query: Query) -> Compiled:
        if query.filter is None:
            return Compiled(self._map.entry.scope)
        compiled = compile_filter(query.filter, self._map, self._domain.dialect)
        return replace(compiled, filter=all_of((compiled.filter, self._map.entry.scope)))

    def _refuse_taken(self, resource: Resource, *, before: Resource | None = None) -> None:
        """Refuse a userName that another entry has, where the entry's own name does not keep it unique."""
        if before is not None and before.get(USER_NAME) == resource.get(USER_NAME):
            return
        own = before.attributes.get("id") if before else None
        for wanted in self._same_user_name(resource):
            found = self._search(
                Search(self._domain.base, "subtree", wanted, self._attributes(_nothing), size_limit=2)
            )
            if any(self._domain.dialect.id_of(entry) != own for entry in found):
                raise UniquenessConflict("userName: the value is taken already.")

    def _same_user_name(self, resource: Resource) -> Iterator[Filter]:
        values = to_image(self._map, resource).attributes
        for rule in self._map.rules_of(USER_NAME):
            if rule.attribute.lower() != self._map.entry.rdn.lower():
                for value in values.get(rule.attribute, ()):
                    yield all_of((Equals(rule.attribute, value), self._map.entry.scope))

    def _attributes(self, wants: Wants) -> tuple[str, ...]:
        dialect = self._domain.dialect
        own = (
            dialect.id_attribute,
            dialect.created_attribute,
            dialect.modified_attribute,
            dialect.version_attribute,
        )
        return (*self._map.directory_attributes(wants), *own, *dialect.account_attributes)

    def _resource(self, entry: Entry) -> Resource:
        return to_resource(self._map, entry, self._domain.dialect)

    def _check_version(self, entry: Entry, version: str | None) -> None:
        if version is not None and self._domain.dialect.version_of(entry) != version:
            raise PreconditionFailed("The resource has changed since that version.")


def _everything(_path: AttributePath) -> bool:
    return True


def _nothing(_path: AttributePath) -> bool:
    return False


def _without(entry: Entry, attribute: str) -> Entry:
    kept = {name: values for name, values in entry.attributes.items() if name != attribute.lower()}
    return Entry(entry.dn, kept)


def _always_changing() -> Conflict:
    return Conflict("The resource is being changed by others all the time; try again later.")
