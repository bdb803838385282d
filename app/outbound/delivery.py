"""Carrying out a task at its connector.

A ``sync`` reads the resource where it is stored, decides by the connector's scope whether the system shall have it,
and sees to that. The other actions carry what a client asked of an application in proxy mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from app.outbound.differences import Owned
from app.outbound.document import ConnectorRules, Scope
from app.outbound.errors import Postponed, TakenBy
from app.outbound.following import scoping_groups
from app.outbound.legs import Leg, Legs
from app.outbound.outbox import Outbox
from app.outbound.references import ids_in
from app.outbound.serving import FindServing
from app.outbound.sources import FindSource, Source
from app.outbound.taken import Taken
from app.outbound.task import Change, Task
from app.scim.errors import NotFound
from app.scim.filters.evaluate import matches
from app.scim.filters.nodes import And, Comparison, Or
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import ResourceType

AGAIN_SECONDS: Final = 1.0
_GROUPS: Final = AttributePath("groups")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A task that comes of another one, for the same connector."""

    change: Change
    after_seconds: float = 0.0


class Delivery:
    """Carries out tasks. Each may have been carried out before, by somebody who could not say so any more."""

    def __init__(
        self, legs: Legs, outbox: Outbox, *, find_source: FindSource, find_serving: FindServing
    ) -> None:
        self._legs = legs
        self._outbox = outbox
        self._find_source = find_source
        self._taken = Taken(legs.links, outbox, find_source=find_source, find_serving=find_serving)

    def carry_out(self, task: Task) -> list[FollowUp]:
        """Do what a task says; return what is to be done because of it.

        Raises:
            ScimError: if it could not be done.
            Postponed: if another task has to be done before.
        """
        rules = self._legs.connectors.rules(task.connector)
        if task.change.action == "sync":
            return [*self._sync(task, rules)]
        leg = self._legs.leg(task.connector, task.change.resource_type).keyed(task.key)
        self._wait_for_referents(task)
        if task.change.action == "patch" and not leg.has(task.change.resource_id):
            self._copy(leg, task)
        else:
            self._carry_out(task, leg)
        return []

    def _carry_out(self, task: Task, leg: Leg) -> None:
        try:
            leg.carry_out(task.change)
        except TakenBy as taken:
            if not task.attempts:
                raise
            # An attempt before made it, whose answer was lost, and a list has shown it since, under another id.
            self._legs.links.forget(task.connector, task.change.resource_type, taken.resource_id)
            leg.carry_out(task.change)

    def _sync(self, task: Task, rules: ConnectorRules) -> Iterator[FollowUp]:
        change, domain = task.change, task.cause.domain
        # Names that clients have for resources are theirs; who follows a whole domain gets no client's names.
        application = "" if domain in rules.domains else task.cause.application
        source = self._find_source(domain, application, change.resource_type)
        if change.resource_id in scoping_groups(rules):
            yield from self._scope_changes(rules, change, source)
        if change.resource_type not in rules.resource_types:
            return
        leg = self._legs.leg(task.connector, change.resource_type, refuses_strangers=False).keyed(task.key)
        if (
            change.operations
            and leg.has(change.resource_id)
            and rules.scopes[change.resource_type] == Scope()
        ):
            leg.carry_out(
                Change(
                    action="patch",
                    resource_type=change.resource_type,
                    resource_id=change.resource_id,
                    operations=change.operations,
                )
            )
            yield from self._later(task, _named_by(change))
            return
        yield from self._bring(task, leg, source)

    def _bring(self, task: Task, leg: Leg, source: Source) -> Iterator[FollowUp]:
        change = task.change
        resource = source.find(change.resource_id)
        if resource is None:
            leg.take_away(change.resource_id)
            return
        if not in_scope(leg.rules, resource):
            leg.let_go(change.resource_id)
            return
        is_new = not leg.has(change.resource_id)
        wanted = resource
        if change.password is not None:
            wanted = Resource(resource.type, {**resource.attributes, "password": change.password})
        owned = ownership(leg, source.published, with_password=change.password is not None)
        try:
            leg.bring(change.resource_id, wanted, owned=owned)
        except TakenBy as error:
            self._taken.free(task, leg.rules, source, error)
            leg.bring(change.resource_id, wanted, owned=owned)
        yield from self._later(task, (resource_id for _, resource_id in ids_in(resource)))
        if is_new:
            yield from self._groups_of(leg, resource)

    def _later(self, task: Task, resource_ids: Iterable[str]) -> Iterator[FollowUp]:
        """See to references again when what they refer to has arrived."""
        if any(self._is_under_way(task, each) for each in resource_ids):
            again = Change(
                action="sync",
                resource_type=task.change.resource_type,
                resource_id=task.change.resource_id,
            )
            yield FollowUp(again, AGAIN_SECONDS)

    def _groups_of(self, leg: Leg, resource: Resource) -> Iterator[FollowUp]:
        """Somebody who is new becomes a member of the groups that were there before."""
        for element in values_of(resource.get(_GROUPS)):
            if is_complex(element) and "Group" in leg.rules.resource_types:
                yield FollowUp(
                    Change(action="sync", resource_type="Group", resource_id=str(element["value"]))
                )

    def _scope_changes(self, rules: ConnectorRules, change: Change, source: Source) -> Iterator[FollowUp]:
        """Look again at everybody who joins or leaves a group whose members the connector gets."""
        concerned = (
            set(_named_by(change)) if change.operations else set(self._concerned(rules, change, source))
        )
        for resource_id in sorted(concerned):
            yield FollowUp(Change(action="sync", resource_type="User", resource_id=resource_id))

    def _concerned(self, rules: ConnectorRules, change: Change, source: Source) -> Iterator[str]:
        group = source.find(change.resource_id)
        members = {resource_id for _, resource_id in ids_in(group)} if group else set()
        linked = {link.resource_id for link in self._legs.links.all(rules.name, "User")}
        yield from members ^ linked

    def _wait_for_referents(self, task: Task) -> None:
        if any(self._is_under_way(task, each) for each in _named_by(task.change)):
            raise Postponed("it refers to something that the connector has yet to get")

    def _is_under_way(self, task: Task, resource_id: str) -> bool:
        if self._legs.links.remote_ids(task.connector, [resource_id.lower()]):
            return False
        return self._outbox.is_waiting_for(task.connector, resource_id.lower())

    def _copy(self, leg: Leg, task: Task) -> None:
        """Bring a resource whole to a connector that never had it, from one that has been changed already."""
        change = task.change
        for name in self._legs.links.of(change.resource_type, change.resource_id):
            other = self._legs.leg(name, change.resource_type)
            if other.can_read:
                leg.bring(change.resource_id, other.read(change.resource_id))
                return
        raise NotFound(f"no connector has the {change.resource_type} {change.resource_id}")


def in_scope(rules: ConnectorRules, resource: Resource) -> bool:
    """Tell whether a connector shall have a resource."""
    scope = rules.scopes[resource.type.name]
    if scope.filter is not None and not matches(scope.filter, resource):
        return False
    if scope.group is None:
        return True
    groups = (element.get("value") for element in values_of(resource.get(_GROUPS)) if is_complex(element))
    return scope.group.lower() in {str(group).lower() for group in groups}


def ownership(leg: Leg, published: ResourceType, *, with_password: bool) -> Owned:
    """Tell of which of a system's attributes the domain knows the truth."""
    explicit = {written.place.path.parent for written in leg.map.places}
    known = {AttributePath(each.name): each for each in published.core_attributes}
    for extension in published.extensions:
        known |= {
            AttributePath(each.name, None, extension.schema.id): each for each in extension.schema.attributes
        }

    def owned(path: AttributePath) -> bool:
        if path == AttributePath("password"):
            return with_password and leg.map.writes(path)
        if not leg.map.writes(path):
            return False
        if path.parent in explicit:
            return True
        attribute = known.get(path.parent)
        if attribute is None or path.sub_attribute is None:
            return attribute is not None
        return attribute.sub_attribute(path.sub_attribute) is not None

    return owned


def _named_by(change: Change) -> list[str]:
    """Return the ids that a change refers to."""
    named = [resource_id for _, resource_id in ids_in(change.resource)] if change.resource else []
    for operation in change.operations:
        if operation.target.attribute.sub_attribute("$ref"):
            named += _values_in(operation)
    return [resource_id.lower() for resource_id in named]


def _values_in(operation: PatchOperation) -> Iterator[str]:
    for element in values_of(operation.value):
        if is_complex(element) and isinstance(element.get("value"), str):
            yield str(element["value"])
    condition = operation.target.condition
    terms = condition.operands if isinstance(condition, And | Or) else (condition,)
    for term in terms:
        if isinstance(term, Comparison) and term.path.attribute == "value":
            yield str(term.value)
