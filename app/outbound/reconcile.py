"""Holding a connector against a domain: what is missing there, what is too much, and what is different.

A report comes first and changes nothing. What it found can then be put right by the outbox, as any change is: each
resource is looked at again when its turn comes. Resources that the system has and Landbridge never made are told apart,
and are only touched when somebody says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.outbound.delivery import FindSource, Source, in_scope, ownership
from app.outbound.differences import Owned
from app.outbound.document import ConnectorRules
from app.outbound.legs import Legs, RemoteLeg
from app.outbound.outbox import Outbox
from app.outbound.sink_leg import SinkLeg
from app.outbound.task import Cause, Change
from app.provisioning.target import Query
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.store.links import Link

Kind = Literal["missing", "different", "extra", "foreign"]
PAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One resource that is not as it shall be. ``resource_id`` is empty for foreign ones, which only the system has."""

    kind: Kind
    resource_type: str
    resource_id: str = ""
    remote_id: str = ""
    name: str = ""
    attributes: tuple[str, ...] = ()


class Reconciliation:
    """Finds and mends what has come apart. ``request_id`` makes a name for all that one run puts into the outbox."""

    def __init__(
        self, legs: Legs, outbox: Outbox, *, find_source: FindSource, request_id: Callable[[], str]
    ) -> None:
        self._legs = legs
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
        wanted = [name for name in rules.resource_types if name in {*types} or not types]
        for name in sorted(wanted, key=lambda each: (each != "User", each)):
            source = self._find_source(domain, application, name)
            leg = self._legs.leg(connector, name, refuses_strangers=False)
            if isinstance(leg, RemoteLeg):
                yield from _Comparison(rules, leg, source).findings()
            else:
                yield from _known_differences(rules, leg, source)

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
        resource_id = self._legs.links.new_id()
        self._legs.links.put(Link(connector, finding.resource_type, resource_id, finding.remote_id))
        return Change(action="delete", resource_type=finding.resource_type, resource_id=resource_id)


class _Comparison:
    """One resource type at one connector, against one domain. All that the system has is held in memory."""

    def __init__(self, rules: ConnectorRules, leg: RemoteLeg, source: Source) -> None:
        self._rules = rules
        self._leg = leg
        self._source = source
        self._owned: Owned = ownership(leg, source.published, with_password=False)
        self._present = {str(each.attributes["id"]): each for each in leg.walk()}
        self._by_identity = {leg.identity(each): each for each in self._present.values()}
        self._seen: set[str] = set()

    def findings(self) -> Iterator[Finding]:
        for batch in _batches(self._source):
            ids = [str(resource.attributes["id"]) for resource in batch]
            linked = self._leg.remote_ids(ids)
            for resource_id, resource in zip(ids, batch, strict=True):
                yield from self._finding(resource_id, resource, linked.get(resource_id))
        yield from self._left_over()

    def _finding(self, resource_id: str, resource: Resource, remote_id: str | None) -> Iterator[Finding]:
        present = self._present.get(remote_id or "")
        name = _name(self._rules, resource)
        kind = self._leg.resource_type.name
        if not in_scope(self._rules, resource):
            if present is not None and remote_id and self._rules.leaving != "keep":
                self._seen.add(remote_id)
                if self._rules.leaving == "delete" or present.attributes.get("active") is not False:
                    yield Finding(
                        kind="extra",
                        resource_type=kind,
                        resource_id=resource_id,
                        remote_id=remote_id,
                        name=name,
                    )
            return
        present = present or self._by_identity.get(self._leg.identity_of(resource, resource_id))
        if present is None:
            yield Finding(kind="missing", resource_type=kind, resource_id=resource_id, name=name)
            return
        found = str(present.attributes["id"])
        self._seen.add(found)
        different = self._leg.deviations(resource_id, resource, present, owned=self._owned)
        if different or found != remote_id:
            yield Finding(
                kind="different",
                resource_type=kind,
                resource_id=resource_id,
                remote_id=found,
                name=name,
                attributes=(*different, *(() if found == remote_id else ("(not linked)",))),
            )

    def _left_over(self) -> Iterator[Finding]:
        rest = [remote_id for remote_id in self._present if remote_id not in self._seen]
        known = self._leg.known(rest)
        for remote_id in rest:
            resource_id = known.get(remote_id, "")
            yield Finding(
                kind="extra" if resource_id else "foreign",
                resource_type=self._leg.resource_type.name,
                resource_id=resource_id,
                remote_id=remote_id,
                name=_name(self._rules, self._present[remote_id]),
            )


def _known_differences(rules: ConnectorRules, leg: SinkLeg, source: Source) -> Iterator[Finding]:
    """Go by the links alone: what a system shows nothing of may be missing or too much, and is never different."""
    kind = leg.resource_type.name
    linked: Mapping[str, str] = {link.resource_id: link.remote_id for link in leg.links.all(rules.name, kind)}
    seen: set[str] = set()
    for batch in _batches(source):
        for resource in batch:
            resource_id = str(resource.attributes["id"])
            if in_scope(rules, resource):
                seen.add(resource_id)
                if resource_id not in linked:
                    name = _name(rules, resource)
                    yield Finding(kind="missing", resource_type=kind, resource_id=resource_id, name=name)
    for resource_id in linked.keys() - seen:
        yield Finding(
            kind="extra", resource_type=kind, resource_id=resource_id, remote_id=linked[resource_id]
        )


def _batches(source: Source) -> Iterator[list[Resource]]:
    cursor: str | None = ""
    while cursor is not None:
        page = source.target.search(Query(count=PAGE, cursor=cursor))
        yield [*page.resources]
        cursor = page.next_cursor


def _name(rules: ConnectorRules, resource: Resource) -> str:
    path: AttributePath = rules.matching[resource.type.name].path
    return str(resource.get(path) or "")
