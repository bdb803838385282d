"""What a directory lets entries be (RFC 4512 §2, §4.1): its object classes and attribute types.

Reading the descriptions that servers publish is left to ``schema_text``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol, TypeVar

Kind = Literal["ABSTRACT", "STRUCTURAL", "AUXILIARY"]
OBJECT_CLASS = "2.5.4.0"


@dataclass(frozen=True, slots=True)
class AttributeType:
    """An attribute type as it is described, or, from ``Schema.attribute``, with what it takes from those above it."""

    oid: str
    names: tuple[str, ...] = ()
    superior: str | None = None
    syntax: str | None = None
    length: int | None = None
    """How long values may be, as far as the schema says."""
    single_valued: bool = False
    equality: str | None = None
    ordering: str | None = None
    substrings: str | None = None
    is_collective: bool = False
    is_writable: bool = True
    """Whether clients may change it: not so with NO-USER-MODIFICATION."""
    usage: str = "userApplications"
    is_indexed: bool | None = None
    """Whether the server finds its values by an index; None where the schema does not tell."""

    @property
    def name(self) -> str:
        """The name by which servers return it."""
        return self.names[0] if self.names else self.oid

    @property
    def is_operational(self) -> bool:
        """Whether any entry may have it, whatever its classes."""
        return self.usage != "userApplications"


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """An object class as it is described."""

    oid: str
    names: tuple[str, ...] = ()
    superiors: tuple[str, ...] = ()
    kind: Kind = "STRUCTURAL"
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name by which servers return it."""
        return self.names[0] if self.names else self.oid


@dataclass(frozen=True, slots=True)
class ContentRule:
    """What entries of a structural class may have besides (RFC 4512 §4.1.6); ``oid`` is that of the class."""

    oid: str
    names: tuple[str, ...] = ()
    auxiliaries: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


class _Named(Protocol):
    @property
    def oid(self) -> str: ...
    @property
    def names(self) -> tuple[str, ...]: ...


Description = TypeVar("Description", bound=_Named)


@dataclass(frozen=True)
class Schema:
    """All that a directory describes. Names are looked up in any case, by OID, and without their options."""

    attribute_types: Sequence[AttributeType] = ()
    object_classes: Sequence[ObjectClass] = ()
    content_rules: Sequence[ContentRule] = ()

    def attribute(self, name: str) -> AttributeType | None:
        """Return an attribute type, completed by those that it is made from."""
        found = self._attributes.get(_key(name))
        seen: set[str] = set()
        while found and found.superior and found.superior.lower() not in seen:
            seen.add(found.superior.lower())
            above = self._attributes.get(_key(found.superior))
            if above is None:
                break
            found = _completed(found, above)
        return found

    def object_class(self, name: str) -> ObjectClass | None:
        """Return an object class."""
        return self._classes.get(_key(name))

    def lineage(self, name: str) -> list[ObjectClass]:
        """Return a class and all above it, each once; those that are not described are left out."""
        found: dict[str, ObjectClass] = {}
        waiting = [name]
        while waiting:
            known = self.object_class(waiting.pop(0))
            if known is not None and known.oid not in found:
                found[known.oid] = known
                waiting += known.superiors
        return list(found.values())

    def must(self, classes: Iterable[str]) -> list[AttributeType]:
        """Return the attributes that entries of some classes need, but objectClass, which says what they are."""
        names = (name for each in self._all(classes) for name in each.must)
        return [found for found in self._known(names) if found.oid != OBJECT_CLASS]

    def allows(self, classes: Iterable[str], attribute: AttributeType) -> bool:
        """Tell whether entries of some classes may have an attribute."""
        names = [name for each in self._all(classes) for name in (*each.must, *each.may)]
        has_any = any(each.oid == "1.3.6.1.4.1.1466.101.120.111" for each in self._lines(classes))
        return attribute.is_operational or has_any or attribute.oid in {t.oid for t in self._known(names)}

    def homes(self, attribute: AttributeType, *, kind: Kind) -> list[ObjectClass]:
        """Return the classes of a kind that bring an attribute with them."""
        return [
            each
            for each in self.object_classes
            if each.kind == kind
            and any(known.oid == attribute.oid for known in self._known((*each.must, *each.may)))
        ]

    def structural(self, classes: Iterable[str]) -> list[ObjectClass]:
        """Return the structural classes of which no other one is made: an entry has exactly one of them."""
        lines = [self.lineage(name) for name in classes]
        tops = {line[0].oid: line for line in lines if line and line[0].kind == "STRUCTURAL"}
        above = {each.oid for line in tops.values() for each in line[1:]}
        return [line[0] for oid, line in tops.items() if oid not in above]

    def _lines(self, classes: Iterable[str]) -> Iterator[ObjectClass]:
        for name in classes:
            yield from self.lineage(name)

    def _all(self, classes: Iterable[str]) -> Iterator[ObjectClass | ContentRule]:
        for each in self._lines(classes):
            yield each
            rule = self._rules.get(each.oid)
            if rule is not None:
                yield rule
                yield from self._lines(rule.auxiliaries)

    def _known(self, names: Iterable[str]) -> list[AttributeType]:
        found = (self.attribute(name) for name in names)
        return list({each.oid: each for each in found if each}.values())

    @cached_property
    def _attributes(self) -> Mapping[str, AttributeType]:
        return _by_name(self.attribute_types)

    @cached_property
    def _classes(self) -> Mapping[str, ObjectClass]:
        return _by_name(self.object_classes)

    @cached_property
    def _rules(self) -> Mapping[str, ContentRule]:
        return {rule.oid: rule for rule in self.content_rules}


def _completed(own: AttributeType, above: AttributeType) -> AttributeType:
    # RFC 4512 §2.5.1: what a subtype does not say itself it has from its supertype.
    return replace(
        own,
        superior=above.superior,
        syntax=own.syntax or above.syntax,
        length=own.length or above.length,
        equality=own.equality or above.equality,
        ordering=own.ordering or above.ordering,
        substrings=own.substrings or above.substrings,
    )


def _by_name(descriptions: Iterable[Description]) -> dict[str, Description]:
    return {name.lower(): each for each in descriptions for name in (each.oid, *each.names)}


def _key(name: str) -> str:
    return name.split(";", maxsplit=1)[0].lower()


Complete = Callable[[AttributeType], AttributeType]


def with_each_attribute(schema: Schema, complete: Complete) -> Schema:
    """Return a schema whose attribute types have been completed by what a product leaves unsaid."""
    return replace(schema, attribute_types=tuple(complete(each) for each in schema.attribute_types))
