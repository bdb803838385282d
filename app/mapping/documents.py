"""Reading schema maps from their documents, against the SCIM schemas.

    kind: SchemaMap
    name: people
    resource_type: User
    entry:
      object_classes: [inetOrgPerson]
      scope: (objectClass=inetOrgPerson)
      rdn: uid
      parent: ou=People
    attributes:
      userName: uid
      name.familyName: {attribute: sn, default: "{userName}"}
      emails[work]: {attribute: mail, untyped: true}
      active: {account: enabled}

What a document may say by itself is left to ``language``, what it says of attributes to ``rules``, what it takes from
another to ``inheritance``; whether the live directory can hold what a map says is left to preparation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from marshmallow import ValidationError

from app.directory.filter_text import InvalidFilterText, parse_filter
from app.directory.ldif import is_secret
from app.mapping.inheritance import completed
from app.mapping.language import InvalidMap, SchemaMapSchema
from app.mapping.model import EntryRules, Fixed, ReferenceRule, Rule, SchemaMap
from app.mapping.rules import RuleReader, read_text
from app.mapping.transforms import BINARY
from app.scim.schema import ResourceType
from app.store.document import Document, DocumentKind, Lookup, Problem, Snapshot

MOST_REMEMBERED = 1000
"""How many maps are known to be sound, at most, before they are forgotten."""
ALONE: Lookup = Snapshot(0, {})
"""No other documents."""

ResourceTypes = Mapping[str, ResourceType]


def schema_map_kind(resource_types: ResourceTypes) -> DocumentKind:
    """Make the kind of document that schema maps are, for the resource types there are."""
    # All maps are looked at whenever any document changes, and most of them are as they were.
    sound: set[str] = set()

    def check(document: Document, lookup: Lookup) -> Iterable[Problem]:
        try:
            whole = completed(document, lookup)
            if whole.digest not in sound:
                _build(whole, resource_types)
                if len(sound) >= MOST_REMEMBERED:
                    sound.clear()
                sound.add(whole.digest)
        except InvalidMap as error:
            yield document.problem(error.key, str(error))

    return DocumentKind("SchemaMap", SchemaMapSchema, check)


def build_map(document: Document, resource_types: ResourceTypes, lookup: Lookup = ALONE) -> SchemaMap:
    """Build the map that a document describes; ``lookup`` has those that it extends.

    Raises:
        InvalidMap: if it does not fit the SCIM schemas, or itself.
    """
    return _build(completed(document, lookup), resource_types)


def _build(document: Document, resource_types: ResourceTypes) -> SchemaMap:
    try:
        loaded = SchemaMapSchema().load(dict(document.body))
    except ValidationError as error:
        # The document was checked by another version.
        raise InvalidMap(f"is not as this version reads it: {error.messages}", key=()) from error
    resource_type = resource_types.get(loaded["resource_type"])
    if resource_type is None:
        known = ", ".join(sorted(resource_types))
        raise InvalidMap(f"there is no such resource type; there are {known}", key=("resource_type",))
    reader = RuleReader(resource_type)
    rules, references, aspects = reader.rules(loaded["attributes"])
    fixed = tuple(reader.fixed(loaded["entry"]["attributes"], (*rules, *references)))
    unmapped = loaded["unmapped"]
    keeps = unmapped["keep"] if isinstance(unmapped, dict) else None
    entry = EntryRules(
        attributes=fixed,
        auxiliary_classes=tuple(
            reader.auxiliary_classes(
                loaded["entry"]["auxiliary_classes"],
                [*([keeps] if keeps else []), *_names(rules), *_names(references), *_names(fixed)],
            )
        ),
        object_classes=tuple(loaded["entry"]["object_classes"]),
        scope=read_text(parse_filter, loaded["entry"]["scope"], InvalidFilterText, key=("entry", "scope")),
        rdn=_naming(loaded["entry"]["rdn"], rules, fixed),
        locations=reader.locations(loaded["entry"]["parent"], creates=loaded["entry"]["create_parents"]),
        creates_parents=loaded["entry"]["create_parents"],
    )
    _check_keeping(keeps, [*_names(rules), *_names(references), *_names(fixed)])
    return SchemaMap(
        document.name,
        resource_type,
        entry,
        rules,
        references,
        aspects,
        unmapped="keep" if keeps else unmapped,
        keeps=keeps,
    )


def _names(each: Iterable[Rule | ReferenceRule | Fixed]) -> list[str]:
    return [rule.attribute for rule in each]


def _check_keeping(keeps: str | None, others: Iterable[str]) -> None:
    used = {"objectclass", *(name.lower() for name in others)}
    if keeps is not None and (keeps.lower() in used or is_secret(keeps)):
        raise InvalidMap("is a secret, or is used by something else already", key=("unmapped", "keep"))


def _naming(rdn: str, rules: Iterable[Rule], fixed: Iterable[Fixed]) -> str:
    """Find what names entries, and return the attribute as it spells it."""
    for each in fixed:
        # A constant would name one entry, and no second.
        if each.attribute.lower() == rdn.lower() and not each.is_constant:
            return each.attribute
    for rule in rules:
        if rule.attribute.lower() == rdn.lower() and rule.writes:
            if rule.transform is BINARY:
                raise InvalidMap(f"{rule.attribute} is binary, which names nothing", key=("entry", "rdn"))
            return rule.attribute
    raise InvalidMap(f"no attribute of the map writes {rdn}, which names the entry", key=("entry", "rdn"))
