"""Read PATCH requests (RFC 7644 §3.5.2) into operations that each have one target and a checked value.

Operations without a path, and on a whole extension, become one operation for each attribute. Carrying them out is
left to ``patch``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.scim.codec import load_value
from app.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, MutabilityError, NoTarget
from app.scim.fields import kind_of
from app.scim.filters.nodes import Filter
from app.scim.filters.parser import parse_target
from app.scim.filters.resolve import resolve_element
from app.scim.filters.text import render
from app.scim.path import (
    AttributePath,
    PathError,
    ResolvedPath,
    find_schema,
    parse_path,
    resolve,
)
from app.scim.resource import is_complex, is_list
from app.scim.schema import Attribute, ResourceType, Schema, Value
from app.scim.shape import is_cleared, read_complex

PATCH_URN: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

OperationName = Literal["add", "remove", "replace"]
_NAMES: Final[Mapping[str, OperationName]] = {"add": "add", "remove": "remove", "replace": "replace"}


@dataclass(frozen=True, slots=True)
class Target:
    """What an operation changes: an attribute, or the elements of it that fulfil ``condition``, or a part of these."""

    path: AttributePath
    attribute: Attribute
    condition: Filter | None = None
    sub_attribute: Attribute | None = None

    def __str__(self) -> str:
        """Write the target as a PATCH path."""
        brackets = f"[{render(self.condition)}]" if self.condition else ""
        return f"{self.path}{brackets}{f'.{self.sub_attribute.name}' if self.sub_attribute else ''}"

    @property
    def leaf(self) -> Attribute:
        """The attribute that values are for."""
        return self.sub_attribute or self.attribute

    @property
    def resolved(self) -> ResolvedPath:
        """The path to the leaf, for messages and checks."""
        sub = self.sub_attribute
        return ResolvedPath(replace(self.path, sub_attribute=sub.name if sub else None), self.attribute, sub)


@dataclass(frozen=True, slots=True)
class PatchOperation:
    """One change of one target.

    ``value`` is canonical. For a complex value it holds the parts that change, None for those that go. For a removal
    it is None for all there is, or the elements to remove.
    """

    op: OperationName
    target: Target
    value: Value = None


def parse_patch(body: Value, resource_type: ResourceType) -> tuple[PatchOperation, ...]:
    """Read a PATCH body. Raises InvalidSyntax, InvalidPath, InvalidFilter, InvalidValue, NoTarget, MutabilityError."""
    operations = _member(body, "operations", "the body")
    if not is_list(operations) or not operations:
        raise InvalidSyntax("Operations must be a list of at least one operation")
    return tuple(read for operation in operations for read in _parse_operation(operation, resource_type))


def parse_path_target(text: str, resource_type: ResourceType) -> Target:
    """Read a PATCH path. Raises InvalidPath and InvalidFilter."""
    outside, condition, sub = parse_target(text)
    try:
        path = parse_path(outside if sub is None else f"{outside}.{sub}")
        found = resolve(path, resource_type)
    except PathError as error:
        raise InvalidPath(str(error)) from error
    if condition is None:
        return Target(found.path.parent, found.attribute, None, found.sub_attribute)
    if not found.attribute.multi_valued or (found.sub_attribute and sub is None):
        raise InvalidPath(
            f"{outside} is not multi-valued, so that there is nothing to choose from by a filter"
        )
    return Target(
        found.path.parent, found.attribute, resolve_element(condition, found.attribute), found.sub_attribute
    )


def _parse_operation(operation: Value, resource_type: ResourceType) -> Iterator[PatchOperation]:
    op = _operation_name(_member(operation, "op", "an operation"))
    path = _member(operation, "path", "an operation")
    value = _member(operation, "value", "an operation")
    if op != "remove" and value is None and not _has_member(operation, "value"):
        raise InvalidValue(f"{op} needs a value")
    if path is None or path == "":
        yield from _without_path(op, value, resource_type)
    elif not isinstance(path, str):
        raise InvalidPath(f"path must be a string, got {kind_of(path)}")
    elif schema := find_schema(path, resource_type):
        yield from _on_schema(op, value, schema, resource_type)
    else:
        target = parse_path_target(path, resource_type)
        if "readOnly" in {target.attribute.mutability, target.leaf.mutability}:
            # RFC 7644 §3.5.2: a client MUST NOT modify what is read-only.
            raise MutabilityError(f"{target.resolved.path} is read-only")
        yield from _checked(op, target, value)


def _member(body: Value, name: str, what: str) -> Value:
    if not is_complex(body):
        raise InvalidSyntax(f"{what} must be a JSON object, got {kind_of(body)}")
    # Clients write the members' names in any case.
    return next((value for key, value in body.items() if key.lower() == name), None)


def _has_member(body: Value, name: str) -> bool:
    return is_complex(body) and any(key.lower() == name for key in body)


def _operation_name(op: Value) -> OperationName:
    # Entra writes Add, Replace and Remove.
    if not isinstance(op, str) or op.lower() not in _NAMES:
        raise InvalidSyntax("op must be add, remove or replace")
    return _NAMES[op.lower()]


def _without_path(op: OperationName, value: Value, resource_type: ResourceType) -> Iterator[PatchOperation]:
    if op == "remove":
        # RFC 7644 §3.5.2.2: without a path, fail with noTarget.
        raise NoTarget("remove needs a path")
    for name, below in _attributes(value, "an operation without a path").items():
        if schema := find_schema(name, resource_type):
            yield from _on_schema(op, below, schema, resource_type)
        else:
            yield from _on_key(op, name, below, resource_type)


def _on_schema(
    op: OperationName, value: Value, schema: Schema, resource_type: ResourceType
) -> Iterator[PatchOperation]:
    if op == "remove" or value is None:
        if schema == resource_type.schema:
            raise NoTarget("the attributes of the core schema cannot be removed all at once")
        settable = (attribute for attribute in schema.attributes if attribute.mutability != "readOnly")
        for attribute in settable:
            yield PatchOperation("remove", Target(AttributePath(attribute.name, None, schema.id), attribute))
        return
    for name, below in _attributes(value, schema.id).items():
        yield from _on_key(op, f"{schema.id}:{name}", below, resource_type)


def _attributes(value: Value, what: str) -> Mapping[str, Value]:
    if is_list(value) and len(value) == 1:
        value = value[0]
    if not is_complex(value):
        raise InvalidValue(f"{what} needs an object as its value, got {kind_of(value)}")
    return value


def _on_key(
    op: OperationName, key: str, value: Value, resource_type: ResourceType
) -> Iterator[PatchOperation]:
    # Entra and Okta write name.givenName and urn:…:User:department as keys; Okta and authentik send ids and schemas.
    try:
        target = _key_target(key, resource_type)
    except PathError:
        # As in any body, what is unknown is ignored.
        return
    if "readOnly" not in {target.attribute.mutability, target.leaf.mutability}:
        yield from _checked(op, target, value)


def _key_target(key: str, resource_type: ResourceType) -> Target:
    if "[" in key:
        return parse_path_target(key, resource_type)
    found = resolve(parse_path(key), resource_type)
    return Target(found.path.parent, found.attribute, None, found.sub_attribute)


def _checked(op: OperationName, target: Target, value: Value) -> Iterator[PatchOperation]:
    if op == "remove":
        yield from _removal(target, value)
    elif target.leaf.type == "complex" and (target.condition or not target.leaf.multi_valued):
        yield from _merger(op, target, value)
    else:
        yield from _assignment(op, target, value)


def _removal(target: Target, value: Value) -> Iterator[PatchOperation]:
    if value is None or target.condition or not target.leaf.multi_valued:
        yield PatchOperation("remove", target)
        return
    # Entra, authentik and Salesforce remove members by a list of values. RFC 7644 would remove them all.
    listed = load_value(target.resolved, value, complete=False)
    if listed is not None:
        yield PatchOperation("remove", target, listed)


def _assignment(op: OperationName, target: Target, value: Value) -> Iterator[PatchOperation]:
    path = target.resolved
    if target.condition and not target.sub_attribute:
        path = replace(path, attribute=replace(path.attribute, multi_valued=False))
    loaded = load_value(path, value)
    if loaded is not None:
        yield PatchOperation(op, target, loaded)
    elif op == "replace" or not path.leaf.multi_valued:
        yield PatchOperation("remove", target)


def _merger(op: OperationName, target: Target, value: Value) -> Iterator[PatchOperation]:
    if is_list(value) and len(value) <= 1:
        value = value[0] if value else None
    value = read_complex(target.attribute, value)
    if value is None or value == "" or (is_complex(value) and is_cleared(value)):
        yield PatchOperation("remove", target)
    elif not is_complex(value):
        raise InvalidValue(f"{target.resolved.path}: expected an object, got {kind_of(value)}")
    elif not value and op == "replace":
        # RFC 7643 §2.5: an empty complex value is unassigned.
        yield PatchOperation("remove", target)
    elif parts := _parts(target, value):
        yield PatchOperation(op, target, parts)


def _parts(target: Target, value: Mapping[str, Value]) -> dict[str, Value]:
    sent = {name.lower(): below for name, below in value.items()}
    subs = [
        sub
        for sub in target.attribute.sub_attributes
        if sub.name.lower() in sent and sub.mutability != "readOnly"
    ]
    return {
        sub.name: load_value(replace(target, sub_attribute=sub).resolved, sent[sub.name.lower()])
        for sub in subs
    }
