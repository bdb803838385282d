"""Where entries go: names with gaps, or a table of names, below the domain's base.

What fills a gap is the value of one part of a name and no more, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from app.directory.dn import Ava, Dn, Rdn
from app.mapping.expression import Evaluation, Expression
from app.mapping.sources import Text, paths_of, texts_of
from app.mapping.template import Template
from app.scim.comparison import fold
from app.scim.path import AttributePath
from app.scim.resource import Resource

PLACE = "entry.parent"


@dataclass(frozen=True)
class NameTemplate:
    """A name with gaps in its values, most specific part first; ``name`` is how it is written."""

    name: Dn
    values: tuple[tuple[Template, ...], ...]

    @property
    def paths(self) -> tuple[AttributePath, ...]:
        """The SCIM attributes that fill the gaps."""
        return tuple(path for values in self.values for value in values for path in paths_of(value))

    @cached_property
    def is_constant(self) -> bool:
        """Whether it has no gaps."""
        return all(value.text and value.is_constant for values in self.values for value in values)

    def fill(self, resource: Resource) -> Dn | None:
        """Fill the gaps; None where the resource lacks a value for one."""
        if self.is_constant:
            return self.name
        rdns = []
        for rdn, templates in zip(self.name.rdns, self.values, strict=True):
            filled = [template.fill(resource) for template in templates]
            texts = [text for text in filled if text]
            if len(texts) < len(filled):
                return None
            avas = (
                Ava(ava.attribute, text, ava.is_encoded) for ava, text in zip(rdn.avas, texts, strict=True)
            )
            rdns.append(Rdn(tuple(avas)))
        return Dn(tuple(rdns))


@dataclass(frozen=True, slots=True)
class NameTable:
    """A name for each of the texts that something makes, compared without case; ``rows`` have folded keys."""

    of: Text
    rows: Mapping[str, Dn] = field(hash=False)


Makes: TypeAlias = NameTemplate | NameTable


@dataclass(frozen=True, slots=True)
class Location:
    """One way to say where entries go, and when it is taken."""

    makes: Makes
    when: Expression | None = None

    @property
    def paths(self) -> tuple[AttributePath, ...]:
        """The SCIM attributes that it looks at."""
        own = self.makes.paths if isinstance(self.makes, NameTemplate) else paths_of(self.makes.of)
        return (*own, *(self.when.paths if self.when else ()))

    @property
    def names(self) -> tuple[Dn, ...]:
        """The names that it makes, with their gaps."""
        return (self.makes.name,) if isinstance(self.makes, NameTemplate) else tuple(self.makes.rows.values())

    def name(self, evaluation: Evaluation) -> Dn | None:
        """Return the name of a resource's container; None where there is none."""
        if not evaluation.holds(self.when, place=f"{PLACE}.when"):
            return None
        if isinstance(self.makes, NameTemplate):
            return self.makes.fill(evaluation.resource)
        keys = (fold(text) for text in texts_of(self.makes.of, evaluation, place=PLACE))
        return next((self.makes.rows[key] for key in keys if key in self.makes.rows), None)


def parent_of(locations: Iterable[Location], evaluation: Evaluation) -> Dn | None:
    """Return the name of the container of a resource's entry, below the domain's base."""
    names = (location.name(evaluation) for location in locations)
    return next((name for name in names if name is not None), None)
