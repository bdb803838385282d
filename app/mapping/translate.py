"""From entries to resources and from resources to entries, by a map.

Changes to an entry are the difference between what two resources look like as entries, so what a request does not
touch is never written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from app.directory.dialects.base import Account, Dialect
from app.directory.dn import Ava, Dn, Rdn
from app.directory.model import Add, Change, Entry, Modify, Operation, Rename, Values, same_values
from app.directory.text import prepare
from app.mapping import fixed, references
from app.mapping.model import Place, ReferenceRule, Rule, SchemaMap
from app.mapping.references import Referent, Referents
from app.mapping.transforms import generalized_time_to_scim, value_of_text
from app.scim.errors import InvalidValue
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Value

Draft: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Image:
    """What a resource looks like as an entry: attributes by the map's names, and its account matters."""

    attributes: Mapping[str, Values]
    account: Account = field(default_factory=Account)


NOBODY: Referents = {}
UNKNOWN: Mapping[str, Referent] = {}


def to_resource(
    schema_map: SchemaMap, entry: Entry, dialect: Dialect, referents: Referents = NOBODY
) -> Resource:
    """Show an entry as a resource, with ``id`` and ``meta``, as far as its attributes were fetched.

    ``referents`` are those that the entry refers to, as far as they are wanted and could be found.
    """
    draft: Draft = {"id": dialect.id_of(entry), "meta": _meta(schema_map, entry, dialect)}
    for rule in schema_map.rules:
        if rule.reads:
            _place_values(draft, rule, entry)
    for reference in schema_map.references:
        _place_references(draft, reference, references.elements(reference, entry, referents))
    _mark_primary(draft, schema_map)
    enabled = schema_map.path_of("enabled")
    if enabled:
        _attributes_at(draft, enabled)[enabled.attribute] = dialect.is_enabled(entry)
    return Resource(schema_map.resource_type, draft)


def to_image(schema_map: SchemaMap, resource: Resource, known: Mapping[str, Referent] = UNKNOWN) -> Image:
    """Show a resource as an entry. ``known`` are those that it refers to, by their ids.

    Raises:
        InvalidValue: if a value has no form in the directory, or refers to nobody.
    """
    attributes = fixed.values(schema_map.entry, resource)
    for rule in schema_map.rules:
        if rule.writes:
            values = tuple(values_at(rule, resource)) or _default(rule, resource)
            attributes[rule.attribute] = _distinct(rule, values)
    for reference in schema_map.references:
        if reference.writes:
            attributes[reference.attribute] = references.values(reference, resource, known)
    return Image(
        {name: values for name, values in attributes.items() if values}, _account(schema_map, resource)
    )


def to_entry(schema_map: SchemaMap, image: Image, base: Dn) -> Add:
    """Make the entry to add below the domain's base.

    Raises:
        InvalidValue: if nothing names the entry.
    """
    parent = Dn((*schema_map.entry.parent.rdns, *base.rdns))
    classes = tuple(name.encode() for name in schema_map.entry.object_classes)
    attributes = {"objectClass": classes, **image.attributes}
    for rule in schema_map.references:
        if rule.placeholder is not None:
            attributes[rule.attribute] = (str(rule.placeholder).encode(), *attributes.get(rule.attribute, ()))
    naming = schema_map.entry.rdn
    return Add(parent.below(Rdn.of(naming, _naming_value(schema_map, naming, image))), attributes)


def changes(schema_map: SchemaMap, entry: Entry, *, before: Image, after: Image) -> list[Operation]:
    """Say what turns one image of an entry into the other: a rename, a modify, both or nothing."""
    operations: list[Operation] = []
    rdn = _rdn_after(schema_map, entry.dn.rdn, before=before, after=after)
    if rdn != entry.dn.rdn:
        rename = Rename(entry.dn, rdn)
        operations.append(rename)
        entry = _renamed(entry, rename)
    touched = [
        change
        for rule in schema_map.rules
        if rule.changes and before.attributes.get(rule.attribute) != after.attributes.get(rule.attribute)
        for change in _changes(rule, entry, after.attributes.get(rule.attribute, ()))
    ]
    for reference in schema_map.references:
        touched += _reference_changes(reference, entry, before=before, after=after)
    touched += fixed.changes(schema_map.entry, entry, before=before.attributes, after=after.attributes)
    if touched:
        operations.append(Modify(entry.dn, tuple(touched)))
    return operations


def _changes(rule: Rule, entry: Entry, after: Values) -> Iterator[Change]:
    """Put ``after`` in the place of the values that SCIM shows; all others are somebody else's and stay.

    Where nothing takes their place all that SCIM could show goes, or another value would be shown instead.
    """
    present = entry.values(rule.attribute)
    shown = list(present) if not rule.reads else _shown(rule, entry) if after else _readable(rule, entry)
    known = {_canonical(rule, raw): raw for raw in reversed(shown)}
    wanted = _distinct(
        rule, (*(known.get(value, value) for value in after), *(v for v in present if v not in shown))
    )
    if wanted == present:
        return
    # The first value is the primary one, so another first value is another order. Values of attributes without an
    # equality rule cannot be deleted one by one.
    if rule.matching == "none" or wanted[:1] != present[:1] or same_values(wanted, present):
        yield Change("replace", rule.attribute, wanted)
        return
    removed = tuple(value for value in present if value not in wanted)
    added = tuple(value for value in wanted if value not in present)
    if removed:
        yield Change("delete", rule.attribute, removed)
    if added:
        yield Change("add", rule.attribute, added)


def _canonical(rule: Rule, raw: bytes) -> bytes:
    try:
        return rule.transform.to_directory(rule.transform.to_scim(raw))
    except ValueError:
        return raw


def _distinct(rule: Rule, values: Iterable[bytes]) -> Values:
    """Leave out values that the directory would find equal to one before them."""
    folds = rule.transform.is_text and rule.matching == "caseIgnore"
    kept: dict[object, bytes] = {}
    for value in values:
        kept.setdefault(prepare(value.decode("utf-8", "replace")) if folds else value, value)
    return tuple(kept.values())


def _reference_changes(rule: ReferenceRule, entry: Entry, *, before: Image, after: Image) -> Iterator[Change]:
    """Change references one by one, by what the two images differ in."""
    old, new = before.attributes.get(rule.attribute, ()), after.attributes.get(rule.attribute, ())
    removed = tuple(value for value in old if value not in new)
    added = tuple(value for value in new if value not in old)
    present = entry.values(rule.attribute)
    if rule.placeholder is not None and removed and not added and len(present) == len(removed):
        added = (str(rule.placeholder).encode(),)
    # Added first, so that the attribute is never empty where its object class demands a value.
    if added:
        yield Change("add", rule.attribute, added)
    if removed:
        yield Change("delete", rule.attribute, removed)


def _rdn_after(schema_map: SchemaMap, rdn: Rdn, *, before: Image, after: Image) -> Rdn:
    """Name the entry by what the attributes that name it have become, whichever these are."""
    return Rdn(tuple(_ava_after(schema_map, ava, before=before, after=after) for ava in rdn.avas))


def _ava_after(schema_map: SchemaMap, ava: Ava, *, before: Image, after: Image) -> Ava:
    if fixed.is_anothers(schema_map.entry, ava, before.attributes):
        return ava
    names = [rule.attribute for rule in schema_map.rules if rule.changes]
    written = {name.lower(): name for name in (*names, *(f.attribute for f in schema_map.entry.attributes))}
    attribute = written.get(ava.attribute.lower(), "")
    values = after.attributes.get(attribute, ())
    if before.attributes.get(attribute, ()) == values or ava.value.encode() in values:
        return ava
    return Ava(ava.attribute, _naming_value(schema_map, attribute, after))


def _renamed(entry: Entry, rename: Rename) -> Entry:
    """Work out what an entry is after a rename."""
    attributes = dict(entry.attributes)
    for old, new in zip(entry.dn.rdn.avas, rename.rdn.avas, strict=True):
        name = old.attribute.lower()
        others = (
            value for value in entry.values(name) if not _is_named(old, value) and not _is_named(new, value)
        )
        attributes[name] = (new.value.encode(), *others)
    return Entry(rename.new_dn, attributes)


def _is_named(ava: Ava, value: bytes) -> bool:
    return Ava(ava.attribute, value.decode("utf-8", "replace")).key == ava.key


def _naming_value(schema_map: SchemaMap, attribute: str, image: Image) -> str:
    values = image.attributes.get(attribute, ())
    if not values:
        raise InvalidValue(f"nothing names the entry: {_sources(schema_map, attribute)} is required")
    return values[0].decode()


def _sources(schema_map: SchemaMap, attribute: str) -> str:
    return (
        " or ".join(str(rule.place) for rule in schema_map.rules if rule.attribute == attribute) or attribute
    )


def _account(schema_map: SchemaMap, resource: Resource) -> Account:
    enabled, password = schema_map.path_of("enabled"), schema_map.path_of("password")
    is_enabled = resource.get(enabled) if enabled else None
    secret = resource.get(password) if password else None
    return Account(
        enabled=is_enabled if isinstance(is_enabled, bool) else None,
        password=secret if isinstance(secret, str) else None,
    )


def _meta(schema_map: SchemaMap, entry: Entry, dialect: Dialect) -> Draft:
    meta: Draft = {"resourceType": schema_map.resource_type.name}
    for name, attribute in (
        ("created", dialect.created_attribute),
        ("lastModified", dialect.modified_attribute),
    ):
        for value in entry.values(attribute)[:1]:
            meta[name] = generalized_time_to_scim(value)
    version = dialect.version_of(entry)
    if version:
        meta["version"] = f'"{version}"'
    return meta


# From a resource's values to the directory's


def values_at(rule: Rule, resource: Resource) -> Iterator[bytes]:
    """Yield the directory values of what stands at a rule's place; raise InvalidValue."""
    for value in _scim_values(rule.place, resource):
        try:
            yield rule.transform.to_directory(value)
        except ValueError as error:
            raise InvalidValue(f"{rule.place} {error}") from error


def _scim_values(place: Place, resource: Resource) -> Iterator[Value]:
    is_of_elements = place.is_elements or place.is_element_part
    found = _element_values(place, resource) if is_of_elements else values_of(resource.get(place.path))
    # Directories have no empty values: the empty text is no value there.
    yield from (value for value in found if value is not None and value != "")


def _element_values(place: Place, resource: Resource) -> list[Value]:
    elements = [element for element in _elements(resource, place.path) if _belongs(element, place)]
    elements.sort(key=lambda element: element.get("primary") is not True)
    if place.is_element_part:
        elements = elements[:1]
    return [element.get(place.path.sub_attribute or "value") for element in elements]


def _elements(resource: Resource, path: AttributePath) -> Iterator[Mapping[str, Value]]:
    for element in values_of(resource.get(path.parent)):
        if is_complex(element):
            yield element


def _belongs(element: Mapping[str, Value], place: Place) -> bool:
    kind = element.get("type")
    if place.element_type is None:
        return True
    if not kind:
        return place.takes_untyped
    return str(kind).lower() == place.element_type.lower()


def _default(rule: Rule, resource: Resource) -> Values:
    for template in rule.defaults:
        text = template.fill(resource)
        if text:
            return (_default_value(rule, text),)
    return ()


def _default_value(rule: Rule, text: str) -> bytes:
    try:
        return rule.transform.to_directory(value_of_text(text, rule.place.resolved.leaf))
    except ValueError as error:
        raise InvalidValue(f"{rule.place}: its default {error}") from error


# From the directory's values to a resource's


def _place_values(draft: Draft, rule: Rule, entry: Entry) -> None:
    values = shown_values(rule, entry)
    if not values:
        return
    path = rule.place.path
    attributes = _attributes_at(draft, path)
    if rule.place.is_elements:
        kind: Draft = {"type": rule.place.element_type} if rule.place.element_type else {}
        _list_at(attributes, path.attribute).extend({"value": value, **kind} for value in values)
    elif rule.place.is_element_part:
        _element_of(attributes, rule.place)[path.sub_attribute or "value"] = values[0]
    elif path.sub_attribute:
        _complex_at(attributes, path.attribute)[path.sub_attribute] = values[0]
    else:
        attributes[path.attribute] = list(values) if rule.place.resolved.attribute.multi_valued else values[0]


def _place_references(draft: Draft, rule: ReferenceRule, found: list[Value]) -> None:
    if found:
        path = rule.place.path
        is_list = rule.place.resolved.attribute.multi_valued
        _attributes_at(draft, path)[path.attribute] = found if is_list else found[0]


def shown_values(rule: Rule, entry: Entry) -> list[Value]:
    """Return what SCIM shows of a rule's attribute."""
    return [rule.transform.to_scim(raw) for raw in _shown(rule, entry)]


def _shown(rule: Rule, entry: Entry) -> list[bytes]:
    """Return the values that SCIM shows: those that can be read, and of them as many as the attribute has.

    Where there are several, that by which the entry is named comes first.
    """
    naming = [ava for ava in entry.dn.rdn.avas if ava.attribute.lower() == rule.attribute.lower()]
    readable = _readable(rule, entry)
    readable.sort(key=lambda raw: not any(_is_named(ava, raw) for ava in naming))
    is_list = rule.place.resolved.attribute.multi_valued and not rule.place.is_element_part
    return readable if is_list else readable[:1]


def _readable(rule: Rule, entry: Entry) -> list[bytes]:
    return [raw for raw in entry.values(rule.attribute) if _is_readable(rule, raw)]


def _is_readable(rule: Rule, raw: bytes) -> bool:
    try:
        rule.transform.to_scim(raw)
    except ValueError:
        return False
    return True


def _attributes_at(draft: Draft, path: AttributePath) -> Draft:
    return _complex_at(draft, path.schema) if path.schema else draft


def _complex_at(draft: Draft, name: str) -> Draft:
    found = draft.setdefault(name, {})
    assert isinstance(found, dict)  # noqa: S101 - drafts are made here
    return found


def _list_at(draft: Draft, name: str) -> list[Value]:
    found = draft.setdefault(name, [])
    assert isinstance(found, list)  # noqa: S101 - drafts are made here
    return found


def _element_of(attributes: Draft, place: Place) -> Draft:
    elements = _list_at(attributes, place.path.attribute)
    for element in elements:
        if isinstance(element, dict) and element.get("type") == place.element_type:
            return element
    made: Draft = {"type": place.element_type} if place.element_type else {}
    elements.append(made)
    return made


def _mark_primary(draft: Draft, schema_map: SchemaMap) -> None:
    """Call an attribute's first value primary where one directory attribute holds all of them.

    Directories keep no such mark; writing puts the primary value first, and servers keep the order in practice.
    """
    for rules in schema_map.rules_by_attribute.values():
        place = rules[0].place
        if not place.is_elements or place.resolved.attribute.sub_attribute("primary") is None:
            continue
        holder = draft.get(place.path.schema) if place.path.schema else draft
        elements = values_of(holder.get(place.path.attribute)) if is_complex(holder) else ()
        kinds = {element.get("type") for element in elements if is_complex(element)}
        first = elements[0] if elements else None
        if len(kinds) == 1 and isinstance(first, dict):
            first["primary"] = True
