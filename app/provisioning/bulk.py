"""Carrying out bulk requests (RFC 7644 §3.7): each operation by itself, held to its own rights, with a result of its own.

The order is the client's, but what is referred to by a ``bulkId`` comes before what refers to it. In a circle, one
resource is created without the reference, which is added as soon as the other exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from app.provisioning.bulk_references import Step, only, order, without
from app.provisioning.target import Target, nothing
from app.scim.bulk import BulkOperation, BulkRequest, BulkResult, check, references, with_ids
from app.scim.codec import ResourceCodec
from app.scim.errors import Conflict, InvalidPath, InvalidValue, ScimError, ServerError
from app.scim.patch_operations import parse_patch
from app.scim.resource import Resource, is_complex, is_list
from app.scim.schema import ResourceType, Value
from app.telemetry import get_logger

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ground:
    """What operations are carried out on, and what the caller may do there."""

    types: Mapping[str, ResourceType]
    """By their endpoints."""
    target: Callable[[ResourceType], Target]
    authorise: Callable[[ResourceType, str], None]
    """Raises Forbidden where the caller may not use a method on a type."""
    locate: Callable[[ResourceType, str], str]
    version_to_write: Callable[[Target, str, str | None], str | None]
    """Reads what an operation says about the version that it is for."""


def carry_out(request: BulkRequest, ground: Ground) -> list[BulkResult]:
    """Carry out operations until too many have failed; return the results in the client's order."""
    run = _Run(ground)
    for step in order(request.operations):
        if request.fail_on_errors is not None and run.failures >= request.fail_on_errors:
            break
        run.take(step)
    run.end()
    return [run.results[index] for index in sorted(run.results)]


@dataclass(slots=True)
class _Run:
    ground: Ground
    results: dict[int, BulkResult] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    incomplete: list[Step] = field(default_factory=list)

    @property
    def failures(self) -> int:
        return sum(1 for result in self.results.values() if result.error)

    def take(self, step: Step) -> None:
        """Carry out one operation, and complete those that have been waiting for it."""
        self._note(step, self._attempt(step, self._carried_out))
        if step.missing and not self.results[step.index].error:
            self.incomplete.append(step)
        for waiting in list(self.incomplete):
            if waiting.missing <= self.ids.keys() | self.failed:
                self.incomplete.remove(waiting)
                self._note(waiting, self._attempt(waiting, self._completed))

    def end(self) -> None:
        """Tell of those that could not be completed, because the rest was left."""
        for step in self.incomplete:
            self.failed |= step.missing - self.ids.keys()
            self._note(step, self._attempt(step, self._completed))

    def _note(self, step: Step, result: BulkResult) -> None:
        earlier = self.results.get(step.index)
        location = result.location or (earlier.location if earlier else None)
        self.results[step.index] = replace(result, operation=step.operation, location=location)
        if result.error and step.operation.method == "POST" and not earlier:
            self.failed.add(step.operation.bulk_id or "")

    def _attempt(self, step: Step, make: Callable[[Step], BulkResult]) -> BulkResult:
        operation = step.operation
        try:
            return make(step)
        except ScimError as error:
            refusal = error
        except Exception:  # noqa: BLE001 - the results of the other operations must not be lost with this one
            _log.exception("bulk_operation_failed", method=operation.method)
            refusal = ServerError("The service failed; its log tells why, by this request's id.")
        return BulkResult(operation, refusal.status, self._location(operation), error=refusal)

    def _carried_out(self, step: Step) -> BulkResult:
        check(step.operation)
        resource_type = self._type(step.operation)
        self.ground.authorise(resource_type, step.operation.method)
        operation = self._resolved(step)
        resource_id = operation.resource_id or ""
        goal = _Goal(self.ground, resource_type, self.ground.target(resource_type))
        changed = _METHODS[operation.method](goal, resource_id, operation)
        if changed is None:
            return BulkResult(operation, HTTPStatus.NO_CONTENT, self._location(operation))
        if operation.method == "POST":
            self.ids[operation.bulk_id or ""] = str(changed.attributes["id"])
            return self._result(operation, changed, HTTPStatus.CREATED)
        return self._result(operation, changed, HTTPStatus.OK)

    def _completed(self, step: Step) -> BulkResult:
        """Add what an operation had to do without."""
        lost = sorted(step.missing & self.failed)
        if lost:
            raise Conflict(
                f"the resource was created without its reference to bulkId:{lost[0]}, which was not created"
            )
        resource_type = self._type(step.operation)
        addition = with_ids(only(step.operation.data, step.missing), self.ids)
        operations = parse_patch({"Operations": [{"op": "add", "value": addition}]}, resource_type)
        resource_id = self.ids[step.operation.bulk_id or ""]
        changed = self.ground.target(resource_type).patch(resource_id, operations, wants=nothing)
        return self._result(step.operation, changed, HTTPStatus.CREATED)

    def _resolved(self, step: Step) -> BulkOperation:
        operation = step.operation
        unknown = sorted(references(operation) - self.ids.keys() - step.missing)
        if unknown and unknown[0] in self.failed:
            raise Conflict(f"bulkId:{unknown[0]} was not created")
        if unknown:
            raise InvalidValue(f"no operation of the request has the bulkId {unknown[0]}")
        return replace(
            operation,
            path=str(with_ids(operation.path, self.ids)),
            data=with_ids(without(operation.data, step.missing), self.ids),
        )

    def _type(self, operation: BulkOperation) -> ResourceType:
        found = self.ground.types.get(operation.endpoint)
        if found is None:
            raise InvalidPath(f"{operation.endpoint} is no endpoint that a bulk request can reach")
        return found

    def _location(self, operation: BulkOperation) -> str | None:
        """Return where a resource is that an operation names."""
        try:
            resolved = replace(operation, path=str(with_ids(operation.path, self.ids)))
            resource_id = resolved.resource_id
            return self.ground.locate(self._type(resolved), resource_id) if resource_id else None
        except InvalidPath:
            return None

    def _result(self, operation: BulkOperation, changed: Resource, status: HTTPStatus) -> BulkResult:
        meta = changed.attributes.get("meta")
        version = meta.get("version") if is_complex(meta) else None
        location = self.ground.locate(changed.type, str(changed.attributes["id"]))
        return BulkResult(operation, status, location, version if isinstance(version, str) else None)


@dataclass(frozen=True, slots=True)
class _Goal:
    ground: Ground
    type: ResourceType
    target: Target

    def version(self, resource_id: str, operation: BulkOperation) -> str | None:
        return self.ground.version_to_write(self.target, resource_id, operation.version)


def _post(goal: _Goal, _: str, operation: BulkOperation) -> Resource:
    resource = ResourceCodec(goal.type).load(operation.data, purpose="create")
    return goal.target.create(resource, wants=nothing)


def _put(goal: _Goal, resource_id: str, operation: BulkOperation) -> Resource:
    resource = ResourceCodec(goal.type).load(operation.data, purpose="replace")
    version = goal.version(resource_id, operation)
    return goal.target.replace(resource_id, resource, version=version, wants=nothing)


def _patch(goal: _Goal, resource_id: str, operation: BulkOperation) -> Resource:
    # RFC 7644 §3.7.3 shows the operations of a PATCH as a list by itself, where its text says that there is a body.
    body: Value = {"Operations": operation.data} if is_list(operation.data) else operation.data
    operations = parse_patch(body, goal.type)
    version = goal.version(resource_id, operation)
    return goal.target.patch(resource_id, operations, version=version, wants=nothing)


def _delete(goal: _Goal, resource_id: str, operation: BulkOperation) -> None:
    goal.target.delete(resource_id, version=goal.version(resource_id, operation))


_METHODS: Mapping[str, Callable[[_Goal, str, BulkOperation], Resource | None]] = {
    "POST": _post,
    "PUT": _put,
    "PATCH": _patch,
    "DELETE": _delete,
}
