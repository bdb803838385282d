"""What becomes of values that no rule takes: ignored, refused, or kept as JSON in an attribute of the directory.

Kept are only values that no rule takes: whole attributes, sub-attributes, elements of other types. What is kept of an
element that a rule takes in part goes with the element, and is not shown once the directory has another value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from app.directory.model import Change, Entry, Values
from app.mapping.drafts import Draft, attributes_at
from app.mapping.image import Image
from app.mapping.model import Place, Rule, SchemaMap
from app.mapping.written import belongs
from app.scim.errors import InvalidValue
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Attribute, Value

MAX_BYTES = 60_000
_PARTS = "+"
"""Behind this name, which no attribute has, stand the parts of elements that rules take otherwise."""
_PYTHON: Mapping[str, type | tuple[type, ...]] = {"boolean": bool, "integer": int, "decimal": (int, float)}


@dataclass(slots=True)
class Leftover:
    """What no rule takes: the attributes' names, their values as a resource has them, and parts of elements."""

    names: dict[str, None] = field(default_factory=dict)
    values: Draft = field(default_factory=dict)
    parts: Draft = field(default_factory=dict)

    def add(self, path: AttributePath, value: Value, *, names: Iterable[str]) -> None:
        """Note what is left of an attribute."""
        self.names.update(dict.fromkeys(names))
        attributes_at(self.values, path)[path.attribute] = value

    def add_elements(
        self, path: AttributePath, whole: Sequence[Value], parts: Sequence[Value], *, names: Iterable[str]
    ) -> None:
        """Note the elements that are left, and the parts of those that are not."""
        self.names.update(dict.fromkeys(names))
        for kept, found in ((self.values, whole), (self.parts, parts)):
            if found:
                attributes_at(kept, path)[path.attribute] = list(found)


def leftover(
    schema_map: SchemaMap, resource: Resource, *, beside: AbstractSet[str] = frozenset()
) -> Leftover:
    """Find what no rule takes of a resource, ``beside`` what it has at its top level by those names.

    Secrets are named, and never among the values.
    """
    left = Leftover()
    looked_at = resource.attributes.keys() - beside
    for path, attribute, rules in schema_map.leavable:
        value = resource.get(path) if (path.schema or path.attribute) in looked_at else None
        if value is None:
            continue
        if attribute.returned == "never":
            left.names[str(path)] = None
        elif not rules:
            left.add(path, value, names=[str(path)])
        elif is_complex(value):
            taken = {rule.place.path.sub_attribute for rule in rules}
            rest = {name: part for name, part in value.items() if name not in taken}
            if rest:
                left.add(path, rest, names=[f"{path}.{name}" for name in rest])
        else:
            _leave_elements(left, path, [each for each in values_of(value) if is_complex(each)], rules=rules)
    return left


def _leave_elements(
    left: Leftover, path: AttributePath, elements: Sequence[Mapping[str, Value]], *, rules: Sequence[Rule]
) -> None:
    whole: list[Value] = []
    parts: list[Value] = []
    names: dict[str, None] = {}
    ordered = sorted(elements, key=lambda element: element.get("primary") is not True)
    seen: set[Place] = set()
    places_of = [[rule.place for rule in rules if belongs(element, rule.place)] for element in ordered]
    is_told = _tells_primary({place for places in places_of for place in places})
    for element, places in zip(ordered, places_of, strict=True):
        taken = {name for place in places for name in _taken(place, element, is_first=place not in seen)}
        if taken and (is_told or element.get("primary") is not True):
            taken.add("primary")
        seen.update(places)
        rest = [name for name in element if name not in taken]
        if not taken:
            names[str(path)] = None
            whole.append(dict(element))
        elif rest:
            names.update(dict.fromkeys(f"{path}.{name}" for name in rest if name != "primary"))
            parts.append({name: part for name, part in element.items() if name in {*rest, "type", "value"}})
    left.add_elements(path, whole, parts, names=names)


def _tells_primary(places: AbstractSet[Place]) -> bool:
    """Tell whether the order of values says which is the primary one: one directory attribute has them all."""
    return len({place.element_type for place in places}) == 1 and all(place.is_elements for place in places)


def _taken(place: Place, element: Mapping[str, Value], *, is_first: bool) -> Iterator[str]:
    """Name the parts of an element that a place takes: of several elements, a part is taken of the first one."""
    if not is_first if place.is_element_part else element.get("value") in {None, ""}:
        return
    yield place.path.sub_attribute or "value"
    if place.element_type:
        yield "type"


def refuse_unmapped(schema_map: SchemaMap, after: Resource, *, before: Resource | None = None) -> None:
    """Refuse values that no rule takes, where the map says so.

    Raises:
        InvalidValue: naming all of them.
    """
    if schema_map.unmapped != "refuse":
        return
    known = leftover(schema_map, before).names if before else {}
    names = [name for name in leftover(schema_map, after).names if name not in known]
    if names:
        raise InvalidValue(f"the directory has no place for {', '.join(names)}")


def kept_values(left: Leftover) -> Values:
    """Write what is left as the one value of an attribute; none where nothing is."""
    kept = {**left.values, **({_PARTS: left.parts} if left.parts else {})}
    if not kept:
        return ()
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if len(text) * 4 > MAX_BYTES and len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidValue(f"what no rule takes is more than {MAX_BYTES} bytes")
    try:
        return (text.encode(),)
    except UnicodeEncodeError as error:
        raise InvalidValue("a text holds half of a character") from error


def kept_changes(schema_map: SchemaMap, entry: Entry, *, before: Image, after: Image) -> Iterator[Change]:
    """Say how what is kept changes."""
    name = schema_map.keeps
    if name is not None and before.attributes.get(name, ()) != after.attributes.get(name, ()):
        values = after.attributes.get(name, ())
        if values != entry.values(name):
            yield Change("replace", name, values)


def restore(draft: Draft, schema_map: SchemaMap, entry: Entry) -> None:
    """Put what was kept into a resource, as far as it is still true and fits the schema."""
    kept = _read(entry.first(schema_map.keeps)) if schema_map.keeps else {}
    parts = kept.get(_PARTS)
    for path, attribute, rules in schema_map.leavable if kept else ():
        if attribute.returned == "never":
            continue
        value = _sound(kept, path, attribute)
        if attribute.multi_valued and attribute.type == "complex":
            part = _sound(parts if isinstance(parts, dict) else {}, path, attribute)
            _restore_elements(draft, path, whole=value or [], parts=part or [], rules=rules)
        elif value is not None and not rules:
            attributes_at(draft, path)[path.attribute] = value
        elif value is not None and attribute.type == "complex":
            _restore_parts(draft, path, value, rules=rules)


def _read(raw: bytes | None) -> Mapping[str, Any]:
    try:
        found = json.loads(raw or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sound(kept: Mapping[str, Any], path: AttributePath, attribute: Attribute) -> Any:
    within = kept.get(path.schema) if path.schema else kept
    value = within.get(path.attribute) if isinstance(within, dict) else None
    return value if value is not None and _fits(attribute, value) else None


def _fits(attribute: Attribute, value: Value) -> bool:
    if attribute.multi_valued:
        return isinstance(value, list) and bool(value) and all(_fits_one(attribute, each) for each in value)
    return _fits_one(attribute, value)


def _fits_one(attribute: Attribute, value: Value) -> bool:
    if attribute.type != "complex":
        is_flag = isinstance(value, bool) and attribute.type != "boolean"
        return isinstance(value, _PYTHON.get(attribute.type, str)) and not is_flag
    subs = {sub.name: sub for sub in attribute.sub_attributes}
    parts = value if is_complex(value) else {}
    return bool(parts) and all(name in subs and _fits(subs[name], part) for name, part in parts.items())


def _restore_parts(
    draft: Draft, path: AttributePath, value: Mapping[str, Value], *, rules: Sequence[Rule]
) -> None:
    taken = {rule.place.path.sub_attribute for rule in rules}
    rest = {name: part for name, part in value.items() if name not in taken}
    if rest:
        attributes = attributes_at(draft, path)
        attributes[path.attribute] = {**_complex(attributes.get(path.attribute)), **rest}


def _complex(value: Value) -> Mapping[str, Value]:
    return value if is_complex(value) else {}


def _restore_elements(
    draft: Draft, path: AttributePath, *, whole: Sequence[Any], parts: Sequence[Any], rules: Sequence[Rule]
) -> None:
    attributes = attributes_at(draft, path)
    elements = [dict(each) for each in values_of(attributes.get(path.attribute)) if is_complex(each)]
    fresh = list(elements)
    for part in parts:
        places = [rule.place for rule in rules if belongs(part, rule.place)]
        found = next((each for each in fresh if _is_same(each, part, places)), None)
        if found is not None:
            fresh.remove(found)
            found.update({name: value for name, value in part.items() if name not in found})
        elif places and all(place.is_element_part for place in places):
            elements.append(dict(part))
    if any(each.get("primary") is True for each in whole):
        elements = [{name: part for name, part in each.items() if name != "primary"} for each in elements]
    if elements or whole:
        attributes[path.attribute] = [*elements, *whole]


def _is_same(shown: Mapping[str, Value], part: Mapping[str, Value], places: Sequence[Place]) -> bool:
    # What had no type has that of its place when it is shown.
    kinds = {str(part.get("type") or place.element_type or "").lower() for place in places}
    if all(place.element_type for place in places) and str(shown.get("type", "")).lower() not in kinds:
        return False
    return not any(place.is_elements for place in places) or shown.get("value") == part.get("value")
