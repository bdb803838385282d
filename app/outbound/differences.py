"""What must be changed at a system for a resource of its to be as it is wanted, as PATCH operations.

Every operation says how things shall be, not what to add to them, so that it may be carried out twice. References are
the exception, since groups are large: they join and leave one by one, which may be done twice as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from app.scim.filters.nodes import Comparison
from app.scim.patch_operations import PatchOperation, Target
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Attribute, Value

Owned = Callable[[AttributePath], bool]
_VALUE = AttributePath("value")
_NOT_COMPARED = frozenset({"$ref", "display"})


def differences(present: Resource, wanted: Resource, *, owned: Owned) -> list[PatchOperation]:
    """Return the operations that make ``wanted`` of ``present``, where we own it."""
    return list(_differences(present, wanted, owned))


def _differences(present: Resource, wanted: Resource, owned: Owned) -> Iterator[PatchOperation]:
    schemas: list[tuple[str | None, Sequence[Attribute]]] = [(None, present.type.core_attributes)]
    schemas += [(each.schema.id, each.schema.attributes) for each in present.type.extensions]
    for urn, attributes in schemas:
        for attribute in attributes:
            path = AttributePath(attribute.name, None, urn)
            if attribute.mutability != "readOnly" and owned(path):
                yield from _changes(path, attribute, present.get(path), wanted.get(path), owned=owned)


def _changes(
    path: AttributePath, attribute: Attribute, present: Value, wanted: Value, *, owned: Owned
) -> Iterator[PatchOperation]:
    if attribute.multi_valued and attribute.sub_attribute("$ref") and attribute.sub_attribute("value"):
        yield from reference_changes(path, attribute, present, wanted)
    elif attribute.type == "complex" and not attribute.multi_valued and not attribute.sub_attribute("$ref"):
        yield from _part_changes(path, attribute, present, wanted, owned=owned)
    elif _meaning(attribute, present) != _meaning(attribute, wanted):
        yield _set(Target(path, attribute), _sent(attribute, wanted))


def reference_changes(
    path: AttributePath, attribute: Attribute, present: Value, wanted: Value
) -> Iterator[PatchOperation]:
    """Return who joins and who leaves."""
    before, after = _by_value(present), _by_value(wanted)
    joining = [element for value, element in after.items() if value not in before]
    if joining:
        yield PatchOperation("add", Target(path, attribute), [_without_refs(each) for each in joining])
    for value in before.keys() - after.keys():
        condition = Comparison(_VALUE, "eq", value)
        yield PatchOperation("remove", Target(path, attribute, condition))


def _part_changes(
    path: AttributePath, attribute: Attribute, present: Value, wanted: Value, *, owned: Owned
) -> Iterator[PatchOperation]:
    before = present if is_complex(present) else {}
    after = wanted if is_complex(wanted) else {}
    for part in attribute.sub_attributes:
        place = AttributePath(path.attribute, part.name, path.schema)
        old, new = before.get(part.name), after.get(part.name)
        if part.mutability != "readOnly" and old != new and owned(place):
            yield _set(Target(path, attribute, None, part), new)


def _set(target: Target, value: Value) -> PatchOperation:
    return PatchOperation("remove", target) if value is None else PatchOperation("replace", target, value)


def _by_value(value: Value) -> dict[str, Mapping[str, Value]]:
    elements = (element for element in values_of(value) if is_complex(element))
    return {str(element["value"]): element for element in elements if "value" in element}


def _without_refs(element: Mapping[str, Value]) -> dict[str, Value]:
    return {name: below for name, below in element.items() if name not in _NOT_COMPARED}


def _sent(attribute: Attribute, value: Value) -> Value:
    if attribute.sub_attribute("$ref") and is_complex(value):
        return _without_refs(value)
    return value


def _meaning(attribute: Attribute, value: Value) -> Hashable:
    """Return what counts of a value: not the order of elements, nor what only the system itself can set."""
    if attribute.multi_valued:
        return frozenset(_element_meaning(attribute, element) for element in values_of(value))
    return None if value is None else _element_meaning(attribute, value)


def _element_meaning(attribute: Attribute, value: Value) -> Hashable:
    if not is_complex(value):
        return repr(value)
    read_only = {part.name for part in attribute.sub_attributes if part.mutability == "readOnly"}
    return frozenset(
        (name, repr(below))
        for name, below in value.items()
        if name not in read_only | _NOT_COMPARED and not (name == "primary" and below is False)
    )
