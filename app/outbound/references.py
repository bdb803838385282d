"""References in resources (members, manager, groups): our ids for a system's, and a system's for ours.

An attribute refers to other resources if it has a ``value`` and a ``$ref``. URIs and displayed names beside an id are
those of one side only, and do not go over to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, is_list, values_of
from app.scim.schema import Attribute, ResourceType, Value

_REF: Final = "$ref"
_ONE_SIDED: Final = frozenset({_REF, "display", "displayName"})


def referring_paths(resource_type: ResourceType) -> Iterator[tuple[AttributePath, Attribute]]:
    """Yield the attributes of a type that refer to other resources."""
    for attribute in resource_type.schema.attributes:
        if _refers(attribute):
            yield AttributePath(attribute.name), attribute
    for extension in resource_type.extensions:
        for attribute in extension.schema.attributes:
            if _refers(attribute):
                yield AttributePath(attribute.name, None, extension.schema.id), attribute


def ids_in(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield each id that a resource refers to, with the name of the type it is of."""
    for path, attribute in referring_paths(resource.type):
        for element in values_of(resource.get(path)):
            if is_complex(element) and isinstance(element.get("value"), str):
                yield type_of(attribute, element), str(element["value"])


def with_ids(resource: Resource, translate: Callable[[str, str], str | None], *, shown: bool) -> Resource:
    """Return the resource with other ids in its references; those that ``translate`` has none for are left out.

    ``shown`` keeps the displayed names.
    """
    attributes = dict(resource.attributes)
    for path, attribute in referring_paths(resource.type):
        value = resource.get(path)
        if value is not None:
            _put(attributes, path, _translated(attribute, value, translate, shown=shown))
    return Resource(resource.type, attributes)


def type_of(attribute: Attribute, element: Mapping[str, Value]) -> str:
    """Tell of which type what an element refers to is: by itself, by its URI, or by what may be referred to."""
    ref = attribute.sub_attribute(_REF)
    allowed = ref.reference_types if ref else ()
    said = element.get("type")
    if isinstance(said, str) and said in allowed:
        return said
    uri = str(element.get(_REF) or "")
    for name in allowed:
        if f"/{name.lower()}s/" in uri.lower():
            return name
    # RFC 7643 §4.1.2: groups of a user are groups; members of a group mostly are users.
    return "Group" if attribute.name == "groups" else next(iter(allowed), "User")


def _refers(attribute: Attribute) -> bool:
    return attribute.sub_attribute(_REF) is not None and attribute.sub_attribute("value") is not None


def _put(attributes: dict[str, Value], path: AttributePath, value: Value) -> None:
    if path.schema is None:
        _set(attributes, path.attribute, value)
        return
    below = attributes.get(path.schema)
    changed = dict(below) if is_complex(below) else {}
    _set(changed, path.attribute, value)
    _set(attributes, path.schema, changed or None)


def _set(attributes: dict[str, Value], name: str, value: Value) -> None:
    if value is None:
        attributes.pop(name, None)
    else:
        attributes[name] = value


def _translated(
    attribute: Attribute, value: Value, translate: Callable[[str, str], str | None], *, shown: bool
) -> Value:
    if is_list(value):
        elements = [_element(attribute, element, translate, shown=shown) for element in value]
        return [element for element in elements if element is not None] or None
    return _element(attribute, value, translate, shown=shown)


def _element(
    attribute: Attribute, element: Value, translate: Callable[[str, str], str | None], *, shown: bool
) -> Value:
    if not is_complex(element) or not isinstance(element.get("value"), str):
        return None
    translated = translate(type_of(attribute, element), str(element["value"]))
    if translated is None:
        return None
    dropped = {_REF} if shown else _ONE_SIDED
    return {**{name: below for name, below in element.items() if name not in dropped}, "value": translated}


def all_ids(resources: Iterable[Resource]) -> dict[str, set[str]]:
    """Group the ids that resources refer to by the types' names."""
    found: dict[str, set[str]] = {}
    for resource in resources:
        for kind, resource_id in ids_in(resource):
            found.setdefault(kind, set()).add(resource_id)
    return found
