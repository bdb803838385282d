"""Carry out PATCH operations (RFC 7644 §3.5.2) on a resource.

The resource that was given is never changed, so that either all operations take effect or none. An operation that
changes nothing leaves the resource equal. Reading requests is done by ``patch_operations``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from app.scim.elements import added, carried_over, removed, with_one_primary
from app.scim.errors import InvalidValue, MutabilityError, NoTarget
from app.scim.filters.evaluate import element_matches
from app.scim.filters.nodes import And, Comparison, Filter
from app.scim.patch_operations import PatchOperation, Target, parse_patch
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Attribute, Value
from app.scim.shape import spelled

__all__ = ["PatchOperation", "Target", "apply", "parse_patch"]


def apply(
    resource: Resource, operations: Iterable[PatchOperation], *, create_on_replace: bool = False
) -> Resource:
    """Return the resource after the operations, in their order. Raises NoTarget, MutabilityError, InvalidValue.

    ``create_on_replace`` makes the element that a replace does not find, as an add does.
    """
    attributes = resource.attributes
    for operation in operations:
        attributes = _apply(operation, attributes, create=create_on_replace or operation.op == "add")
    _check_complete(resource.type.core_attributes, resource.attributes, attributes)
    for extension in resource.type.extensions:
        urn = extension.schema.id
        _check_complete(
            extension.schema.attributes, _below(resource.attributes, urn), _below(attributes, urn), urn
        )
    return Resource(resource.type, attributes)


def _apply(
    operation: PatchOperation, attributes: Mapping[str, Value], *, create: bool
) -> Mapping[str, Value]:
    urn, name = operation.target.path.schema, operation.target.path.attribute
    siblings = _below(attributes, urn) if urn else attributes
    before = siblings.get(name)
    changed = _changed(operation, before, create=create)
    after = None if changed in ([], {}) else changed
    if after == before:
        return attributes
    _check(operation.target.attribute, before, after)
    result = _with(siblings, name, after)
    return _with(attributes, urn, result or None) if urn else result


def _below(attributes: Mapping[str, Value], urn: str) -> Mapping[str, Value]:
    below = attributes.get(urn)
    return below if is_complex(below) else {}


def _with(attributes: Mapping[str, Value], name: str, value: Value) -> dict[str, Value]:
    others = {other: below for other, below in attributes.items() if other != name or value is not None}
    return others if value is None else {**others, name: value}


def _check(attribute: Attribute, before: Value, after: Value) -> None:
    if attribute.mutability == "immutable" and before is not None:
        raise MutabilityError(f"{attribute.name} is immutable and already has a value")
    if attribute.required and after is None:
        # RFC 7644 §3.5.2.2: a required attribute that becomes unassigned is an error of mutability.
        raise MutabilityError(f"{attribute.name} is required and cannot be removed")


def _check_complete(
    attributes: Iterable[Attribute],
    before: Mapping[str, Value],
    after: Mapping[str, Value],
    urn: str | None = None,
) -> None:
    if after == before:
        return
    for attribute in attributes:
        value = after.get(attribute.name)
        if urn and after and not before and value is None and _is_demanded(attribute):
            raise InvalidValue(f"{AttributePath(attribute.name, None, urn)}: is required")
        if value != before.get(attribute.name):
            _check_parts(attribute, value, AttributePath(attribute.name, None, urn))


def _check_parts(attribute: Attribute, value: Value, path: AttributePath) -> None:
    demanded = [sub.name for sub in attribute.sub_attributes if _is_demanded(sub)]
    for element in values_of(value):
        for name in demanded:
            if is_complex(element) and name not in element:
                raise InvalidValue(f"{path}.{name}: is required")


def _is_demanded(attribute: Attribute) -> bool:
    return attribute.required and attribute.mutability != "readOnly"


def _changed(operation: PatchOperation, before: Value, *, create: bool) -> Value:
    target = operation.target
    if target.attribute.multi_valued:
        elements = values_of(before)
        if target.condition is None and target.sub_attribute is None:
            return _change_list(operation, elements)
        return with_one_primary(elements, _change_elements(operation, elements, create=create))
    if target.sub_attribute is None and operation.op == "remove":
        return None
    return _change_value(operation, before)


def _change_list(operation: PatchOperation, elements: Sequence[Value]) -> Sequence[Value] | None:
    attribute, value = operation.target.attribute, operation.value
    match operation.op:
        case "add":
            return with_one_primary(elements, added(attribute, elements, values_of(value)))
        case "replace":
            return carried_over(attribute, elements, values_of(value))
        case "remove":
            return None if value is None else removed(attribute, elements, values_of(value))
    assert_never(operation.op)


def _change_elements(operation: PatchOperation, elements: Sequence[Value], *, create: bool) -> list[Value]:
    chosen = [_is_chosen(operation.target, element) for element in elements]
    if not any(chosen):
        return [*elements, *_made(operation, create=create)]
    if operation.op == "remove" and operation.target.sub_attribute is None:
        return [element for element, is_chosen in zip(elements, chosen, strict=True) if not is_chosen]
    after = [
        _change_value(operation, element) if is_chosen else element
        for element, is_chosen in zip(elements, chosen, strict=True)
    ]
    return [element for element in after if element != {}]


def _is_chosen(target: Target, element: Value) -> bool:
    return target.condition is None or element_matches(target.condition, element, target.attribute)


def _made(operation: PatchOperation, *, create: bool) -> list[Value]:
    target = operation.target
    if operation.op == "remove":
        # What is to be removed may have gone before: a second remove of a member is no error.
        return []
    if target.condition is None:
        # RFC 7644 §3.5.2.3: to replace what does not exist is to add it.
        return [_change_value(operation, None)]
    terms = _equalities(target.condition, target.attribute) if create else None
    if terms is None:
        # RFC 7644 §3.5.2.3: a replace whose filter matches nothing SHALL fail with noTarget.
        raise NoTarget(f"there is nothing at {target}")
    return [_change_value(operation, terms)]


def _equalities(condition: Filter, attribute: Attribute) -> dict[str, Value] | None:
    # Entra adds emails[type eq "work"].value and means an element of that type.
    terms = condition.operands if isinstance(condition, And) else (condition,)
    made: dict[str, Value] = {}
    for term in terms:
        if not isinstance(term, Comparison) or term.operator != "eq":
            return None
        part = attribute.sub_attribute(term.path.attribute)
        made[term.path.attribute] = spelled(part, term.value) if part else term.value
    return made


def _change_value(operation: PatchOperation, before: Value) -> Value:
    target = operation.target
    if target.attribute.type != "complex":
        return operation.value
    parts = {target.sub_attribute.name: operation.value} if target.sub_attribute else operation.value
    return _merged(target.attribute, before if is_complex(before) else {}, parts if is_complex(parts) else {})


def _merged(
    attribute: Attribute, before: Mapping[str, Value], parts: Mapping[str, Value]
) -> dict[str, Value]:
    changed = {name: value for name, value in parts.items() if before.get(name) != value}
    for name, value in changed.items():
        _check_part(attribute, name, before, value)
    kept = before
    if "value" in changed and "value" in before:
        # What described the old value does not describe the new one.
        kept = {
            name: value
            for name, value in before.items()
            if name != "$ref" and not _is_read_only(attribute, name)
        }
    return {name: value for name, value in {**kept, **changed}.items() if value is not None}


def _check_part(attribute: Attribute, name: str, before: Mapping[str, Value], value: Value) -> None:
    sub = attribute.sub_attribute(name)
    if sub is None or name not in before:
        return
    if sub.mutability == "immutable":
        raise MutabilityError(f"{attribute.name}.{name} is immutable and already has a value")
    if sub.required and value is None:
        raise MutabilityError(f"{attribute.name}.{name} is required and cannot be removed")


def _is_read_only(attribute: Attribute, name: str) -> bool:
    sub = attribute.sub_attribute(name)
    return sub is not None and sub.mutability == "readOnly"
