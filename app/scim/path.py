"""Attribute paths: how filters, projections, PATCH operations and maps name an attribute (RFC 7644 §3.10)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.scim.schema import Attribute, ResourceType, Schema

_NAME: Final = re.compile(r"[A-Za-z$][A-Za-z0-9_$-]*\Z")


class PathError(ValueError):
    """A path cannot be used. What that means to the client depends on where the path stood."""


class MalformedPath(PathError):
    """The text is not an attribute path."""


class UnknownAttribute(PathError):
    """The resource type has no such attribute."""


@dataclass(frozen=True, slots=True)
class AttributePath:
    """An attribute, or a sub-attribute of one: ``name.givenName``, ``urn:…:enterprise:2.0:User:manager.value``.

    ``schema`` is the extension's URN and None for core attributes. Once resolved against a resource type, names
    stand in the schema's own spelling, so that equal paths are equal values.
    """

    attribute: str
    sub_attribute: str | None = None
    schema: str | None = None

    def __str__(self) -> str:
        """Write the path as RFC 7644 does."""
        prefix = f"{self.schema}:" if self.schema else ""
        suffix = f".{self.sub_attribute}" if self.sub_attribute else ""
        return f"{prefix}{self.attribute}{suffix}"

    @property
    def parent(self) -> AttributePath:
        """The path without its sub-attribute."""
        return self if self.sub_attribute is None else AttributePath(self.attribute, None, self.schema)


@dataclass(frozen=True, slots=True)
class ResolvedPath:
    """A path in the schema's spelling, with the attributes that it names."""

    path: AttributePath
    attribute: Attribute
    sub_attribute: Attribute | None = None

    @property
    def leaf(self) -> Attribute:
        """The sub-attribute where the path names one, or else the attribute."""
        return self.sub_attribute or self.attribute


def parse_path(text: str) -> AttributePath:
    """Read ``[URN:]attribute[.subAttribute]``. Raises MalformedPath."""
    urn, _, tail = text.rpartition(":")
    attribute, *subs = tail.split(".")
    # Entra writes a dot after the URN (…:2.0:User.manager); with two dots the first can be nothing else.
    if urn and len(subs) == 2:  # noqa: PLR2004
        urn, attribute, subs = f"{urn}:{attribute}", subs[0], subs[1:]
    names = (attribute, *subs)
    if len(subs) > 1 or not all(_NAME.match(name) for name in names):
        raise MalformedPath(f"{text!r} is not an attribute path")
    return AttributePath(attribute, subs[0] if subs else None, urn or None)


@lru_cache(maxsize=4096)
def resolve(path: AttributePath, resource_type: ResourceType) -> ResolvedPath:
    """Find what ``path`` names, in any case, and spell it as the schema does. Raises UnknownAttribute."""
    found = _resolve(path, resource_type) or _resolve(_after_dotted_urn(path), resource_type)
    if found is None:
        raise UnknownAttribute(f"{resource_type.name} has no attribute {str(path)!r}")
    return found


def find_schema(text: str, resource_type: ResourceType) -> Schema | None:
    """Find the schema of the resource type that ``text`` is the whole URN of."""
    folded = text.lower()
    return next((schema for schema in resource_type.schemas if schema.id.lower() == folded), None)


def _after_dotted_urn(path: AttributePath) -> AttributePath | None:
    # Entra writes urn:…:2.0:User.manager, which reads as the attribute "User" of the URN urn:…:2.0.
    if path.schema is None or path.sub_attribute is None:
        return None
    return AttributePath(path.sub_attribute, None, f"{path.schema}:{path.attribute}")


def _resolve(path: AttributePath | None, resource_type: ResourceType) -> ResolvedPath | None:
    if path is None:
        return None
    schema, attribute = _attribute(path, resource_type)
    if attribute is None:
        return None
    if path.sub_attribute is None:
        return ResolvedPath(AttributePath(attribute.name, None, schema), attribute)
    sub = attribute.sub_attribute(path.sub_attribute)
    return ResolvedPath(AttributePath(attribute.name, sub.name, schema), attribute, sub) if sub else None


def _attribute(path: AttributePath, resource_type: ResourceType) -> tuple[str | None, Attribute | None]:
    # RFC 7644 §3.10: core attributes may be written with the URN of their schema.
    if path.schema is None or path.schema.lower() == resource_type.schema.id.lower():
        found = resource_type.attribute(path.attribute)
        return (None, found) if found or path.schema else _in_extensions(path.attribute, resource_type)
    extension = resource_type.extension(path.schema)
    if extension is None:
        return None, None
    return extension.schema.id, extension.schema.attribute(path.attribute)


def _in_extensions(name: str, resource_type: ResourceType) -> tuple[str | None, Attribute | None]:
    # Entra writes the enterprise extension's manager without the URN.
    for extension in resource_type.extensions:
        found = extension.schema.attribute(name)
        if found:
            return extension.schema.id, found
    return None, None
