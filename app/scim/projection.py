"""Which attributes an answer has (RFC 7644 §3.9, RFC 7643 §7 ``returned``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.scim.errors import InvalidValue
from app.scim.path import AttributePath, PathError, ResolvedPath, find_schema, parse_path, resolve
from app.scim.resource import Resource, is_complex, is_list
from app.scim.schema import Attribute, ResourceType, Value


@dataclass(frozen=True, slots=True)
class Projection:
    """What a client asked to see. ``requested`` is None where it did not ask, and then it sees the default.

    ``written`` are the attributes that its request set, which count as asked for where they are not in the default.
    """

    type: ResourceType
    requested: frozenset[AttributePath] | None = None
    excluded: frozenset[AttributePath] = frozenset()
    written: frozenset[AttributePath] = frozenset()

    @classmethod
    def parse(
        cls,
        resource_type: ResourceType,
        *,
        attributes: Sequence[str] = (),
        excluded_attributes: Sequence[str] = (),
        written: Iterable[AttributePath] = (),
    ) -> Projection:
        """Read the names that a client gave; unknown ones are ignored. Raises InvalidValue if it gave both."""
        if attributes and excluded_attributes:
            # RFC 7644 §3.9: the two are mutually exclusive.
            raise InvalidValue("attributes and excludedAttributes cannot be used together")
        requested = frozenset(_paths(attributes, resource_type)) if attributes else None
        excluded = frozenset(_paths(excluded_attributes, resource_type))
        return cls(resource_type, requested, excluded, frozenset(written))

    def wants(self, path: AttributePath) -> bool:
        """Tell whether the answer has anything at ``path``, so that it must be known."""
        return self._wants(resolve(path, self.type))

    def apply(self, resource: Resource) -> Resource:
        """Return the resource with only what the answer has."""
        attributes = self._kept(self.type.core_attributes, resource.attributes, None)
        for extension in self.type.extensions:
            urn = extension.schema.id
            below = resource.attributes.get(urn)
            if is_complex(below):
                attributes |= {urn: self._kept(extension.schema.attributes, below, urn)}
        return Resource(
            self.type, {name: value for name, value in attributes.items() if value not in ([], {})}
        )

    def _wants(self, found: ResolvedPath) -> bool:
        parent = found.path.parent
        if not self._has(found.attribute, parent):
            return False
        return found.sub_attribute is None or self._has_part(found.sub_attribute, found.path)

    def _has(self, attribute: Attribute, path: AttributePath) -> bool:
        if attribute.returned in {"always", "never"}:
            return attribute.returned == "always"
        if self.requested is not None:
            return any(asked.parent == path for asked in self.requested)
        # RFC 7643 §7: "request" is also returned to the request that set it.
        return (attribute.returned == "default" or path in self.written) and path not in self.excluded

    def _has_part(self, sub: Attribute, path: AttributePath) -> bool:
        if sub.returned in {"always", "never"}:
            return sub.returned == "always"
        if self.requested is None or path.parent in self.requested:
            return (sub.returned == "default" and path not in self.excluded) or path in (self.requested or ())
        return path in self.requested

    def _kept(
        self, attributes: Iterable[Attribute], values: Mapping[str, Value], urn: str | None
    ) -> dict[str, Value]:
        kept = {}
        for attribute in attributes:
            path = AttributePath(attribute.name, None, urn)
            if attribute.name in values and self._has(attribute, path):
                kept[attribute.name] = self._kept_parts(attribute, values[attribute.name], path)
        return {name: value for name, value in kept.items() if value not in ([], {})}

    def _kept_parts(self, attribute: Attribute, value: Value, path: AttributePath) -> Value:
        if attribute.type != "complex":
            return value
        names = {
            sub.name
            for sub in attribute.sub_attributes
            if self._has_part(sub, AttributePath(path.attribute, sub.name, path.schema))
        }
        if is_list(value):
            elements = [_only(names, element) for element in value]
            return [element for element in elements if element != {}]
        return _only(names, value)


def _only(names: set[str], value: Value) -> Value:
    return {name: below for name, below in value.items() if name in names} if is_complex(value) else value


def _paths(names: Iterable[str], resource_type: ResourceType) -> Iterable[AttributePath]:
    for name in names:
        schema = find_schema(name, resource_type)
        if schema is not None:
            urn = None if schema == resource_type.schema else schema.id
            yield from (AttributePath(attribute.name, None, urn) for attribute in schema.attributes)
        else:
            yield from _path(name, resource_type)


def _path(name: str, resource_type: ResourceType) -> Iterable[AttributePath]:
    try:
        return (resolve(parse_path(name), resource_type).path,)
    except PathError:
        # A client may ask all types for what one type has.
        return ()
