"""Outbound after a store: what is recorded of writes to a user store domain becomes tasks, in the same transaction.

Connectors follow the changes of an application that names them, or all changes of a domain that they name. The audit
trail says what was changed; what cannot be read back when a task is delivered (a password, and who joined or left a
group) is known to the target that the request went through, and to nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from app.outbound.document import ConnectorRules
from app.outbound.opened import Connectors
from app.outbound.outbox import Outbox
from app.outbound.task import Cause, Change
from app.provisioning.target import Page, Query, Target, Wants, everything
from app.scim.membership import reference_delta
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import ResourceType
from app.store.audit import AuditEvent, Keep

WRITES: Final = frozenset({"create", "replace", "patch", "delete"})
SETTLING_SECONDS: Final = 0.2
"""What a request still does when its write is recorded, such as keeping an externalId."""
_PASSWORD: Final = AttributePath("password")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request sent that nobody can read back."""

    password: str | None = field(default=None, repr=False)
    members: tuple[PatchOperation, ...] = ()
    """A PATCH that only lets members join and leave."""


_NOTHING: Final = Sent()
_sent: ContextVar[Sent] = ContextVar("sent", default=_NOTHING)


@contextmanager
def _sending(sent: Sent) -> Iterator[None]:
    token = _sent.set(sent)
    try:
        yield
    finally:
        _sent.reset(token)


class Remembering:
    """A target that remembers, while a write is under way, what was sent with it."""

    def __init__(self, inner: Target) -> None:
        self._inner = inner

    def create(self, resource: Resource, *, wants: Wants = everything) -> Resource:
        with _sending(Sent(_password(resource))):
            return self._inner.create(resource, wants=wants)

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        return self._inner.read(resource_id, wants=wants)

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        return self._inner.search(query, wants=wants)

    def replace(
        self, resource_id: str, resource: Resource, *, version: str | None = None, wants: Wants = everything
    ) -> Resource:
        with _sending(Sent(_password(resource))):
            return self._inner.replace(resource_id, resource, version=version, wants=wants)

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
    ) -> Resource:
        with _sending(_sent_by(operations)):
            return self._inner.patch(resource_id, operations, version=version, wants=wants)

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        self._inner.delete(resource_id, version=version)


class Following:
    """Makes tasks of what the audit trail records. ``connectors_of`` names those of an application that stores."""

    def __init__(
        self,
        connectors: Connectors,
        outbox: Outbox,
        *,
        connectors_of: Callable[[str], Sequence[str]],
        resource_types: Mapping[str, ResourceType],
    ) -> None:
        self._connectors = connectors
        self._outbox = outbox
        self._connectors_of = connectors_of
        self._resource_types = resource_types

    def __call__(self, event: AuditEvent) -> Keep | None:
        """Say how tasks are kept for the connectors that follow a change, if it is one."""
        if event.action not in WRITES or event.outcome != "done" or not event.resource_id:
            return None
        changes = [(rules.name, self._change(event)) for rules in self.followers(event)]
        if not changes:
            return None
        cause = Cause(
            application=event.application,
            domain=event.domain,
            actor=event.actor,
            request_id=event.request_id,
        )
        add = self._outbox.add
        return lambda connection: add(changes, cause, hold_seconds=SETTLING_SECONDS, within=connection)

    def followers(self, event: AuditEvent) -> list[ConnectorRules]:
        """Return the connectors that a change concerns."""
        named = frozenset(self._connectors_of(event.application))
        return [
            rules
            for rules in self._connectors.all_rules()
            if rules.enabled
            and event.resource_type in self._resource_types
            and (rules.name in named or event.domain in rules.domains)
            and (event.resource_type in rules.resource_types or event.resource_id in scoping_groups(rules))
        ]

    def _change(self, event: AuditEvent) -> Change:
        sent = _sent.get()
        return Change(
            action="sync",
            resource_type=event.resource_type,
            resource_id=event.resource_id,
            operations=sent.members,
            password=sent.password,
        )


def scoping_groups(rules: ConnectorRules) -> frozenset[str]:
    """Return the groups whose members a connector gets."""
    return frozenset(scope.group.lower() for scope in rules.scopes.values() if scope.group)


def _sent_by(operations: Sequence[PatchOperation]) -> Sent:
    if not operations:
        return _NOTHING
    passwords = [each.value for each in operations if each.target.path == _PASSWORD]
    if passwords:
        return Sent(passwords[-1] if isinstance(passwords[-1], str) else None)
    is_membership = all(_moves_members(operation, operations) for operation in operations)
    return Sent(members=tuple(operations)) if is_membership else _NOTHING


def _moves_members(operation: PatchOperation, operations: Sequence[PatchOperation]) -> bool:
    if not operation.target.attribute.multi_valued or operation.target.path.attribute != "members":
        return False
    delta = reference_delta(operations, operation.target.path)
    return delta is not None and delta.replaced is None and not delta.rest


def _password(resource: Resource) -> str | None:
    value = resource.get(_PASSWORD)
    return value if isinstance(value, str) else None
