"""Which attributes an answer has (RFC 7644 §3.9, RFC 7643 §7 ``returned``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

from app.scim.errors import InvalidValue
from app.scim.path import AttributePath, PathError, ResolvedPath, find_schema, parse_path, resolve
from app.scim.resource import Resource, is_complex, is_list
from app.scim.schema import Attribute, ResourceType, Value

Parts: TypeAlias = tuple[str, ...] | None
"""Which sub-attributes are shown; None where an attribute has none."""


@dataclass(frozen=True)
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
        return _parsed(resource_type, tuple(attributes), tuple(excluded_attributes), frozenset(written))

    def __hash__(self) -> int:
        """Hash it once: whatever is written out is looked for by it."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.type, self.requested, self.excluded, self.written))

    def wants(self, path: AttributePath) -> bool:
        """Tell whether the answer has anything at ``path``, so that it must be known."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._wants(resolve(path, self.type))
        return known

    def apply(self, resource: Resource) -> Resource:
        """Return the resource with only what the answer has."""
        attributes = _kept(self._shown[None], resource.attributes)
        for extension in self.type.extensions:
            urn = extension.schema.id
            below = resource.attributes.get(urn)
            kept = _kept(self._shown[urn], below) if is_complex(below) else None
            if kept:
                attributes[urn] = kept
        return Resource(self.type, attributes)

    def document(self, resource: Resource) -> dict[str, Value]:
        """Write out what the answer has of a resource, in the order of its schemas."""
        shown = self.apply(resource)
        document: dict[str, Value] = {"schemas": shown.schemas, **shown.attributes}
        meta = document.pop("meta", None)
        return document if meta is None else {**document, "meta": meta}

    @cached_property
    def _known(self) -> dict[AttributePath, bool]:
        """What was asked before: a map has no more paths than its schemas."""
        return {}

    @cached_property
    def _shown(self) -> Mapping[str | None, Mapping[str, Parts]]:
        """Which attributes are shown, by schema (None for the core's)."""
        shown: dict[str | None, Mapping[str, Parts]] = {
            None: dict(self._shown_of(self.type.core_attributes, None))
        }
        for extension in self.type.extensions:
            shown[extension.schema.id] = dict(
                self._shown_of(extension.schema.attributes, extension.schema.id)
            )
        return shown

    def _shown_of(self, attributes: Iterable[Attribute], urn: str | None) -> Iterator[tuple[str, Parts]]:
        for attribute in attributes:
            path = AttributePath(attribute.name, None, urn)
            if self._has(attribute, path):
                yield attribute.name, self._parts(attribute, path)

    def _parts(self, attribute: Attribute, path: AttributePath) -> Parts:
        if attribute.type != "complex":
            return None
        return tuple(
            sub.name
            for sub in attribute.sub_attributes
            if self._has_part(sub, AttributePath(path.attribute, sub.name, path.schema))
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


@lru_cache(maxsize=256)
def _parsed(
    resource_type: ResourceType,
    attributes: tuple[str, ...],
    excluded: tuple[str, ...],
    written: frozenset[AttributePath],
) -> Projection:
    """Make a projection, or find the one that was made for the same question: most clients always ask the same."""
    requested = frozenset(_paths(attributes, resource_type)) if attributes else None
    return Projection(resource_type, requested, frozenset(_paths(excluded, resource_type)), written)


def _kept(shown: Mapping[str, Parts], values: Mapping[str, Value]) -> dict[str, Value]:
    kept = {}
    for name, parts in shown.items():
        if name in values:
            value = values[name] if parts is None else _with_parts(values[name], parts)
            if value not in ([], {}):
                kept[name] = value
    return kept


def _with_parts(value: Value, parts: tuple[str, ...]) -> Value:
    if is_list(value):
        return [kept for kept in (_only(parts, element) for element in value) if kept != {}]
    return _only(parts, value)


def _only(names: tuple[str, ...], value: Value) -> Value:
    return {name: value[name] for name in names if name in value} if is_complex(value) else value


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
