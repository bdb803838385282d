"""Templates: text with ``{path}`` in it, filled from a resource, such as ``{name.givenName} {name.familyName}``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.scim.path import PathError, ResolvedPath, parse_path, resolve
from app.scim.resource import Resource
from app.scim.schema import ResourceType, Value

_PART = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")


class InvalidTemplate(ValueError):
    """The template cannot be used with its resource type."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with gaps. ``parts`` are the texts and paths in order."""

    text: str
    parts: tuple[str | ResolvedPath, ...]

    @classmethod
    def parse(cls, text: str, resource_type: ResourceType) -> Template:
        """Read a template.

        Raises:
            InvalidTemplate: if a brace is left over or a path names no single-valued simple attribute.
        """
        return cls(text, tuple(_part(found, resource_type) for found in _PART.finditer(text)))

    @property
    def is_constant(self) -> bool:
        """Whether it has no gaps."""
        return all(isinstance(part, str) for part in self.parts)

    def fill(self, resource: Resource) -> str | None:
        """Fill the gaps; None where the resource lacks a value for one."""
        filled = [part if isinstance(part, str) else _text(resource.get(part.path)) for part in self.parts]
        found = [part for part in filled if part is not None]
        return "".join(found) if len(found) == len(filled) else None


def _text(value: Value) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _part(found: re.Match[str], resource_type: ResourceType) -> str | ResolvedPath:
    path, text, brace = found.groups()
    if brace:
        raise InvalidTemplate(f"a {brace!r} is left over")
    return text if path is None else _path(path, resource_type)


def _path(text: str, resource_type: ResourceType) -> ResolvedPath:
    try:
        resolved = resolve(parse_path(text), resource_type)
    except PathError as error:
        raise InvalidTemplate(str(error)) from error
    if resolved.attribute.multi_valued or resolved.leaf.type == "complex":
        raise InvalidTemplate(f"{text} has no single value")
    if resolved.attribute.returned == "never":
        raise InvalidTemplate(f"{text} is a secret")
    return resolved
