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

Whether the live directory can hold what a map says is left to preparation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from app.directory.dn import Dn, InvalidDn
from app.directory.filter_text import InvalidFilterText, parse_filter
from app.mapping.model import Aspect, EntryRules, Place, ReferenceRule, Rule, SchemaMap
from app.mapping.template import InvalidTemplate, Template
from app.mapping.transforms import NAMED, Transform, default_for
from app.scim.path import AttributePath, PathError, parse_path, resolve
from app.scim.schema import ResourceType
from app.store.document import Document, DocumentKind, Lookup, Problem
from app.store.schema_errors import Key

_DESCRIPTOR = r"[A-Za-z][A-Za-z0-9-]*(;[A-Za-z0-9-]+)*\Z"  # RFC 4512 §1.4, §2.5
_PLACE = re.compile(r"(?P<head>.*?)(?:\[(?P<type>[^\[\]]+)\](?P<tail>\.[^\[\]]+)?)?\Z")
_DIRECTIONS = ("both", "to_directory", "to_scim")
_MATCHINGS = ("caseIgnore", "caseExact", "none")
_ASPECTS: Mapping[Aspect, str] = {"enabled": "boolean", "password": "string"}


class InvalidMap(ValueError):
    """A map says what cannot be. ``key`` is where."""

    def __init__(self, message: str, *, key: Key) -> None:
        super().__init__(message)
        self.key = key


class RuleSchema(Schema):
    """What stands behind a SCIM attribute, where it is more than the directory attribute's name."""

    attribute = fields.String(validate=validate.Regexp(_DESCRIPTOR, error="is no attribute name (RFC 4512)"))
    account = fields.String(validate=validate.OneOf(tuple(_ASPECTS)))
    reference = fields.String(validate=validate.Regexp(_DESCRIPTOR, error="is no attribute name (RFC 4512)"))
    types = fields.List(fields.String(), load_default=["User"], validate=validate.Length(min=1))
    placeholder = fields.String()
    direction = fields.String(validate=validate.OneOf(_DIRECTIONS), load_default="both")
    transform = fields.String(validate=validate.OneOf(tuple(NAMED)))
    matching = fields.String(validate=validate.OneOf(_MATCHINGS), load_default="caseIgnore")
    untyped = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    default = fields.Raw()


class RuleField(fields.Field[dict[str, Any]]):
    """A directory attribute's name, or the keys of ``RuleSchema``."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> dict[str, Any]:
        del attr, data
        loaded: dict[str, Any] = RuleSchema().load({"attribute": value} if isinstance(value, str) else value)
        if len({"attribute", "account", "reference"} & loaded.keys()) != 1:
            raise ValidationError(
                "needs one of attribute, reference (each a directory attribute's name) and account"
            )
        return loaded


class EntrySchema(Schema):
    """What entries of the map look like."""

    object_classes = fields.List(
        fields.String(validate=validate.Regexp(_DESCRIPTOR)), required=True, validate=validate.Length(min=1)
    )
    scope = fields.String(required=True)
    rdn = fields.String(required=True, validate=validate.Regexp(_DESCRIPTOR))
    parent = fields.String(load_default="")


class SchemaMapSchema(Schema):
    """A SchemaMap document's own keys."""

    resource_type = fields.String(required=True)
    entry = fields.Nested(EntrySchema, required=True)
    attributes = fields.Dict(keys=fields.String(), values=RuleField(), required=True)


Rules = tuple[tuple[Rule, ...], tuple[ReferenceRule, ...], tuple[tuple[Aspect, AttributePath], ...]]
ResourceTypes = Mapping[str, ResourceType]


def schema_map_kind(resource_types: ResourceTypes) -> DocumentKind:
    """Make the kind of document that schema maps are, for the resource types there are."""

    def check(document: Document, _lookup: Lookup) -> Iterable[Problem]:
        try:
            build_map(document, resource_types)
        except InvalidMap as error:
            yield document.problem(error.key, str(error))

    return DocumentKind("SchemaMap", SchemaMapSchema, check)


def build_map(document: Document, resource_types: ResourceTypes) -> SchemaMap:
    """Build the map that a document describes.

    Raises:
        InvalidMap: if it does not fit the SCIM schemas, or itself.
    """
    loaded = SchemaMapSchema().load(dict(document.body))
    resource_type = resource_types.get(loaded["resource_type"])
    if resource_type is None:
        known = ", ".join(sorted(resource_types))
        raise InvalidMap(f"there is no such resource type; there are {known}", key=("resource_type",))
    reader = _Reader(resource_type)
    rules, references, aspects = reader.rules(loaded["attributes"])
    entry = _entry(loaded["entry"])
    _check_naming(entry, rules)
    return SchemaMap(document.name, resource_type, entry, rules, references, aspects)


def _entry(loaded: Mapping[str, Any]) -> EntryRules:
    return EntryRules(
        object_classes=tuple(loaded["object_classes"]),
        scope=_read(parse_filter, loaded["scope"], InvalidFilterText, key=("entry", "scope")),
        rdn=loaded["rdn"],
        parent=_read(Dn.parse, loaded["parent"], InvalidDn, key=("entry", "parent")),
    )


def _read(read: Callable[[str], Any], text: str, error: type[ValueError], *, key: Key) -> Any:
    try:
        return read(text)
    except error as problem:
        raise InvalidMap(str(problem), key=key) from problem


def _check_naming(entry: EntryRules, rules: Iterable[Rule]) -> None:
    if not any(rule.attribute.lower() == entry.rdn.lower() and rule.writes for rule in rules):
        raise InvalidMap(
            f"no attribute of the map writes {entry.rdn}, which names the entry", key=("entry", "rdn")
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    resource_type: ResourceType

    def rules(self, attributes: Mapping[str, Any]) -> Rules:
        rules: list[Rule] = []
        references: list[ReferenceRule] = []
        aspects: list[tuple[Aspect, AttributePath]] = []
        for name, loaded in attributes.items():
            place = self._place(name, takes_untyped=loaded["untyped"])
            if "account" in loaded:
                aspects.append((_aspect(loaded["account"], place, name), place.path))
            elif "reference" in loaded:
                references.append(_reference(name, place, loaded))
            else:
                rules.append(self._rule(name, place, loaded))
        _check_twice(rules)
        return tuple(rules), tuple(references), tuple(aspects)

    def _place(self, name: str, *, takes_untyped: bool) -> Place:
        found = _PLACE.match(name)
        head, kind, tail = found.group("head", "type", "tail") if found else (name, None, None)
        try:
            resolved = resolve(parse_path(head + (tail or "")), self.resource_type)
        except PathError as error:
            raise InvalidMap(str(error), key=("attributes", name)) from error
        place = Place(resolved, kind, takes_untyped)
        problem = _problem_of(place)
        if problem:
            raise InvalidMap(problem, key=("attributes", name))
        return place

    def _rule(self, name: str, place: Place, loaded: Mapping[str, Any]) -> Rule:
        return Rule(
            place=place,
            attribute=loaded["attribute"],
            transform=_transform(name, place, loaded.get("transform")),
            direction=loaded["direction"],
            matching=loaded["matching"],
            defaults=tuple(self._defaults(name, loaded.get("default"))),
        )

    def _defaults(self, name: str, default: Any) -> Iterator[Template]:
        texts = default if isinstance(default, list) else [] if default is None else [default]
        for text in texts:
            try:
                yield Template.parse(str(text), self.resource_type)
            except InvalidTemplate as error:
                raise InvalidMap(str(error), key=("attributes", name, "default")) from error


def _transform(name: str, place: Place, wanted: str | None) -> Transform:
    try:
        return NAMED[wanted] if wanted else default_for(place.resolved.leaf)
    except ValueError as error:
        raise InvalidMap(str(error), key=("attributes", name)) from error


def _problem_of(place: Place) -> str | None:
    attribute = place.resolved.attribute
    if place.path.schema is None and place.path.attribute in {"id", "meta", "schemas"}:
        return "is the service's own and cannot be mapped"
    if place.element_type and not (attribute.multi_valued and attribute.sub_attribute("type")):
        return f"has no elements of a type, so [{place.element_type}] cannot be"
    if place.is_element_part and not place.element_type:
        return f"needs the type of the element: {attribute.name}[work].{place.path.sub_attribute}"
    return None


def _aspect(account: str, place: Place, name: str) -> Aspect:
    for aspect, kind in _ASPECTS.items():
        if (
            aspect == account
            and place.resolved.leaf.type == kind
            and not place.resolved.attribute.multi_valued
        ):
            return aspect
    raise InvalidMap(
        f"cannot be the account's {account}: it is of another type", key=("attributes", name, "account")
    )


def _reference(name: str, place: Place, loaded: Mapping[str, Any]) -> ReferenceRule:
    attribute = place.resolved.attribute
    if attribute.type != "complex" or attribute.sub_attribute("value") is None or place.path.sub_attribute:
        raise InvalidMap("refers to nothing: it has no value that could be an id", key=("attributes", name))
    placeholder = loaded.get("placeholder")
    return ReferenceRule(
        place=place,
        attribute=loaded["reference"],
        types=tuple(loaded["types"]),
        direction=loaded["direction"],
        placeholder=None
        if placeholder is None
        else _read(Dn.parse, placeholder, InvalidDn, key=("attributes", name, "placeholder")),
    )


def _check_twice(rules: Iterable[Rule]) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        known = seen.setdefault(rule.attribute.lower(), rule)
        if known is not rule and known.writes and rule.writes:
            message = (
                f"{rule.attribute} is written by {known.place} already; give one of them direction: to_scim"
            )
            raise InvalidMap(message, key=("attributes", str(rule.place)))
