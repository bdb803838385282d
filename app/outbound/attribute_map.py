"""What of our resources a system gets, and under which names: resource to resource, and back.

    User:
      others: pass
      places:
        userName: emails[work]
        nickName: {template: "{name.givenName} {name.familyName}"}
        userType: {value: employee}
        phoneNumbers: null

      title: {from: title, transform: {table: {Boss: B1, Cook: C2}}}
      displayName: [{expression: resource.name.givenName, when: has(resource.nickName)}, {text: "{userName}"}]

On the left are the system's places, on the right ours. What no place names goes as it is (``others: pass``) or not at
all (``others: drop``). A place that is written from another one is read back to it, through the inverse of its transform;
one that is made of a template, a constant or an expression is the system's own, and is shown as it stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, fields, validate

from app.mapping.language import InvalidMap
from app.mapping.model import Place
from app.mapping.source_reader import SourceReader
from app.mapping.sources import Source
from app.mapping.template import InvalidTemplate, Template
from app.mapping.transforms import Transform
from app.outbound.made_values import PlaceSourceField, back, forward, make, read_transform
from app.scim.path import AttributePath, PathError, parse_path, resolve
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import ResourceType, Value

_PLACE: Final = re.compile(r"(?P<head>.*?)(?:\[(?P<type>[\w.-]+)\](?:\.(?P<part>[A-Za-z]\w*))?)?\Z")
_SERVICES_OWN: Final = frozenset({"id", "meta", "schemas"})
ID: Final = AttributePath("id")


class InvalidAttributeMap(ValueError):
    """The map says what cannot be. ``place`` is where."""

    def __init__(self, message: str, *, place: str) -> None:
        super().__init__(message)
        self.place = place


class AttributeMapSchema(Schema):
    """What one resource type's resources look like to the system."""

    others = fields.String(validate=validate.OneOf(("pass", "drop")), load_default="pass")
    places = fields.Dict(keys=fields.String(), values=PlaceSourceField(allow_none=True), load_default=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """One of the system's places, and what stands there: one of ours, a template, a constant, made values, or nothing."""

    place: Place
    source: Place | Template | None = None
    constant: Value = None
    transform: Transform | None = None
    """Between ours and the system's form, where the source is a place."""
    made: tuple[Source, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether anything is ever written there."""
        return self.source is not None or self.constant is not None or bool(self.made)

    def shown(self, remote: Resource) -> Value:
        """Return what the system has there, in our form."""
        value = at(remote, self.place)
        return value if self.transform is None else back(self.transform, value)


@dataclass(frozen=True, slots=True)
class AttributeMap:
    """The map of one resource type."""

    resource_type: ResourceType
    passes_others: bool = True
    places: tuple[Written, ...] = ()

    def to_remote(self, resource: Resource, *, onto: Resource | None = None) -> Resource:
        """Write a resource as the system gets it, but for ids; ``onto`` what it has there already."""
        kept = resource if self.passes_others else onto
        attributes = _without_own(kept.attributes) if kept else {}
        for written in self.places:
            attributes = put(attributes, written.place, _value(written, resource))
        return Resource(self.resource_type, attributes)

    def to_ours(self, remote: Resource) -> Resource:
        """Show one of the system's resources as ours, but for ids."""
        attributes = self._shown(remote)
        for written, source in self._renamed():
            attributes = put(attributes, source, written.shown(remote))
        return Resource(self.resource_type, attributes)

    def remote_path(self, path: AttributePath, element_type: str | None = None) -> Place | None:
        """Find where the system has one of our attributes; None where it has it at the same place, or nowhere."""
        written = self.written_from(path, element_type)
        return written.place if written else None

    def written_from(self, path: AttributePath, element_type: str | None = None) -> Written | None:
        """Find what the system has of one of our attributes under another name, or in another form."""
        for written, source in self._renamed():
            if source.path == path and source.element_type == element_type:
                return written
        return None

    def has(self, path: AttributePath) -> bool:
        """Tell whether the system has one of our attributes under its own name."""
        if path == ID or (path.schema is None and path.attribute in _SERVICES_OWN):
            return True
        at_place = [
            each
            for each in self.places
            if each.place.path.parent == path.parent and not each.place.element_type
        ]
        if at_place:
            return any(isinstance(each.source, Place) and each.source == each.place for each in at_place)
        return self.passes_others

    def writes(self, path: AttributePath) -> bool:
        """Tell whether anything is written at one of the system's attributes."""
        named = [each for each in self.places if each.place.path.parent == path.parent]
        whole = [each for each in named if each.place.path == path and not each.place.element_type]
        if whole:
            return whole[0].writes
        return self.passes_others or bool(named)

    def _shown(self, remote: Resource) -> Mapping[str, Value]:
        if self.passes_others:
            attributes: Mapping[str, Value] = dict(remote.attributes)
            for written, _ in self._renamed():
                attributes = put(attributes, written.place, None)
            return attributes
        attributes = {name: remote.attributes[name] for name in _SERVICES_OWN & remote.attributes.keys()}
        for written in self.places:
            if not isinstance(written.source, Place):
                attributes = put(attributes, written.place, at(remote, written.place))
        return attributes

    def _renamed(self) -> Iterator[tuple[Written, Place]]:
        for written in self.places:
            if isinstance(written.source, Place) and written.source.path != ID:
                yield written, written.source


def build_attribute_map(keys: Mapping[str, Any], resource_type: ResourceType) -> AttributeMap:
    """Make a map of what ``AttributeMapSchema`` loaded. Raises InvalidAttributeMap."""
    places = tuple(_written(text, source, resource_type) for text, source in keys["places"].items())
    return AttributeMap(resource_type, keys["others"] == "pass", places)


def at(resource: Resource, place: Place) -> Value:
    """Return what a resource has at a place."""
    if place.element_type is None:
        return resource.get(place.path)
    wanted, part = place.element_type, place.path.sub_attribute
    for element in values_of(resource.get(place.path.parent)):
        if is_complex(element) and element.get("type") == wanted:
            return element.get(part or "value")
    return None


def put(attributes: Mapping[str, Value], place: Place, value: Value) -> dict[str, Value]:
    """Return the attributes with a value at a place; None takes what is there away."""
    path = place.path
    if path.schema is not None:
        below = attributes.get(path.schema)
        changed = _put(below if is_complex(below) else {}, place, value)
        return _with(attributes, path.schema, changed or None)
    return _put(attributes, place, value)


def _put(attributes: Mapping[str, Value], place: Place, value: Value) -> dict[str, Value]:
    path = place.path
    before = attributes.get(path.attribute)
    if place.element_type is not None:
        elements = _with_element(values_of(before), place, value)
        return _with(attributes, path.attribute, elements or None)
    if path.sub_attribute is not None:
        changed = _with(before if is_complex(before) else {}, path.sub_attribute, value)
        return _with(attributes, path.attribute, changed or None)
    return _with(attributes, path.attribute, value)


def _with_element(elements: Any, place: Place, value: Value) -> list[Value]:
    kept: list[Value] = []
    part, found = place.path.sub_attribute or "value", False
    for element in elements:
        if is_complex(element) and element.get("type") == place.element_type and not found:
            found = True
            changed = _with(element, part, value)
            kept += [changed] if changed.keys() - {"type", "primary"} else []
        else:
            kept.append(element)
    if not found and value is not None:
        kept.append({"type": place.element_type, part: value})
    return kept


def _with(values: Mapping[str, Value], name: str, value: Value) -> dict[str, Value]:
    others = {other: below for other, below in values.items() if other != name or value is not None}
    return others if value is None else {**others, name: value}


def _value(written: Written, resource: Resource) -> Value:
    match written.source:
        case Place():
            value = at(resource, written.source)
            if written.transform is None:
                return value
            return forward(written.transform, value, source=written.source)
        case Template():
            return written.source.fill(resource)
        case None:
            return make(written.made, resource, written.place) if written.made else written.constant


def _without_own(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in attributes.items() if name not in _SERVICES_OWN}


def _written(text: str, source: Any, resource_type: ResourceType) -> Written:
    place = place_of(text, resource_type, named=text)
    if place.path.schema is None and place.path.attribute in _SERVICES_OWN:
        raise InvalidAttributeMap("is the system's own", place=text)
    if source is None:
        return Written(place)
    if isinstance(source, str):
        ours = place_of(source, resource_type, named=text)
        _check_fit(place, ours, named=text)
        return Written(place, ours)
    if "value" in source:
        return Written(place, constant=source["value"])
    if "made" in source:
        return Written(place, made=_made(source["made"], resource_type, text))
    if "source" in source:
        return _moved(place, source, resource_type, named=text)
    try:
        return Written(place, Template.parse(str(source["template"]), resource_type))
    except InvalidTemplate as error:
        raise InvalidAttributeMap(str(error), place=text) from error


def _made(loaded: Any, resource_type: ResourceType, named: str) -> tuple[Source, ...]:
    try:
        return SourceReader(resource_type).sources(loaded, attribute="", key=())
    except InvalidMap as error:
        raise InvalidAttributeMap(str(error), place=named) from error


def _moved(place: Place, source: Mapping[str, Any], resource_type: ResourceType, *, named: str) -> Written:
    ours = place_of(source["source"], resource_type, named=named)
    try:
        return Written(place, ours, transform=read_transform(source["transform"], place, ours))
    except ValueError as error:
        raise InvalidAttributeMap(str(error), place=named) from error


def place_of(text: str, resource_type: ResourceType, *, named: str = "") -> Place:
    """Read a place: an attribute, a part of one, or the elements of a type. Raises InvalidAttributeMap."""
    found = _PLACE.match(text)
    head, kind, part = found.group("head", "type", "part") if found else (text, None, None)
    try:
        resolved = resolve(parse_path(f"{head}.{part or 'value'}" if kind else head), resource_type)
    except PathError as error:
        raise InvalidAttributeMap(str(error), place=named) from error
    if kind and not (resolved.attribute.multi_valued and resolved.attribute.sub_attribute("type")):
        raise InvalidAttributeMap(f"{text}: there are no elements of a type", place=named)
    if not kind and resolved.sub_attribute and resolved.attribute.multi_valued:
        raise InvalidAttributeMap(f"{text} needs the type of the element: emails[work]", place=named)
    return Place(resolved, kind)


def _check_fit(place: Place, source: Place, *, named: str) -> None:
    if _shape(place) != _shape(source):
        raise InvalidAttributeMap(f"cannot hold {source}, which is of another type", place=named)


def _shape(place: Place) -> tuple[object, ...]:
    leaf = place.resolved.leaf
    kind = "string" if leaf.type in {"reference", "string"} else leaf.type
    parts = tuple(sub.name for sub in leaf.sub_attributes)
    return kind, leaf.multi_valued and place.element_type is None, parts
