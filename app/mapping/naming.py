"""What names an entry, and how its name follows the resource."""

from __future__ import annotations

from app.directory.dn import Ava, Dn, Rdn
from app.directory.model import Entry, Rename
from app.mapping import fixed
from app.mapping.image import Image
from app.mapping.model import SchemaMap
from app.mapping.shown import is_named
from app.scim.errors import InvalidValue


def rdn_after(schema_map: SchemaMap, rdn: Rdn, *, before: Image, after: Image) -> Rdn:
    """Name the entry by what the attributes that name it have become, whichever these are."""
    return Rdn(tuple(_ava_after(schema_map, ava, before=before, after=after) for ava in rdn.avas))


def _ava_after(schema_map: SchemaMap, ava: Ava, *, before: Image, after: Image) -> Ava:
    if fixed.is_anothers(schema_map.entry, ava, before.attributes):
        return ava
    attribute = schema_map.naming.get(ava.attribute.lower(), "")
    values = after.attributes.get(attribute, ())
    if before.attributes.get(attribute, ()) == values or ava.value.encode() in values:
        return ava
    return Ava(ava.attribute, naming_value(schema_map, attribute, after))


def renamed(entry: Entry, rename: Rename) -> Entry:
    """Work out what an entry is after a rename."""
    attributes = dict(entry.attributes)
    for old, new in zip(entry.dn.rdn.avas, rename.rdn.avas, strict=True):
        name = old.attribute.lower()
        others = (
            value for value in entry.values(name) if not is_named(old, value) and not is_named(new, value)
        )
        attributes[name] = (new.value.encode(), *others)
    return Entry(rename.new_dn, attributes)


def naming_value(schema_map: SchemaMap, attribute: str, image: Image) -> str:
    """Return the value that names an entry; raise InvalidValue where there is none."""
    values = image.attributes.get(attribute, ())
    if not values:
        raise InvalidValue(f"nothing names the entry: {_sources(schema_map, attribute)} is required")
    return values[0].decode()


def _sources(schema_map: SchemaMap, attribute: str) -> str:
    return (
        " or ".join(str(rule.place) for rule in schema_map.rules if rule.attribute == attribute) or attribute
    )


def container(schema_map: SchemaMap, image: Image, base: Dn) -> Dn:
    """Name the container of a new entry; raise InvalidValue where the map cannot tell."""
    if image.parent is None:
        paths = (str(path) for location in schema_map.entry.locations for path in location.paths)
        raise InvalidValue(f"nothing says where the entry goes: see {', '.join(dict.fromkeys(paths))}")
    return Dn((*image.parent.rdns, *base.rdns))


def parent_after(entry: Entry, base: Dn, *, before: Image, after: Image) -> Dn | None:
    """Name the container that an entry moves to; None where it stays, as it does where somebody else has put it."""
    if before.parent is None or after.parent is None or before.parent == after.parent:
        return None
    is_ours = entry.dn.parent == Dn((*before.parent.rdns, *base.rdns))
    return Dn((*after.parent.rdns, *base.rdns)) if is_ours else None
