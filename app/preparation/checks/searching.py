"""Whether filters find all that they mean, and by an index: what a map promises of matching, and what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.directory.indexes import Index, Kind, indexes_for
from app.directory.schema import AttributeType
from app.mapping.model import Rule, SchemaMap
from app.mapping.transforms import GENERALIZED_TIME
from app.preparation import map_codes as codes
from app.preparation.finding import Finding
from app.preparation.live import Live
from app.preparation.products import LINKS
from app.store.schema_errors import Key

_OFTEN = frozenset({"username", "externalid", "emails", "displayname", "members", "groups"})
"""What clients look resources up by, in lower case."""
_INDEX = "Have the directory index {name} ({kind})."
_HOW: Mapping[str, str] = {
    "openldap": "landbridge prepare DOMAIN does it: olcDbIndex of the database, {name} for {kind}.",
    "active-directory": "Set bit 1 of searchFlags in the schema's entry of {name}, as one of the Schema Admins.",
    "ad-lds": "Set bit 1 of searchFlags in the schema's entry of {name}.",
    "389ds": "Run dsconf INSTANCE backend index add --attr {name} --index-type eq --reindex BACKEND.",
}
"""How products are told to keep an index."""


def check_searching(schema_map: SchemaMap, live: Live) -> Iterator[Finding]:
    """Find promises that the directory does not keep, and indexes that it does not have."""
    for rule in schema_map.rules:
        attribute = live.schema.attribute(rule.attribute)
        if attribute is not None and rule.reads:
            yield from _matching(rule, attribute, ("attributes", str(rule.place)))
    yield from _indexes(schema_map, live)


def _matching(rule: Rule, attribute: AttributeType, key: Key) -> Iterator[Finding]:
    if rule.matching == "none":
        yield from _unused(rule, attribute, key)
    elif rule.transform.is_text:
        yield from _text(rule, attribute, key)
    elif rule.matching == "typed" or rule.transform.is_one_to_one or rule.transform.name == "boolean":
        yield from _typed(rule, attribute, key)


def _unused(rule: Rule, attribute: AttributeType, key: Key) -> Iterator[Finding]:
    if rule.transform.is_text and attribute.equality and _ignores_case(attribute.equality):
        has_parts = "" if attribute.substrings else ", with substrings: false"
        seen = f"{attribute.name} can be compared ({attribute.equality})."
        yield Finding(codes.UNUSED_RULE, seen, f"Leave matching: none out{has_parts}.", key)


def _text(rule: Rule, attribute: AttributeType, key: Key) -> Iterator[Finding]:
    name = attribute.name
    if attribute.equality is None:
        yield Finding(
            codes.NO_EQUALITY, f"{name} has no rule for equality.", "Give the rule matching: none.", key
        )
        return
    if rule.matching == "caseIgnore" and not _ignores_case(attribute.equality):
        seen = f"{name} is compared by {attribute.equality}, which tells upper from lower case."
        yield Finding(codes.CASE_EXACT, seen, "Give the rule matching: caseExact.", key)
    if rule.substrings and attribute.substrings is None:
        seen = f"{name} has no rule for substrings."
        yield Finding(codes.NO_SUBSTRINGS, seen, "Give the rule substrings: false.", key)
    if not rule.substrings and attribute.substrings is not None:
        seen = f"{name} can be searched for parts ({attribute.substrings})."
        yield Finding(codes.UNUSED_RULE, seen, "Leave substrings: false out.", key)


def _typed(rule: Rule, attribute: AttributeType, key: Key) -> Iterator[Finding]:
    if attribute.equality is None:
        seen = f"{attribute.name} has no rule for equality."
        yield Finding(codes.NO_EQUALITY, seen, "Give the rule matching: none.", key)
    needs_order = rule.transform.is_ordered or rule.transform is GENERALIZED_TIME
    if rule.matching == "typed" and needs_order and attribute.ordering is None:
        seen = f"{attribute.name} has no rule for ordering."
        yield Finding(codes.NO_ORDERING, seen, "Leave matching: typed out.", key)


def _ignores_case(rule: str) -> bool:
    return not rule.lower().startswith(("caseexact", "octetstring"))


def _indexes(schema_map: SchemaMap, live: Live) -> Iterator[Finding]:
    if live.indexes is None:
        return
    for index, key in wanted_indexes(schema_map, live).items():
        attribute = live.schema.attribute(index[0])
        if attribute is not None and not is_indexed(index, live):
            seen = f"{attribute.name} has no index for {index[1]}."
            fix = _HOW.get(live.dialect.name, _INDEX).format(name=attribute.name, kind=index[1])
            yield Finding(codes.NO_INDEX, seen, fix, key)


def is_indexed(index: Index, live: Live) -> bool:
    """Tell whether the directory answers such conditions by an index, as far as it lets us see that."""
    name, kind = index
    attribute = live.schema.attribute(name)
    if attribute is None or live.indexes is None:
        return True
    is_link = live.dialect.name in LINKS and attribute.equality == "distinguishedNameMatch"
    return is_link or kind in live.indexes.get(attribute.oid, frozenset())


def wanted_indexes(schema_map: SchemaMap, live: Live) -> dict[Index, Key]:
    """Name the indexes for what clients send all the time, and the keys of the map that are behind each."""
    equality: Kind = "equality"
    wanted: dict[Index, Key] = {(live.dialect.id_attribute, equality): ()}
    of_scope = indexes_for(schema_map.entry.scope)
    # One of them is enough: what it finds is few.
    if not any(is_indexed(index, live) for index in of_scope):
        wanted |= dict.fromkeys(of_scope[:1], ("entry", "scope"))
    for place, name in (
        *((rule.place, rule.attribute) for rule in schema_map.rules if rule.reads),
        *((rule.place, rule.attribute) for rule in schema_map.references if rule.direction != "to_directory"),
    ):
        if place.path.attribute.lower() in _OFTEN:
            wanted.setdefault((name, equality), ("attributes", str(place)))
    for rule in schema_map.references:
        if rule.by is not None:
            wanted.setdefault((rule.by, equality), ("attributes", str(rule.place)))
    # Who is referred to by name is looked up by what the name begins with, whatever kind of entry it may be.
    wanted.setdefault((schema_map.entry.rdn, equality), ("entry", "rdn"))
    return wanted
