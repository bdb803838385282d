"""Reading the rules of a map: what stands behind each SCIM attribute, against the SCIM schemas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.directory.dn import Dn, InvalidDn
from app.directory.ldif import is_secret
from app.mapping.language import ASPECTS, InvalidMap
from app.mapping.location import Location
from app.mapping.model import Aspect, AuxiliaryClass, Fixed, Place, ReferenceRule, Rule
from app.mapping.named_transforms import Step, make_transform
from app.mapping.source_reader import SourceReader
from app.mapping.sources import Source
from app.mapping.transforms import INTEGER, TEXT, Transform, default_for, value_of_text
from app.scim.path import AttributePath, PathError, parse_path, resolve
from app.scim.schema import ResourceType
from app.store.schema_errors import Key

_PLACE = re.compile(r"(?P<head>.*?)(?:\[(?P<type>[^\[\]]+)\](?P<tail>\.[^\[\]]+)?)?\Z")
_TYPE = re.compile(r"[\w.-]+")

Rules = tuple[tuple[Rule, ...], tuple[ReferenceRule, ...], tuple[tuple[Aspect, AttributePath], ...]]


def read_text(read: Callable[[str], Any], text: str, error: type[ValueError], *, key: Key) -> Any:
    """Read a text of a map; raise InvalidMap where it says nothing."""
    try:
        return read(text)
    except error as problem:
        raise InvalidMap(str(problem), key=key) from problem


@dataclass(frozen=True, slots=True)
class RuleReader:
    """Reads what a map says of attributes, for a resource type."""

    resource_type: ResourceType

    @property
    def _sources(self) -> SourceReader:
        return SourceReader(self.resource_type)

    def rules(self, attributes: Mapping[str, Any]) -> Rules:
        """Read the rules; raise InvalidMap."""
        rules: list[Rule] = []
        references: list[ReferenceRule] = []
        aspects: list[tuple[Aspect, AttributePath]] = []
        for name, loaded in attributes.items():
            place = self._place(name, takes_untyped=loaded["untyped"])
            if "account" in loaded:
                aspects.append((_aspect(loaded["account"], place, name), place.path))
            elif "reference" in loaded:
                references.append(self._reference(name, place, loaded))
            else:
                rules.append(self._rule(name, place, loaded))
        _check_twice([*rules, *references])
        _check_reading(rules)
        return tuple(rules), tuple(references), tuple(aspects)

    def fixed(
        self, attributes: Mapping[str, Sequence[Mapping[str, Any]]], rules: Iterable[Rule | ReferenceRule]
    ) -> Iterator[Fixed]:
        """Read what is written besides the rules; raise InvalidMap."""
        written = {"objectclass", *(rule.attribute.lower() for rule in rules if rule.writes)}
        for name, loaded in attributes.items():
            key = ("entry", "attributes", name)
            if name.lower() in written or is_secret(name):
                raise InvalidMap("is a secret, or is written by something else already", key=key)
            written.add(name.lower())
            yield Fixed(name, self._sources.sources(loaded, attribute=name, key=key))

    def auxiliary_classes(
        self, classes: Mapping[str, Mapping[str, Any]], written: Iterable[str]
    ) -> Iterator[AuxiliaryClass]:
        """Read when auxiliary classes are given to entries; raise InvalidMap."""
        known = {name.lower() for name in written}
        for name, loaded in classes.items():
            key = ("entry", "auxiliary_classes", name)
            attributes = tuple(loaded.get("attributes", ()))
            unknown = [each for each in attributes if each.lower() not in known]
            if unknown:
                raise InvalidMap(f"the map writes no {', '.join(unknown)}", key=(*key, "attributes"))
            when = self._sources.condition(loaded.get("when"), key=(*key, "when"))
            yield AuxiliaryClass(name, attributes, when)

    def locations(self, loaded: Iterable[Mapping[str, Any]], *, creates: bool) -> tuple[Location, ...]:
        """Read where entries go; raise InvalidMap."""
        locations = self._sources.locations(loaded, key=("entry", "parent"))
        kinds = {
            ava.attribute.lower()
            for each in locations
            for name in each.names
            for rdn in name.rdns
            for ava in rdn.avas
        }
        if creates and kinds - {"ou"}:
            raise InvalidMap("makes containers that are named by ou alone", key=("entry", "create_parents"))
        return locations

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
        transform = _transform(name, place, loaded.get("transform"))
        rule = Rule(
            place=place,
            attribute=loaded["attribute"],
            transform=transform,
            direction=loaded["direction"],
            matching=loaded["matching"],
            substrings=loaded["substrings"],
            write=loaded["write"],
            required=loaded["required"],
            defaults=self._defaults(name, place, transform, loaded),
            when=self._sources.condition(loaded.get("when"), key=("attributes", name, "when")),
        )
        problem = _problem_of_rule(rule)
        if problem:
            raise InvalidMap(problem, key=("attributes", name))
        return rule

    def _defaults(
        self, name: str, place: Place, transform: Transform, loaded: Mapping[str, Any]
    ) -> tuple[Source, ...]:
        key = ("attributes", name, "default")
        sources = self._sources.sources(loaded.get("default", ()), attribute=loaded["attribute"], key=key)
        if transform not in {TEXT, INTEGER} and any(source.generates for source in sources):
            raise InvalidMap("generates what would be transformed, and then be somebody else's", key=key)
        for constant in (source.constant for source in sources):
            try:
                if constant is not None:
                    transform.to_directory(value_of_text(constant, place.resolved.leaf))
            except ValueError as error:
                raise InvalidMap(str(error), key=key) from error
        return sources

    def _reference(self, name: str, place: Place, loaded: Mapping[str, Any]) -> ReferenceRule:
        when = self._sources.condition(loaded.get("when"), key=("attributes", name, "when"))
        return replace(_reference(name, place, loaded), when=when)


def _transform(name: str, place: Place, wanted: Sequence[Step] | None) -> Transform:
    key = ("attributes", name, *(["transform"] if wanted else []))
    try:
        return make_transform(wanted, place.resolved.leaf) if wanted else default_for(place.resolved.leaf)
    except ValueError as error:
        raise InvalidMap(str(error), key=key) from error


def _problem_of(place: Place) -> str | None:
    attribute = place.resolved.attribute
    if place.path.schema is None and place.path.attribute in {"id", "meta", "schemas"}:
        return "is the service's own and cannot be mapped"
    if place.element_type and not _TYPE.fullmatch(place.element_type):
        return f"has no plain word in brackets: write {attribute.name}[work]"
    if place.element_type and not (attribute.multi_valued and attribute.sub_attribute("type")):
        return f"has no elements of a type, so [{place.element_type}] cannot be"
    if place.is_element_part and not place.element_type:
        return f"needs the type of the element: {attribute.name}[work].{place.path.sub_attribute}"
    if place.is_element_part and place.path.sub_attribute == "type":
        return "is what stands in the brackets, and cannot be mapped"
    return None


def _problem_of_rule(rule: Rule) -> str | None:
    if is_secret(rule.attribute) or rule.place.resolved.leaf.returned == "never":
        return "is a secret, which is no attribute like others: map the password with account: password"
    if rule.attribute.lower() == "objectclass" and rule.writes:
        return "cannot write objectClass: entry.object_classes does"
    if rule.required and (rule.defaults or not rule.writes):
        return "is written from elsewhere, or not at all, so nobody needs to send it: leave required out"
    if rule.place.takes_untyped and not rule.place.element_type:
        return "takes elements of any type already, so untyped says nothing"
    return None


def _aspect(account: str, place: Place, name: str) -> Aspect:
    if account == "current_password" and place.resolved.leaf.returned != "never":
        raise InvalidMap(
            "is shown, which no password may be: the attribute needs returned: never",
            key=("attributes", name, "account"),
        )
    if account == "any_name" and place.resolved.leaf.mutability != "readOnly":
        raise InvalidMap(
            "could be written, which is in no name: the attribute needs mutability: readOnly",
            key=("attributes", name, "account"),
        )
    for aspect, kind in ASPECTS.items():
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
    if "when" in loaded and attribute.multi_valued:
        raise InvalidMap(
            "has members that come and go one by one, under no condition", key=("attributes", name, "when")
        )
    placeholder = loaded.get("placeholder")
    problem = _problem_of_reference(loaded)
    if problem:
        raise InvalidMap(problem, key=("attributes", name))
    return ReferenceRule(
        place=place,
        attribute=loaded["reference"],
        types=tuple(loaded["types"]),
        direction=loaded["direction"],
        placeholder=None
        if placeholder is None
        else read_text(Dn.parse, placeholder, InvalidDn, key=("attributes", name, "placeholder")),
        by=loaded.get("by"),
    )


def _problem_of_reference(loaded: Mapping[str, Any]) -> str | None:
    if "by" in loaded and "placeholder" in loaded:
        return "has values that stand for others, and no names (DNs) that a placeholder could be one of"
    if "by" in loaded and is_secret(loaded["by"]):
        return f"would tell others {loaded['by']}, which is a secret"
    return None


def _check_twice(rules: Iterable[Rule | ReferenceRule]) -> None:
    seen: dict[str, Rule | ReferenceRule] = {}
    for rule in rules:
        if rule.writes:
            known = seen.setdefault(rule.attribute.lower(), rule)
            if known is not rule:
                message = f"{rule.attribute} is written by {known.place} already; give one of them direction: to_scim"
                raise InvalidMap(message, key=("attributes", str(rule.place)))


def _check_reading(rules: Iterable[Rule]) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.reads and not rule.place.is_elements:
            known = seen.setdefault(str(rule.place), rule)
            if known is not rule:
                message = f"is read from {known.attribute} already; give one of them direction: to_directory"
                raise InvalidMap(message, key=("attributes", str(rule.place)))
