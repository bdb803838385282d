"""What becomes of each SCIM attribute that a client may send: found out by sending it there and back through the map.

Nothing leaves the process. References and account matters need a directory; for these the map's word is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.filters import Equals
from app.directory.model import Entry
from app.mapping.drafts import Draft
from app.mapping.model import Place, Rule, SchemaMap
from app.mapping.translate import to_entry, to_image, to_resource
from app.preparation.probes import Probe, is_reference, probes, value_for
from app.scim.errors import ScimError
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Value

Fate = Literal["kept", "changed", "lost", "refused", "beside"]
_BASE = Dn.parse("dc=example,dc=org")
_SOME_ID = "2819c223-7f76-453a-919d-413861904646"
_BESIDE = "kept by Landbridge, beside the directory"


@dataclass(frozen=True, slots=True)
class Covered:
    """A place, what becomes of a value there, and the directory attributes that hold it."""

    place: str
    fate: Fate
    attributes: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether a client gets back what it has sent."""
        return self.fate in {"kept", "beside"}


def coverage(schema_map: SchemaMap, dialect: Dialect) -> list[Covered]:
    """Say what becomes of a value at each place of the map's resource type."""
    tried = [_tried(probe, schema_map, dialect) for probe in probes(schema_map.resource_type)]
    return [*tried, *_by_word(schema_map)]


def _tried(probe: Probe, schema_map: SchemaMap, dialect: Dialect) -> Covered:
    account = [aspect for aspect, path in schema_map.aspects if str(path) == probe.place]
    if account:
        return Covered(probe.place, "kept", note=f"the account's {account[0]}")
    base = needed_attributes(schema_map)
    try:
        before = _image(schema_map, base)
        after = _image(schema_map, probe.put(base))
        returned = _returned(schema_map, after, dialect)
    except ScimError as error:
        return _refused(probe, schema_map, error.detail)
    touched = tuple(sorted(name for name, values in after.items() if before.get(name) != values))
    sent, back = _at(probe, probe.value), _at(probe, _found(probe, returned))
    if _is_back(sent, back):
        return Covered(probe.place, "kept", _holding(touched, probe, schema_map))
    if not back or not touched:
        is_beside = probe.schema is None and probe.attribute.name == "externalId"
        return Covered(probe.place, "beside" if is_beside else "lost", touched, _BESIDE if is_beside else "")
    return Covered(probe.place, "changed", touched, f"{_told(sent)} comes back as {_told(back)}")


def _refused(probe: Probe, schema_map: SchemaMap, detail: str) -> Covered:
    rules = _rules(probe, schema_map)
    if rules and all(rule.writes and rule.reads for rule in rules):
        names = tuple(sorted({each.attribute for each in rules}))
        return Covered(probe.place, "kept", names, "values of the form that the rule asks for")
    return Covered(probe.place, "refused", note=detail)


def _rules(probe: Probe, schema_map: SchemaMap) -> list[Rule]:
    return [rule for rule in schema_map.rules if str(rule.place).lower() == probe.place.lower()]


def _holding(touched: Sequence[str], probe: Probe, schema_map: SchemaMap) -> tuple[str, ...]:
    """Name the rules' own attributes first: others may be made of the value besides."""
    own = tuple(rule.attribute for rule in _rules(probe, schema_map) if rule.writes)
    near = {
        rule.attribute
        for rule in schema_map.rules
        if rule.place.path.attribute == probe.attribute.name and rule.place.path.schema == probe.schema
    }
    return own or tuple(name for name in touched if name in near) or tuple(touched)


def needed_attributes(schema_map: SchemaMap, *, text: str = "base") -> Draft:
    """Make the attributes that every resource of the map needs; ``text`` is its name."""
    resource_type = schema_map.resource_type
    made: Draft = {each.name: text for each in resource_type.schema.attributes if each.required}
    for rule in schema_map.rules:
        if rule.required or rule.attribute == schema_map.entry.rdn:
            made = _put(made, rule.place)
    return made


def _put(made: Draft, place: Place) -> Draft:
    path, attribute = place.path, place.resolved.attribute
    if path.schema is None and path.attribute in made:
        return made
    value: Value = value_for(place.resolved.leaf, attribute.name)
    if place.is_elements or place.is_element_part:
        kind: Draft = {"type": place.element_type} if place.element_type else {}
        value = [{path.sub_attribute or "value": value, **kind}]
    elif path.sub_attribute:
        value = {path.sub_attribute: value}
    elif attribute.multi_valued:
        value = [value]
    return Probe(attribute, path.schema, value).put(made)


def _image(schema_map: SchemaMap, attributes: Draft) -> Mapping[str, tuple[bytes, ...]]:
    image = to_image(schema_map, Resource(schema_map.resource_type, attributes))
    return to_entry(schema_map, image, _BASE).attributes


def _returned(
    schema_map: SchemaMap, attributes: Mapping[str, tuple[bytes, ...]], dialect: Dialect
) -> Resource:
    identity = dialect.has_id(_SOME_ID)
    own = {identity.attribute: (identity.value,)} if isinstance(identity, Equals) else {}
    return to_resource(schema_map, Entry.of(_BASE, {**attributes, **own}), dialect)


def _found(probe: Probe, returned: Resource) -> Value:
    attributes = returned.attributes.get(probe.schema) if probe.schema else returned.attributes
    return attributes.get(probe.attribute.name) if is_complex(attributes) else None


def _at(probe: Probe, value: Value) -> list[Value]:
    """Return what stands at the probe's place in an attribute's value."""
    if probe.attribute.type != "complex":
        return list(values_of(value))
    elements = [each for each in values_of(value) if is_complex(each)]
    own = [each for each in elements if probe.element_type in {None, each.get("type")}]
    return [found for each in own if (found := each.get(probe.sub_attribute or "value")) is not None]


def _is_back(sent: list[Value], back: list[Value]) -> bool:
    return all(value in back for value in sent)


def _told(values: list[Value]) -> str:
    return ", ".join(map(str, values))


def _by_word(schema_map: SchemaMap) -> Iterator[Covered]:
    """Take the map's word for references and passwords."""
    resource_type = schema_map.resource_type
    for schema in resource_type.schemas:
        urn = "" if schema is resource_type.schema else f"{schema.id}:"
        for attribute in schema.attributes:
            place = f"{urn}{attribute.name}"
            if attribute.returned == "never":
                account = [aspect for aspect, path in schema_map.aspects if str(path) == place]
                note = f"the account's {account[0]}" if account else ""
                yield Covered(place, "kept" if account else "lost", note=note)
            elif is_reference(attribute):
                names = tuple(r.attribute for r in schema_map.references if str(r.place) == place)
                if names or attribute.mutability != "readOnly":
                    yield Covered(place, "kept" if names else "lost", names)
