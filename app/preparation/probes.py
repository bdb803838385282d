"""Probes: for every place of a resource type that a client may write, a resource that has a value there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.mapping.drafts import Draft
from app.scim.schema import Attribute, ResourceType, Schema, Value

_TEXTS: Mapping[str, str] = {
    "emails": "Probe@example.org",
    "phoneNumbers": "+12015550123",
    "photos": "https://example.org/Probe.png",
    "locale": "en-US",
    "preferredLanguage": "en-US",
    "timezone": "Europe/Berlin",
}
"""Values that look like what clients send, where attributes ask for more than any text."""
_VALUES: Mapping[str, Value] = {
    "boolean": True,
    "integer": 7,
    "decimal": 1.5,
    "dateTime": "2020-01-02T03:04:05Z",
    "binary": "AQID",
    "reference": "https://example.org/Probe",
}


@dataclass(frozen=True, slots=True)
class Probe:
    """A value at a place. ``attribute`` and what follows say which place that is."""

    attribute: Attribute
    schema: str | None
    """The URN of an extension; None for the core."""
    value: Value
    """The attribute's whole value."""
    sub_attribute: str | None = None
    element_type: str | None = None

    @property
    def place(self) -> str:
        """The place as maps write it."""
        urn = f"{self.schema}:" if self.schema else ""
        kind = f"[{self.element_type}]" if self.element_type else ""
        suffix = f".{self.sub_attribute}" if self.sub_attribute else ""
        return f"{urn}{self.attribute.name}{kind}{suffix}"

    def put(self, attributes: Draft) -> Draft:
        """Return a resource's attributes with the value at its place."""
        if self.schema is None:
            return {
                **attributes,
                self.attribute.name: _beside(attributes.get(self.attribute.name), self.value),
            }
        extension = attributes.get(self.schema)
        within: Draft = dict(extension) if isinstance(extension, Mapping) else {}
        within[self.attribute.name] = _beside(within.get(self.attribute.name), self.value)
        return {**attributes, self.schema: within}


def _beside(present: Value, value: Value) -> Value:
    if isinstance(present, Mapping) and isinstance(value, Mapping):
        return {**present, **value}
    return value


def probes(resource_type: ResourceType) -> Iterator[Probe]:
    """Yield a probe for each place that a client may write, references excepted."""
    external_id = resource_type.attribute("externalId")
    if external_id:
        yield Probe(external_id, None, "Probe-1")
    for schema in resource_type.schemas:
        urn = None if schema is resource_type.schema else schema.id
        yield from _of_schema(schema, urn)


def _of_schema(schema: Schema, urn: str | None) -> Iterator[Probe]:
    for attribute in schema.attributes:
        if attribute.mutability == "readOnly" or attribute.returned == "never" or is_reference(attribute):
            continue
        if attribute.type != "complex":
            value = value_for(attribute, attribute.name)
            yield Probe(attribute, urn, [value] if attribute.multi_valued else value)
        elif attribute.multi_valued:
            yield from _of_elements(attribute, urn)
        else:
            for sub in _writable(attribute):
                yield Probe(attribute, urn, {sub.name: value_for(sub, sub.name)}, sub.name)


def _of_elements(attribute: Attribute, urn: str | None) -> Iterator[Probe]:
    kind = attribute.sub_attribute("type")
    types: tuple[str | None, ...] = (*(kind.canonical_values if kind else ()), None)
    # "other" stands for whatever type a client makes up.
    known = (*types[:-1], *([] if kind is None or "other" in types else ["other"]), None)
    for each in known:
        own: Draft = {"type": each} if each else {}
        parts = [sub for sub in _writable(attribute) if sub.name not in {"type", "primary"}]
        value = attribute.sub_attribute("value")
        for sub in parts:
            made: Draft = {
                sub.name: value_for(sub, attribute.name if sub.name == "value" else sub.name),
                **own,
            }
            if value is not None and sub is not value:
                made["value"] = value_for(value, attribute.name)
            named = None if sub is value else sub.name
            yield Probe(attribute, urn, [made], named, each)


def _writable(attribute: Attribute) -> list[Attribute]:
    return [
        sub
        for sub in attribute.sub_attributes
        if sub.mutability != "readOnly" and sub.name != "$ref" and sub.type != "complex"
    ]


def is_reference(attribute: Attribute) -> bool:
    """Tell whether an attribute's values are ids of other resources."""
    reference = attribute.sub_attribute("$ref")
    return reference is not None and bool({"User", "Group"} & set(reference.reference_types))


def value_for(attribute: Attribute, name: str) -> Value:
    """Return a value of the attribute's type, in mixed case where it has case."""
    return _VALUES.get(attribute.type) or _TEXTS.get(name) or "Probe Value"
