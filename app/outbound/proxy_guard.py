"""The mass-change guard of applications in proxy mode: what a write takes away, weighed before any connector gets it.

What a resource was like before tells the connector that is read from. Where none can be, a write is weighed by what it
says itself: a user that it disables counts as one that was enabled, and so does each member that it names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from app.outbound.legs import Leg
from app.outbound.references import ids_in, referring_paths
from app.outbound.sink_leg import SinkLeg
from app.outbound.task import Change, payload_of
from app.provisioning.guard import Sentry
from app.provisioning.scales import Crowd
from app.provisioning.target import Query, nothing
from app.scim.membership import reference_delta
from app.scim.patch import apply
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import ResourceType
from app.store.change_limits import Kind
from app.store.held_changes import Change as Weighed

ACTIVE: Final = AttributePath("active")
_METHODS: Final[Mapping[str, str]] = {"replace": "PUT", "patch": "PATCH", "delete": "DELETE"}


@dataclass(frozen=True, slots=True)
class ProxyGuard:
    """The guard of one request that goes on to connectors. ``read`` shows a resource as it is; None where nobody can."""

    sentry: Sentry
    legs: Sequence[Leg]
    read: Callable[[str], Resource | None]
    create_on_replace: bool = False

    @contextmanager
    def admitted(self, change: Change) -> Iterator[Callable[[], None]]:
        """Let a write be made within the block, and count it, if the application's limits allow it.

        What is handed to the block has it counted no longer.

        Raises:
            Forbidden: if the write is held, or was rejected.
            TooManyRequests: the same, where the limits say so.
            ScimError: if the resource cannot be read.
        """
        amounts = self._amounts(change) if self.sentry.limits.limits else {}
        if not amounts:
            yield _nothing_counted
            return
        weighed = Weighed(
            actor=self.sentry.actor,
            application=self.sentry.application,
            domain=", ".join(f"connector {leg.name}" for leg in self.legs),
            resource_type=change.resource_type,
            resource_id=change.resource_id,
            action=change.action,
            amounts=amounts,
            plan=self._written(change),
        )
        with self.sentry.counted(weighed, self._crowd(change)) as release:
            yield release

    @property
    def _type(self) -> ResourceType:
        return self.legs[0].resource_type

    @property
    def _name(self) -> AttributePath:
        """What a resource is called, for there to be a change of it."""
        return self.legs[0].rules.matching[self._type.name].path

    def _amounts(self, change: Change) -> Mapping[Kind, int]:
        match change.action:
            case "delete":
                return {"deletes": 1}
            case "patch" if self._is_of_no_weight(change):
                return {}
            case "patch":
                return self._joining_and_leaving(change) or self._taken_away(change)
            case "replace":
                return self._taken_away(change)
            case _:
                return {}

    def _is_of_no_weight(self, change: Change) -> bool:
        heavy = {ACTIVE, self._name, *_member_paths(self._type)}
        return not any(operation.target.path.parent in heavy for operation in change.operations)

    def _joining_and_leaving(self, change: Change) -> Mapping[Kind, int]:
        """Count who leaves a group by a PATCH that names them and says nothing else; the group is not read for that."""
        for path in _member_paths(self._type):
            delta = reference_delta(change.operations, path)
            if delta is not None and delta.replaced is None and not delta.rest and delta.removed:
                return {"removals": len(delta.removed)}
        return {}

    def _taken_away(self, change: Change) -> Mapping[Kind, int]:
        """Compare a resource with what becomes of it."""
        before = self.read(change.resource_id)
        start = before or Resource(self._type, {"id": change.resource_id})
        after = change.resource or apply(start, change.operations, create_on_replace=self.create_on_replace)
        found: Counter[Kind] = Counter()
        found["disables"] = start.get(ACTIVE) is not False and after.get(ACTIVE) is False
        found["removals"] = len(_members(start) - _members(after))
        found["renames"] = before is not None and before.get(self._name) != after.get(self._name)
        return {kind: amount for kind, amount in found.items() if amount}

    def _crowd(self, change: Change) -> Crowd:
        where = f"connector {self._counting.name}"
        return Crowd(
            lambda: self.sentry.populations.counted(where, self._type.name, self._count),
            lambda: self._count_members(change),
        )

    @property
    def _counting(self) -> Leg:
        return next((leg for leg in self.legs if leg.can_read), self.legs[0])

    def _count(self) -> int:
        leg = self._counting
        if isinstance(leg, SinkLeg):
            return sum(1 for _ in leg.links.all(leg.name, self._type.name))
        return leg.search(Query(count=1), wants=nothing).total

    def _count_members(self, change: Change) -> int | None:
        group = self.read(change.resource_id)
        return None if group is None else len(_members(group))

    def _written(self, change: Change) -> str:
        """Write the request for people, without its secrets."""
        line = f"{_METHODS[change.action]} {self._type.endpoint}/{change.resource_id}\n"
        seen, _ = payload_of(change)
        return line + (json.dumps(seen, indent=2, ensure_ascii=False) + "\n" if seen else "")


def _member_paths(resource_type: ResourceType) -> list[AttributePath]:
    return [
        path
        for path, attribute in referring_paths(resource_type)
        if attribute.multi_valued and attribute.mutability != "readOnly"
    ]


def _members(resource: Resource) -> set[str]:
    shown = Resource(
        resource.type,
        {path.attribute: resource.get(path) for path in _member_paths(resource.type) if resource.get(path)},
    )
    return {resource_id.lower() for _, resource_id in ids_in(shown)}


def _nothing_counted() -> None:
    pass
