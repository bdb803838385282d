"""References between resources: ids in SCIM, names (DNs) in directories.

Which id goes with which name only a directory can tell, so both directions are handed what has been looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.directory.dn import Dn, InvalidDn
from app.directory.model import Entry, Values
from app.mapping.model import ReferenceRule, SchemaMap
from app.scim.errors import InvalidValue
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Value


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


Referents = Mapping[Dn, Referent]


def names_in(schema_map: SchemaMap, entry: Entry, *, wants: Callable[[AttributePath], bool]) -> Iterator[Dn]:
    """Yield the names that an entry refers to in attributes that are wanted."""
    for rule in schema_map.references:
        if wants(rule.place.path):
            yield from names_of(rule, entry)


def names_of(rule: ReferenceRule, entry: Entry) -> Iterator[Dn]:
    """Yield the names that an entry refers to by one rule."""
    for value in entry.values(rule.attribute):
        try:
            name = Dn.parse(value.decode())
        except (InvalidDn, UnicodeDecodeError):
            continue
        if name != rule.placeholder:
            yield name


def naming(rules: Iterable[ReferenceRule], entry: Entry, names: Iterable[Dn]) -> Entry:
    """Have an entry refer to names by some rules."""
    values = tuple(str(name).encode() for name in names)
    return Entry.of(entry.dn, {**entry.attributes, **{rule.attribute: values for rule in rules}})


def ids_in(schema_map: SchemaMap, resource: Resource) -> Iterator[str]:
    """Yield the ids that a resource refers to in attributes that are written."""
    for rule in schema_map.references:
        if rule.writes:
            yield from _ids(rule, resource)


def elements(rule: ReferenceRule, entry: Entry, referents: Referents) -> list[Value]:
    """Show what an entry refers to. Names that nothing visible to SCIM has are left out."""
    direct = [referents[name] for name in names_of(rule, entry) if name in referents]
    shown: list[Value] = [_element(rule, referent, is_direct=True) for referent in direct]
    if rule.writes:
        return shown
    own = [referents[entry.dn]] if entry.dn in referents else []
    above = _above([*direct, *own], referents, shown={referent.dn for referent in direct})
    return [*shown, *(_element(rule, referent, is_direct=False) for referent in above)]


def values(rule: ReferenceRule, resource: Resource, known: Mapping[str, Referent]) -> Values:
    """Return the names that a resource refers to, as the directory has them.

    Raises:
        InvalidValue: if an id is nobody's, or there is none.
    """
    names: dict[Dn, None] = {}
    if len(list(_ids(rule, resource))) < len(values_of(resource.get(rule.place.path))):
        raise InvalidValue(f"{rule.place}: each needs a value, the id of what it refers to")
    for resource_id in _ids(rule, resource):
        referent = known.get(resource_id)
        if referent is None or referent.type not in rule.types:
            kinds = " or ".join(rule.types)
            raise InvalidValue(f"{rule.place}: there is no {kinds} with the id {resource_id}")
        names[referent.dn] = None
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


def _element(rule: ReferenceRule, referent: Referent, *, is_direct: bool) -> Mapping[str, Value]:
    attribute = rule.place.resolved.attribute
    element: dict[str, Value] = {"value": referent.id}
    for name in ("display", "displayName"):
        if referent.display is not None and attribute.sub_attribute(name):
            element[name] = referent.display
    if attribute.sub_attribute("type"):
        # RFC 7643 §4.1.2: groups tell how the user belongs to them, members what they are.
        element["type"] = referent.type if rule.writes else "direct" if is_direct else "indirect"
    return element
