"""References between resources: ids in SCIM, in directories names (DNs), or values that stand for entries.

Which id goes with which name only a directory can tell, so both directions are handed what has been looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from app.directory.dn import Dn, InvalidDn
from app.directory.filters import Equals, Filter, Nothing, all_of
from app.directory.model import Entry, Values
from app.mapping.model import ReferenceRule, SchemaMap
from app.mapping.shown import shown
from app.scim.errors import InvalidValue
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Value


@dataclass(frozen=True, slots=True)
class Alias:
    """The value of an attribute, in lower case, that stands for an entry instead of its name."""

    attribute: str
    value: str

    def __str__(self) -> str:
        return self.value


Name: TypeAlias = Dn | Alias
"""What an entry is referred to by."""


@dataclass(frozen=True, slots=True)
class Referent:
    """A resource that others refer to, as far as they show it."""

    dn: Dn
    id: str
    type: str
    display: str | None = None
    parents: tuple[Dn, ...] = ()
    """The names of the groups that it is a member of."""
    mark: bytes | None = None
    """What a group is known by to accounts that have it as their primary group."""
    primary: bytes | None = None
    """The mark of an account's primary group."""
    aliases: tuple[Alias, ...] = ()
    """What others may refer to it by besides."""

    @property
    def names(self) -> tuple[Name, ...]:
        """All that it is referred to by."""
        return (self.dn, *self.aliases)


Referents = Mapping[Name, Referent]
_Direct: TypeAlias = tuple[Referent, Value]

_MANY = 1000
"""From how many on the values of an entry are not remembered for others: they are a large group's."""


def by_name(referents: Iterable[Referent]) -> dict[Name, Referent]:
    """Arrange referents by all that they are referred to by."""
    return {name: referent for referent in referents for name in referent.names}


def alias_of(schema_map: SchemaMap, entry: Entry, attribute: str) -> Alias | None:
    """Return by what others refer to an entry: of several values, by that which SCIM shows."""
    rule = next((r for r in schema_map.rules if r.attribute.lower() == attribute.lower()), None)
    values = shown(rule, entry) if rule else entry.values(attribute)
    return next((Alias(attribute.lower(), value.decode("utf-8", "replace")) for value in values), None)


def names_in(
    schema_map: SchemaMap, entry: Entry, *, wants: Callable[[AttributePath], bool]
) -> Iterator[Name]:
    """Yield the names that an entry refers to in attributes that are wanted."""
    for rule in schema_map.references:
        if wants(rule.place.path):
            yield from names_of(rule, entry)


def names_of(rule: ReferenceRule, entry: Entry) -> Sequence[Name]:
    """Return the names that an entry refers to by one rule."""
    return names_among(rule, entry.values(rule.attribute))


def names_among(rule: ReferenceRule, values: Iterable[bytes]) -> Sequence[Name]:
    """Return the names that a rule's values are; the placeholder is nobody's."""
    return [name for value in values if (name := _name_of(rule, value)) is not None]


def _name_of(rule: ReferenceRule, value: bytes) -> Name | None:
    name = name_in(value, by=rule.by)
    return None if rule.placeholder is not None and name == rule.placeholder else name


def naming(rules: Iterable[ReferenceRule], entry: Entry, names: Iterable[Dn]) -> Entry:
    """Have an entry refer to names by some rules."""
    values = tuple(str(name).encode() for name in names)
    return Entry.of(entry.dn, {**entry.attributes, **{rule.attribute: values for rule in rules}})


def begins_like(name: Name) -> Filter:
    """Match entries of a name, and those that share the first part of it: a filter can say no more."""
    if isinstance(name, Alias):
        return Equals(name.attribute, name.value.encode())
    return _begins_like(name, name.text)


@lru_cache(maxsize=4096)
def _begins_like(name: Dn, spelling: str) -> Filter:
    del spelling  # equal names are spelled in several ways, and are asked for as they stand
    return (
        all_of(Equals(ava.attribute, ava.value.encode()) for ava in name.rdns[0].avas)
        if name.rdns
        else Nothing()
    )


def name_in(value: bytes, *, by: str | None) -> Name | None:
    """Read a value, which stands for an entry by an attribute or by its name (DN); None where it does not."""
    try:
        return Dn.valued(value) if by is None else Alias(by.lower(), value.decode())
    except (InvalidDn, UnicodeDecodeError):
        return None


def is_fit(rule: ReferenceRule, name: Name) -> bool:
    """Tell whether a name is of the kind by which a rule refers to others."""
    return (name.attribute if isinstance(name, Alias) else None) == (rule.by.lower() if rule.by else None)


def name_for(rule: ReferenceRule, referent: Referent) -> Name | None:
    """Return what a rule refers to somebody by; None where they have no such value."""
    if rule.by is None:
        return referent.dn
    return next((alias for alias in referent.aliases if is_fit(rule, alias)), None)


def allowed(rule: ReferenceRule, resource_id: str, known: Mapping[str, Referent]) -> Name:
    """Return what an id's resource is referred to by.

    Raises:
        InvalidValue: if it is nobody's whom the rule may refer to.
    """
    referent, kinds = known.get(resource_id), " or ".join(rule.types)
    if referent is None:
        raise InvalidValue(f"{rule.place}: there is no {kinds} with the id {resource_id}")
    if referent.type not in rule.types:
        raise InvalidValue(
            f"{rule.place}: {resource_id} is a {referent.type}, and only a {kinds} can be here"
        )
    name = name_for(rule, referent)
    if name is None:
        raise InvalidValue(
            f"{rule.place}: {resource_id} has no {rule.by}, which is what the directory has here"
        )
    return name


def ids_in(schema_map: SchemaMap, resource: Resource) -> Iterator[str]:
    """Yield the ids that a resource refers to in attributes that are written."""
    for rule in schema_map.references:
        if rule.writes:
            yield from _ids(rule, resource)


class Elements:
    """What entries refer to by one rule, as SCIM shows it. Whom several of them refer to is looked at once."""

    def __init__(self, rule: ReferenceRule, referents: Referents) -> None:
        self._rule = rule
        self._referents = referents
        attribute = rule.place.resolved.attribute
        self._displays = [name for name in ("display", "displayName") if attribute.sub_attribute(name)]
        self._has_type = attribute.sub_attribute("type") is not None
        self._seen: dict[bytes, _Direct | None] = {}

    def of(self, entry: Entry) -> list[Value]:
        """Show what an entry refers to. Names that nothing visible to SCIM has are left out."""
        rule, referents = self._rule, self._referents
        direct = self._direct(entry.values(rule.attribute))
        shown = [element for _, element in direct]
        if rule.writes:
            return shown
        own = referents.get(entry.dn)
        below = [each for each in (*(referent for referent, _ in direct), own) if each and each.parents]
        if not below:
            return shown
        above = _above(below, referents, shown={referent.dn for referent, _ in direct})
        return [*shown, *(self._element(referent, is_direct=False) for referent in above)]

    def _direct(self, values: Values) -> list[_Direct]:
        if len(values) > _MANY:
            found = map(self._look, values)
        else:
            seen = self._seen
            for value in values:
                if value not in seen:
                    seen[value] = self._look(value)
            found = map(seen.__getitem__, values)
        return [each for each in found if each is not None]

    def _look(self, value: bytes) -> _Direct | None:
        name = _name_of(self._rule, value)
        referent = None if name is None else self._referents.get(name)
        return None if referent is None else (referent, self._element(referent, is_direct=True))

    def _element(self, referent: Referent, *, is_direct: bool) -> Mapping[str, Value]:
        element: dict[str, Value] = {"value": referent.id}
        if referent.display is not None:
            element |= dict.fromkeys(self._displays, referent.display)
        if self._has_type:
            # RFC 7643 §4.1.2: groups tell how the user belongs to them, members what they are.
            element["type"] = referent.type if self._rule.writes else "direct" if is_direct else "indirect"
        return element


def values(rule: ReferenceRule, resource: Resource, known: Mapping[str, Referent]) -> Values:
    """Return the names that a resource refers to, as the directory has them.

    Raises:
        InvalidValue: if an id is nobody's, or there is none.
    """
    if len(list(_ids(rule, resource))) < len(values_of(resource.get(rule.place.path))):
        raise InvalidValue(f"{rule.place}: each needs a value, the id of what it refers to")
    names = dict.fromkeys(allowed(rule, resource_id, known) for resource_id in _ids(rule, resource))
    return tuple(str(name).encode() for name in names)


def _ids(rule: ReferenceRule, resource: Resource) -> Iterator[str]:
    for element in values_of(resource.get(rule.place.path)):
        value = element.get("value") if is_complex(element) else None
        if isinstance(value, str):
            yield value.lower()


def _above(below: Sequence[Referent], referents: Referents, *, shown: set[Dn]) -> Iterator[Referent]:
    """Yield the groups above that are not ``shown``, each once, as far as they have been looked up."""
    seen = set(shown)
    waiting = list(below)
    while waiting:
        for name in waiting.pop().parents:
            if name not in seen and name in referents:
                seen.add(name)
                waiting.append(referents[name])
                yield referents[name]
