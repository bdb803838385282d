"""A change that a system has yet to get, and how it is kept: what may be read in plain, and what is encrypted.

``create``, ``replace``, ``patch`` and ``delete`` carry what a client asked for. ``sync`` carries no state: the resource
is read from its domain when it is delivered, so that the last state counts, however many changes there were. With it
may go what cannot be read back: a password, and who joined or left a group.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from app.scim.codec import ResourceCodec
from app.scim.patch_operations import PATCH_URN, PatchOperation, parse_patch
from app.scim.resource import Resource
from app.scim.schema import ResourceType, Value

Action = Literal["create", "replace", "patch", "delete", "sync"]
State = Literal["ready", "dead"]
HIDDEN: Final = "(encrypted)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What shall be done to a resource."""

    action: Action
    resource_type: str
    resource_id: str
    resource: Resource | None = None
    operations: tuple[PatchOperation, ...] = ()
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Whose request it comes from. ``domain`` is empty for applications in proxy mode."""

    application: str
    domain: str = ""
    actor: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A change on its way to one connector."""

    id: int
    key: str
    connector: str
    cause: Cause
    change: Change
    attempts: int = 0
    created: datetime
    due: datetime
    state: State = "ready"
    error: str = ""
    lease: str | None = None
    lease_until: datetime | None = None


def payload_of(change: Change) -> tuple[dict[str, Any] | None, str | None]:
    """Write a change: what may be seen, and the whole of it where that leaves secrets out."""
    whole, seen = _written(change, secrets=True), _written(change, secrets=False)
    return seen or None, json.dumps(whole) if whole != seen else None


def change_from(
    action: Action,
    resource_type: ResourceType,
    resource_id: str,
    *,
    payload: Mapping[str, Any],
) -> Change:
    """Read a change from its whole payload. Raises ScimError."""
    written, operations = payload.get("resource"), payload.get("operations")
    return Change(
        action=action,
        resource_type=resource_type.name,
        resource_id=resource_id,
        resource=ResourceCodec(resource_type).load(written, purpose="read") if written else None,
        operations=parse_patch({"Operations": operations}, resource_type) if operations else (),
        password=payload.get("password"),
    )


def written_operations(operations: Sequence[PatchOperation]) -> list[Value]:
    """Write PATCH operations as RFC 7644 has them."""
    return [_operation(operation, secrets=True) for operation in operations]


def patch_body(operations: Sequence[PatchOperation]) -> dict[str, Value]:
    """Write a PATCH request."""
    return {"schemas": [PATCH_URN], "Operations": written_operations(operations)}


def _written(change: Change, *, secrets: bool) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if change.resource is not None:
        written["resource"] = ResourceCodec(change.resource.type).dump(change.resource, secrets=secrets)
    if change.operations:
        written["operations"] = [_operation(each, secrets=secrets) for each in change.operations]
    if change.password is not None:
        written["password"] = change.password if secrets else HIDDEN
    return written


def _operation(operation: PatchOperation, *, secrets: bool) -> dict[str, Value]:
    written: dict[str, Value] = {"op": operation.op, "path": str(operation.target)}
    if operation.value is None:
        return written
    leaf = operation.target.leaf
    is_secret = "never" in {leaf.returned, *(part.returned for part in leaf.sub_attributes)}
    return {**written, "value": HIDDEN if is_secret and not secrets else operation.value}
