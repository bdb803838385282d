"""What a resource looks like as an entry."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from app.directory.dialects.base import Account
from app.directory.dn import Dn
from app.directory.model import Values
from app.mapping.expression import Finding
from app.scim.resource import Resource
from app.scim.schema import Value


@dataclass(frozen=True, slots=True)
class Image:
    """What a resource looks like as an entry: attributes by the map's names, and its account matters."""

    attributes: Mapping[str, Values]
    account: Account = field(default_factory=Account)
    parent: Dn | None = None
    """Where it goes, below the domain's base; None where the map cannot tell."""
    classes: tuple[str, ...] = ()
    """The auxiliary object classes that it needs."""
    unmapped: tuple[str, ...] = field(default=(), compare=False)
    """The attributes of which it has values that no rule takes."""
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    """What the map could not make of the resource."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A resource's attributes and its image. What another resource has in common with it need not be drawn again."""

    attributes: Mapping[str, Value]
    image: Image

    def in_common(self, other: Resource) -> AbstractSet[str]:
        """Name what is the same in both, at the top level."""
        return {name for name, value in other.attributes.items() if self.attributes.get(name) == value}


NOT_DRAWN = Drawn({}, Image({}))
