"""Holding a connector against a domain: what is missing there, what is too much, and what is different.

A report comes first and changes nothing. What it found can then be put right by the outbox, as any change is: each
resource is looked at again when its turn comes. Resources that the system has and Landbridge never made are told apart,
and are only touched when somebody says so; so is what applications in proxy mode may have made. What another domain has
that the connector serves is none of this one's business. Memory holds a page of each side, however large they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from app.outbound.delivery import in_scope, ownership
from app.outbound.differences import Owned
from app.outbound.document import ConnectorRules
from app.outbound.legs import Legs, RemoteLeg
from app.outbound.outbox import Outbox
from app.outbound.serving import Elsewhere, FindServing, elsewhere
from app.outbound.sink_leg import SinkLeg
from app.outbound.sources import FindSource, Source
from app.outbound.task import Cause, Change
from app.provisioning.target import Query
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.store.links import Link
from app.store.spill import Row, Spill, spilling

Kind = Literal["missing", "different", "extra", "foreign"]
PAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One resource that is not as it shall be; foreign ones only the system has. ``resource_id`` is empty without a link."""

    kind: Kind
    resource_type: str
    resource_id: str = ""
    remote_id: str = ""
    name: str = ""
    attributes: tuple[str, ...] = ()


class Reconciliation:
    """Finds and mends what has come apart. ``request_id`` makes a name for all that one run puts into the outbox."""

    def __init__(
        self,
        legs: Legs,
        outbox: Outbox,
        *,
        find_source: FindSource,
        find_serving: FindServing,
        request_id: Callable[[], str],
    ) -> None:
        self._legs = legs
        self._find_serving = find_serving
        self._outbox = outbox
        self._find_source = find_source
        self._request_id = request_id

    def report(
        self, connector: str, domain: str, *, application: str = "", types: Iterable[str] = ()
    ) -> Iterator[Finding]:
        """Yield what is not as it shall be, type by type. Raises ScimError.

        ``application`` is whose externalIds count. Users come before groups, so that groups find their members.
        """
        rules = self._legs.connectors.rules(connector)
        served = self._find_serving(rules)
        wanted = [name for name in rules.resource_types if name in {*types} or not types]
        for name in sorted(wanted, key=lambda each: (each != "User", each)):
            source = self._find_source(domain, application, name)
            leg = self._legs.leg(connector, name, refuses_strangers=False)
            others = elsewhere(self._find_source, served, domain, application=application, resource_type=name)
            with spilling() as aside:
                if isinstance(leg, RemoteLeg):
                    yield from _Comparison(rules, leg, source, aside=aside, others=others).findings()
                else:
                    yield from _known_differences(rules, leg, source, aside=aside, others=others)

    def mend(
        self, connector: str, findings: Iterable[Finding], cause: Cause, *, deletes_foreign: bool = False
    ) -> int:
        """Put what was found into the outbox; return how many tasks that made."""
        cause = replace(cause, request_id=self._request_id())
        count = 0
        for finding in findings:
            change = self._change(connector, finding, deletes_foreign=deletes_foreign)
            if change is not None:
                self._outbox.add([(connector, change)], cause)
                count += 1
        return count

    def _change(self, connector: str, finding: Finding, *, deletes_foreign: bool) -> Change | None:
        if finding.kind != "foreign":
            return Change(action="sync", resource_type=finding.resource_type, resource_id=finding.resource_id)
        if not deletes_foreign:
            return None
        resource_id = finding.resource_id or self._legs.links.new_id()
        self._legs.links.put(Link(connector, finding.resource_type, resource_id, finding.remote_id))
        return Change(action="delete", resource_type=finding.resource_type, resource_id=resource_id)


class _Comparison:
    """One resource type at one connector, against one domain. All that the system has is put aside first."""

    def __init__(
        self, rules: ConnectorRules, leg: RemoteLeg, source: Source, *, aside: Spill, others: Elsewhere
    ) -> None:
        self._others = others
        self._rules = rules
        self._leg = leg
        self._source = source
        self._owned: Owned = ownership(leg, source.published, with_password=False)
        self._aside = aside

    def findings(self) -> Iterator[Finding]:
        self._aside.add(self._row(remote) for remote in self._leg.walk())
        for batch in _batches(self._source):
            yield from self._compared({str(resource.attributes["id"]): resource for resource in batch})
        for rows in self._aside.unseen():
            yield from self._left_over(rows)

    def _row(self, remote: Resource) -> Row:
        return Row(str(remote.attributes["id"]), json.dumps(remote.attributes), self._leg.identity(remote))

    def _resource(self, row: Row) -> Resource:
        return Resource(self._leg.resource_type, json.loads(row.content))

    def _compared(self, batch: Mapping[str, Resource]) -> Iterator[Finding]:
        linked = self._leg.remote_ids(batch)
        present = self._aside.by_id(linked.values())
        names = {
            resource_id: self._leg.identity_of(resource, resource_id)
            for resource_id, resource in batch.items()
            if linked.get(resource_id) not in present and in_scope(self._rules, resource)
        }
        named = self._aside.by_name(name for name in names.values() if name is not None)
        for resource_id, resource in batch.items():
            remote_id, name = linked.get(resource_id), names.get(resource_id)
            row = present.get(remote_id or "") or (named.get(name) if name else None)
            yield from self._finding(resource_id, resource, row, linked=remote_id)

    def _finding(
        self, resource_id: str, resource: Resource, row: Row | None, *, linked: str | None
    ) -> Iterator[Finding]:
        if not in_scope(self._rules, resource):
            yield from self._out_of_scope(resource_id, resource, row)
            return
        if row is None:
            yield self._about("missing", resource, resource_id=resource_id)
            return
        self._aside.mark([row.id])
        different = self._leg.deviations(resource_id, resource, self._resource(row), owned=self._owned)
        if different or row.id != linked:
            attributes = (*different, *(() if row.id == linked else ("(not linked)",)))
            yield self._about(
                "different", resource, resource_id=resource_id, remote_id=row.id, attributes=attributes
            )

    def _out_of_scope(self, resource_id: str, resource: Resource, row: Row | None) -> Iterator[Finding]:
        if row is None or self._rules.leaving == "keep":
            return
        self._aside.mark([row.id])
        if self._rules.leaving == "delete" or self._resource(row).attributes.get("active") is not False:
            yield self._about("extra", resource, resource_id=resource_id, remote_id=row.id)

    def _left_over(self, rows: Sequence[Row]) -> Iterator[Finding]:
        known = self._leg.known([row.id for row in rows])
        others_own = self._others.among(known.values())
        for row in rows:
            resource_id = known.get(row.id, "")
            if resource_id in others_own:
                continue
            kind: Kind = "extra" if resource_id and not self._others.is_proxied else "foreign"
            yield self._about(kind, self._resource(row), resource_id=resource_id, remote_id=row.id)

    def _about(self, kind: Kind, resource: Resource, **said: Any) -> Finding:
        return Finding(
            kind=kind, resource_type=self._leg.resource_type.name, name=_name(self._rules, resource), **said
        )


def _known_differences(
    rules: ConnectorRules, leg: SinkLeg, source: Source, *, aside: Spill, others: Elsewhere
) -> Iterator[Finding]:
    """Go by the links alone: what a system shows nothing of may be missing or too much, and is never different."""
    kind = leg.resource_type.name
    aside.add(Row(link.resource_id, link.remote_id) for link in leg.links.all(rules.name, kind))
    for batch in _batches(source):
        wanted = {str(each.attributes["id"]): each for each in batch if in_scope(rules, each)}
        linked = aside.by_id(wanted)
        aside.mark(linked)
        for resource_id in wanted.keys() - linked.keys():
            name = _name(rules, wanted[resource_id])
            yield Finding(kind="missing", resource_type=kind, resource_id=resource_id, name=name)
    too_much: Kind = "foreign" if others.is_proxied else "extra"
    for rows in aside.unseen():
        others_own = others.among(row.id for row in rows)
        for row in rows:
            if row.id not in others_own:
                yield Finding(kind=too_much, resource_type=kind, resource_id=row.id, remote_id=row.content)


def _batches(source: Source) -> Iterator[list[Resource]]:
    cursor: str | None = ""
    while cursor is not None:
        page = source.target.search(Query(count=PAGE, cursor=cursor))
        yield [*page.resources]
        cursor = page.next_cursor


def _name(rules: ConnectorRules, resource: Resource) -> str:
    path: AttributePath = rules.matching[resource.type.name].path
    return str(resource.get(path) or "")
