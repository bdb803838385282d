"""What users may change of themselves: some attributes, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.scim.codec import ResourceCodec
from app.scim.comparison import comparable
from app.scim.errors import Forbidden
from app.scim.patch_operations import PatchOperation, parse_patch
from app.scim.path import AttributePath, PathError, parse_path, resolve
from app.scim.replace import replace
from app.scim.resource import Resource, is_complex
from app.scim.schema import Mutability, ResourceType, Value

PASSWORD = AttributePath("password")
CURRENT_PASSWORD = "currentPassword"  # noqa: S105 - the attribute's name
_WRITTEN: frozenset[Mutability] = frozenset({"readWrite", "writeOnly"})


def allowed_paths(names: Iterable[str], resource_type: ResourceType) -> frozenset[AttributePath]:
    """Find the attributes that are named; those that the type does not have are none."""
    return frozenset(_known(names, resource_type))


def refuse_others(operations: Iterable[PatchOperation], allowed: frozenset[AttributePath]) -> None:
    """Refuse a PATCH of anything that is not allowed; raise Forbidden."""
    for operation in operations:
        if operation.target.path not in allowed:
            raise _refusal(operation.target.path)


def refuse_without_current(operations: Sequence[PatchOperation], allowed: frozenset[AttributePath]) -> None:
    """Refuse another password without the one until now, where users may send that; raise Forbidden.

    A stolen token then changes no password.
    """
    written = {operation.target.path for operation in operations}
    current = next((path for path in allowed if path.attribute == CURRENT_PASSWORD and path.schema), None)
    if current is not None and PASSWORD in written and current not in written:
        raise Forbidden(f"{PASSWORD}: users change it together with {current}, the password until now")


def operations_of(
    current: Resource, body: Resource, allowed: frozenset[AttributePath]
) -> tuple[PatchOperation, ...]:
    """Say what a PUT comes to: the allowed attributes are replaced or removed, and all others stay.

    Raises:
        Forbidden: if the body has another value for one of those than it has now.
    """
    after = replace(current, body)
    for path in body.paths:
        if path not in allowed and not _is_same(path, current, after):
            raise _refusal(path)
    shown = ResourceCodec(body.type).dump(body, secrets=True)
    changed = [path for path in sorted(allowed, key=str) if after.get(path) != current.get(path)]
    operations: list[Value] = [_operation(path, shown) for path in changed]
    return parse_patch({"Operations": operations}, body.type) if operations else ()


def _is_same(path: AttributePath, one: Resource, other: Resource) -> bool:
    attribute = resolve(path, one.type).attribute
    return bool(comparable(attribute, one.get(path)) == comparable(attribute, other.get(path)))


def _operation(path: AttributePath, shown: Mapping[str, Value]) -> Value:
    below = shown.get(path.schema) if path.schema else shown
    value = below.get(path.attribute) if is_complex(below) else None
    if value is None:
        return {"op": "remove", "path": str(path)}
    return {"op": "replace", "path": str(path), "value": value}


def _known(names: Iterable[str], resource_type: ResourceType) -> Iterator[AttributePath]:
    for name in names:
        try:
            found = resolve(parse_path(name), resource_type)
        except PathError:
            continue
        if found.attribute.mutability in _WRITTEN:
            yield found.path.parent


def _refusal(path: AttributePath) -> Forbidden:
    return Forbidden(f"{path}: users may not change this of themselves; ask who administers them")
