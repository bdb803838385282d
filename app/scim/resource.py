"""A resource: its type and its attributes as canonical JSON."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard, TypeVar

from app.scim.path import AttributePath
from app.scim.schema import ResourceType, Value

Made = TypeVar("Made")
_MOST_MADE: Final = 4
"""One client asks in the same way, mostly."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as the protocol sees it.

    ``attributes`` is canonical: names in the schema's spelling, extension attributes below their URN, and neither
    nulls nor empty lists nor empty complex values, which all mean "unassigned" (RFC 7643 §2.5). ``schemas`` is not
    among them: it is made when the resource is written out. ``id``, ``externalId`` and ``meta`` are.
    """

    type: ResourceType
    attributes: Mapping[str, Value]
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def schemas(self) -> list[str]:
        """The URNs of the core schema and of the extensions that the resource has attributes of."""
        extensions = (extension.schema.id for extension in self.type.extensions)
        return [self.type.schema.id, *(urn for urn in extensions if self.attributes.get(urn))]

    @property
    def paths(self) -> Iterator[AttributePath]:
        """The attributes that the resource has."""
        for name, value in self.attributes.items():
            if self.type.extension(name) is not None and is_complex(value):
                yield from (AttributePath(below, None, name) for below in value)
            else:
                yield AttributePath(name)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what ``make`` makes of this resource, or has made before; ``key`` says all that it depends on besides."""
        made: Made | None = self._made.get(key)
        if made is None:
            if len(self._made) >= _MOST_MADE:
                self._made.clear()
            made = self._made[key] = make()
        return made

    def get(self, path: AttributePath) -> Value:
        """Return what stands at a canonical path, and None where nothing does; lists are gone through."""
        if path.schema:
            below = self.attributes.get(path.schema)
            value = below.get(path.attribute) if is_complex(below) else None
        else:
            value = self.schemas if path.attribute == "schemas" else self.attributes.get(path.attribute)
        return value if path.sub_attribute is None else _below(value, path.sub_attribute)


def is_complex(value: object) -> TypeGuard[Mapping[str, Value]]:
    """Tell whether a value is a JSON object."""
    # Mostly it is a dict, which costs less to see than that it has what a Mapping has.
    return isinstance(value, (dict, Mapping))


def is_list(value: object) -> TypeGuard[Sequence[Value]]:
    """Tell whether a value is a JSON array."""
    return isinstance(value, list | tuple)


def values_of(value: Value) -> Sequence[Value]:
    """Return the values of an attribute: none where it is unassigned, one where it is single-valued."""
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)


def _below(value: Value, name: str) -> Value:
    if is_complex(value):
        return value.get(name)
    found = [element[name] for element in values_of(value) if is_complex(element) and name in element]
    return found or None
