"""Where resources are: ``meta.location``, and the ``$ref`` beside each id that a resource refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.scim.resource import Resource, is_complex, is_list
from app.scim.schema import Attribute, ResourceType, Schema, Value

REF = "$ref"


@dataclass(frozen=True, slots=True)
class Locations:
    """The URLs of one service, seen from one of its base URLs. ``types`` are by their names."""

    base_url: str
    types: Mapping[str, ResourceType]

    def of(self, resource_type: ResourceType, resource_id: Value) -> str:
        """Return a resource's URL."""
        return f"{self.base_url}{resource_type.endpoint}/{resource_id}"

    def fill(self, resource: Resource) -> Resource:
        """Return the resource with its own location, and those of all that it refers to."""
        meta = resource.attributes.get("meta")
        location = self.of(resource.type, resource.attributes.get("id"))
        attributes = self._referring(resource.type.schema, resource.attributes)
        for extension in resource.type.extensions:
            below = resource.attributes.get(extension.schema.id)
            if is_complex(below):
                attributes[extension.schema.id] = self._referring(extension.schema, below)
        return Resource(
            resource.type,
            {**attributes, "meta": {**(meta if is_complex(meta) else {}), "location": location}},
        )

    def _referring(self, schema: Schema, values: Mapping[str, Value]) -> dict[str, Value]:
        filled = dict(values)
        for name, ref in _references(schema):
            if name in values:
                filled[name] = self._with_refs(ref, values[name])
        return filled

    def _with_refs(self, ref: Attribute, value: Value) -> Value:
        if is_list(value):
            return [self._with_refs(ref, element) for element in value]
        if not is_complex(value) or REF in value or not value.get("value"):
            return value
        referred = self._type_of(ref, value)
        return value if referred is None else {**value, REF: self.of(referred, value["value"])}

    def _type_of(self, ref: Attribute, element: Mapping[str, Value]) -> ResourceType | None:
        """Find what an element refers to: members say so themselves, others can be of one type only."""
        said = self.types.get(str(element.get("type")))
        known = [self.types[name] for name in ref.reference_types if name in self.types]
        return said or (known[0] if len(known) == 1 else None)


@lru_cache(maxsize=256)
def _references(schema: Schema) -> tuple[tuple[str, Attribute], ...]:
    """Name the attributes that refer to resources, each with its ``$ref``."""
    found = ((attribute.name, attribute.sub_attribute(REF)) for attribute in schema.attributes)
    return tuple((name, ref) for name, ref in found if ref is not None)
