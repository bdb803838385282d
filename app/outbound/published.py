"""What a connector keeps of our resources, so that discovery in proxy mode never claims more.

An attribute counts under our name for it, at whichever place the system has it. What is written into its place by the
connector itself, or by nobody, is shown as it stands there and cannot be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.mapping.model import Place
from app.outbound.attribute_map import ID, AttributeMap, Written
from app.scim.path import AttributePath
from app.scim.schema import Attribute, Extension, ResourceType, Schema

_OF_ELEMENTS = frozenset({"type", "primary"})


def published(
    attribute_map: AttributeMap, theirs: ResourceType, *, passwords: bool = True, shows: bool = True
) -> ResourceType:
    """Return our resource type with only what a system keeps of it.

    ``theirs`` is the type as the system keeps it. What gets no ``passwords`` has none to change; what ``shows`` nothing
    can be written and not read.
    """
    return _Cut(attribute_map, theirs, passwords, shows).resource_type()


@dataclass(frozen=True, slots=True)
class _Cut:
    map: AttributeMap
    theirs: ResourceType
    passwords: bool
    shows: bool

    def resource_type(self) -> ResourceType:
        whole = self.map.resource_type
        extensions = (
            Extension(self._schema(each.schema, urn=each.schema.id), each.required)
            for each in whole.extensions
        )
        return replace(
            whole,
            schema=self._schema(whole.schema, urn=None),
            extensions=tuple(each for each in extensions if each.schema.attributes),
        )

    def _schema(self, schema: Schema, *, urn: str | None) -> Schema:
        found = (
            self._attribute(attribute, AttributePath(attribute.name, None, urn))
            for attribute in schema.attributes
            if self.passwords or (urn, attribute.name) != (None, "password")
        )
        directed = (attribute if self.shows else _unshown(attribute) for attribute in found if attribute)
        return replace(schema, attributes=tuple(attribute for attribute in directed if attribute))

    def _attribute(self, attribute: Attribute, path: AttributePath) -> Attribute | None:
        their = self._their(path)
        if attribute.type != "complex":
            return self._leaf(attribute, path, their)
        parts = [part for part in self._parts(attribute, path, their) if part]
        kinds = tuple(dict.fromkeys(self._kinds(path)))
        if not any(part.name not in _OF_ELEMENTS for part in parts) and not kinds:
            return None
        if kinds and not (their and self.map.passes_others):
            parts = [_of_kinds(part, kinds) for part in (*parts, *_type_part(attribute, parts))]
        is_read_only = all(part.mutability == "readOnly" for part in parts)
        kept = replace(their or attribute, sub_attributes=tuple(parts))
        return _read_only(kept) if is_read_only else kept

    def _parts(
        self, attribute: Attribute, path: AttributePath, their: Attribute | None
    ) -> Iterator[Attribute | None]:
        for part in attribute.sub_attributes:
            place = AttributePath(path.attribute, part.name, path.schema)
            yield self._leaf(part, place, their.sub_attribute(part.name) if their else None)

    def _leaf(self, ours: Attribute, path: AttributePath, their: Attribute | None) -> Attribute | None:
        """Tell what becomes of one attribute or part: what stands at its own place, or where else it goes."""
        written = self._written_at(path)
        if written is None:
            found = their if self.map.passes_others else None
        elif written.source == written.place:
            found = their
        elif isinstance(written.source, Place) and written.source.path != ID:
            found = None
        else:
            found = _read_only(their) if their else None
        return found or (ours if self._is_moved(path) else None)

    def _written_at(self, path: AttributePath) -> Written | None:
        wanted = {path, path.parent}
        found = [
            each for each in self.map.places if not each.place.element_type and each.place.path in wanted
        ]
        return found[-1] if found else None

    def _sources(self) -> Iterator[Place]:
        """Yield our places that the system has somewhere else."""
        for each in self.map.places:
            if (
                isinstance(each.source, Place)
                and each.source.path != ID
                and self._their(each.place.path.parent)
            ):
                yield each.source

    def _is_moved(self, path: AttributePath) -> bool:
        return any(source.path in {path, path.parent} for source in self._sources())

    def _kinds(self, path: AttributePath) -> Iterator[str]:
        """Yield the types of elements that the system has somewhere else."""
        for source in self._sources():
            if source.element_type is not None and source.path.parent == path:
                yield source.element_type

    def _their(self, path: AttributePath) -> Attribute | None:
        if path.schema is None:
            return self.theirs.attribute(path.attribute)
        schemas = {each.schema.id.lower(): each.schema for each in self.theirs.extensions}
        schema = schemas.get(path.schema.lower())
        if schema is None:
            return None
        return next((each for each in schema.attributes if each.name == path.attribute), None)


def _type_part(attribute: Attribute, parts: list[Attribute]) -> list[Attribute]:
    part = attribute.sub_attribute("type")
    return [part] if part and "type" not in {each.name for each in parts} else []


def _of_kinds(part: Attribute, kinds: tuple[str, ...]) -> Attribute:
    return replace(part, canonical_values=kinds) if part.name == "type" else part


def _read_only(attribute: Attribute) -> Attribute:
    return replace(attribute, mutability="readOnly", required=False)


def _unshown(attribute: Attribute) -> Attribute | None:
    if attribute.mutability == "readOnly":
        return None
    return replace(attribute, mutability="writeOnly", returned="never")
