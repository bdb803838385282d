"""Schema maps: which place in a resource is which attribute of an entry.

Reading maps from documents is left to ``documents``, applying them to ``translate`` and ``filters``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from app.directory.dn import Dn
from app.directory.filters import Filter
from app.mapping.expression import Expression
from app.mapping.location import Location
from app.mapping.sources import Source
from app.mapping.transforms import Transform
from app.scim.path import AttributePath, ResolvedPath
from app.scim.schema import Attribute, ResourceType

Direction = Literal["both", "to_directory", "to_scim"]
Writing = Literal["always", "create"]
Matching = Literal["caseIgnore", "caseExact", "typed", "none"]
Unmapped = Literal["ignore", "refuse", "keep"]
Wants = Callable[[AttributePath], bool]
Aspect = Literal["enabled", "password", "current_password", "locked", "must_change", "any_name"]
_COMMON = frozenset({"id", "externalId", "meta", "schemas"})
"""What no map is about (RFC 7643 §3.1)."""
MAX_NEEDED = 256
"""For how many questions a map remembers what is needed for the answer; few clients ask more."""


@dataclass(frozen=True)
class Place:
    """A place in a resource: an attribute, a sub-attribute, or the elements of one type of a multi-valued one."""

    resolved: ResolvedPath
    element_type: str | None = None
    """``work`` in ``emails[work]``: what the elements' ``type`` is."""
    takes_untyped: bool = False
    """Whether elements without a ``type`` belong here too."""

    @cached_property
    def path(self) -> AttributePath:
        """The path, without the element's type."""
        return self.resolved.path

    @cached_property
    def whole(self) -> AttributePath:
        """The path of the attribute that it is, or is a part of."""
        return self.path.parent

    @cached_property
    def top(self) -> str:
        """The name at a resource's top level below which it stands: the attribute's, or its extension's."""
        return self.path.schema or self.path.attribute

    @cached_property
    def is_elements(self) -> bool:
        """Whether each directory value is one element of a multi-valued complex attribute."""
        attribute = self.resolved.attribute
        return attribute.multi_valued and attribute.type == "complex" and self.path.sub_attribute is None

    @cached_property
    def is_element_part(self) -> bool:
        """Whether the directory value is one sub-attribute of the one element of a type."""
        return self.resolved.attribute.multi_valued and self.path.sub_attribute is not None

    @property
    def of_value(self) -> ResolvedPath:
        """Where a directory value itself stands: in an element's ``value``, if it is one."""
        attribute, path = self.resolved.attribute, self.path
        if not self.is_elements:
            return self.resolved
        return ResolvedPath(replace(path, sub_attribute="value"), attribute, attribute.sub_attribute("value"))

    def __str__(self) -> str:
        """Write the place as maps do."""
        kind = f"[{self.element_type}]" if self.element_type else ""
        suffix = f".{self.path.sub_attribute}" if self.path.sub_attribute else ""
        return f"{self.path.parent}{kind}{suffix}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A place and the directory attribute that holds it."""

    place: Place
    attribute: str
    transform: Transform
    direction: Direction = "both"
    matching: Matching = "caseIgnore"
    """How the directory compares the attribute's values: as text, as what the transform makes of them (``typed``:
    integerMatch, generalizedTimeMatch and their orderings), or, without an equality rule, not at all."""
    substrings: bool = True
    """Whether the directory has a rule for parts of the attribute's text."""
    defaults: tuple[Source, ...] = ()
    """What is written where the resource says nothing: the first that can be made."""
    write: Writing = "always"
    required: bool = False
    """Whether clients must send a value."""
    when: Expression | None = None
    """For which resources the attribute is written; all, if there is no condition."""

    @property
    def is_list(self) -> bool:
        """Whether SCIM may show several of the directory's values."""
        return self.place.resolved.attribute.multi_valued and not self.place.is_element_part

    @property
    def reads(self) -> bool:
        """Whether the directory's value is shown in SCIM."""
        return self.direction != "to_directory"

    @property
    def writes(self) -> bool:
        """Whether SCIM's value is written to the directory."""
        return self.direction != "to_scim"

    @property
    def changes(self) -> bool:
        """Whether the directory's value follows that of SCIM once the entry is made."""
        return self.writes and self.write == "always"


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """A place that refers to other resources, and the directory attribute that holds their names (DNs)."""

    place: Place
    attribute: str
    types: tuple[str, ...]
    """The resource types that may be referred to."""
    direction: Direction = "both"
    """``to_scim`` for attributes that the directory keeps by itself, such as memberOf."""
    placeholder: Dn | None = None
    """Stands in the attribute where the object class demands a value and there is none, as in groupOfNames."""
    when: Expression | None = None
    """For which resources the attribute is written; all, if there is no condition."""
    by: str | None = None
    """The attribute of those referred to whose value stands for them, where that is not their name: uid for memberUid."""
    is_elsewhere: bool = False
    """Whether the directory does not keep the attribute: whom an entry refers to is found at the others, which name it."""

    @property
    def writes(self) -> bool:
        """Whether SCIM's references are written to the directory."""
        return self.direction != "to_scim"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A directory attribute that no SCIM attribute is, and its sources, of which the first that makes something counts."""

    attribute: str
    sources: tuple[Source, ...]

    @property
    def is_constant(self) -> bool:
        """Whether all entries have the same."""
        return all(source.constant is not None for source in self.sources)

    @property
    def paths(self) -> tuple[AttributePath, ...]:
        """The SCIM attributes that it is made of."""
        return tuple(path for source in self.sources for path in source.paths)


@dataclass(frozen=True, slots=True)
class AuxiliaryClass:
    """An object class that entries are given when one of its attributes is first written, or when a condition holds."""

    name: str
    attributes: tuple[str, ...] = ()
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class EntryRules:
    """What entries of a map look like, and which ones exist for SCIM at all."""

    object_classes: tuple[str, ...]
    scope: Filter
    rdn: str
    locations: tuple[Location, ...]
    """Where entries go, below the domain's base: the first that can be made."""
    attributes: tuple[Fixed, ...] = ()
    auxiliary_classes: tuple[AuxiliaryClass, ...] = ()
    creates_parents: bool = False
    """Whether containers that are not there are made."""

    @property
    def is_routed(self) -> bool:
        """Whether not all entries go to the same container."""
        return any(location.paths for location in self.locations)

    @property
    def all_classes(self) -> tuple[str, ...]:
        """The object classes that entries have, or may be given."""
        return (*self.object_classes, *(each.name for each in self.auxiliary_classes))


@dataclass(frozen=True)
class SchemaMap:
    """A resource type's translation to entries and back."""

    name: str
    resource_type: ResourceType
    entry: EntryRules
    rules: tuple[Rule, ...]
    references: tuple[ReferenceRule, ...] = ()
    aspects: tuple[tuple[Aspect, AttributePath], ...] = ()
    """Which attributes are account matters, for the dialect to keep in its product's way."""
    unmapped: Unmapped = "ignore"
    """What becomes of values that no rule takes."""
    keeps: str | None = None
    """The directory attribute that keeps them, where one does."""

    @cached_property
    def unique_places(self) -> tuple[ResolvedPath, ...]:
        """Where values are written that the schema holds to be unique."""
        places = {rule.place.of_value.path: rule.place.of_value for rule in self.rules if rule.writes}
        return tuple(place for place in places.values() if place.leaf.uniqueness != "none")

    @cached_property
    def rules_by_attribute(self) -> dict[tuple[str | None, str], tuple[Rule, ...]]:
        """The rules of each SCIM attribute, by schema and name."""
        grouped: dict[tuple[str | None, str], tuple[Rule, ...]] = {}
        for rule in self.rules:
            key = rule.place.path.schema, rule.place.path.attribute
            grouped[key] = (*grouped.get(key, ()), rule)
        return grouped

    @cached_property
    def shows_memberships(self) -> bool:
        """Whether references are shown that the directory keeps by itself."""
        return any(not rule.writes for rule in self.references)

    @cached_property
    def with_memberships_elsewhere(self) -> SchemaMap:
        """The same map for a directory that does not keep what it only shows of references."""
        references = (replace(rule, is_elsewhere=not rule.writes) for rule in self.references)
        return replace(self, references=tuple(references))

    @cached_property
    def readable(self) -> tuple[tuple[str, Rule], ...]:
        """The rules whose attributes are shown in SCIM, with the attributes' names as entries have them."""
        return tuple((rule.attribute.lower(), rule) for rule in self.rules if rule.reads)

    @cached_property
    def written(self) -> tuple[tuple[Rule, str | None], ...]:
        """The rules whose attributes SCIM's values are written to.

        With each goes the name at a resource's top level below which all stands that the rule makes values of; None where
        more is looked at.
        """
        return tuple(
            (rule, None if rule.when or rule.defaults else rule.place.top)
            for rule in self.rules
            if rule.writes
        )

    @cached_property
    def followed(self) -> tuple[Rule, ...]:
        """The rules whose attributes follow SCIM's values once the entry is made."""
        return tuple(rule for rule in self.rules if rule.changes)

    @cached_property
    def naming(self) -> dict[str, str]:
        """The attributes by which an entry's name may follow SCIM's values, by their names in lower case."""
        names = (
            *(rule.attribute for rule in self.followed),
            *(each.attribute for each in self.entry.attributes),
        )
        return {name.lower(): name for name in names}

    @cached_property
    def required(self) -> tuple[Rule, ...]:
        """The rules for which clients must send a value."""
        return tuple(rule for rule in self.rules if rule.required)

    @cached_property
    def leavable(self) -> tuple[tuple[AttributePath, Attribute, Sequence[Rule]], ...]:
        """The attributes of which rules may leave something, and their rules.

        References, account matters and what the server makes have other places, and a rule takes a simple value whole.
        """
        kind, found = self.resource_type, []
        own = [(AttributePath(each.name), each) for each in kind.core_attributes if each.name not in _COMMON]
        others = [
            (AttributePath(each.name, None, extension.schema.id), each)
            for extension in kind.extensions
            for each in extension.schema.attributes
        ]
        for path, attribute in (*own, *others):
            rules = self.rules_of(path)
            is_elsewhere = self.reference_of(path) is not None or self.aspect_of(path) is not None
            is_whole = rules and attribute.type != "complex" and attribute.returned != "never"
            if not is_elsewhere and not is_whole and attribute.mutability != "readOnly":
                found.append((path, attribute, rules))
        return tuple(found)

    @cached_property
    def ordered(self) -> tuple[Place, ...]:
        """The attributes whose first element is the primary one."""
        places = (rules[0].place for rules in self.rules_by_attribute.values())
        return tuple(
            place
            for place in places
            if place.is_elements and place.resolved.attribute.sub_attribute("primary")
        )

    def rules_of(self, path: AttributePath) -> Sequence[Rule]:
        """Return the rules of an attribute, whichever of its parts ``path`` names."""
        return self.rules_by_attribute.get((path.schema, path.attribute), ())

    def reference_of(self, path: AttributePath) -> ReferenceRule | None:
        """Return the rule of an attribute that refers to other resources, whichever of its parts ``path`` names."""
        return self._references_by_attribute.get((path.schema, path.attribute))

    @cached_property
    def _references_by_attribute(self) -> dict[tuple[str | None, str], ReferenceRule]:
        return {
            (rule.place.path.schema, rule.place.path.attribute): rule for rule in reversed(self.references)
        }

    def aspect_of(self, path: AttributePath) -> Aspect | None:
        """Tell which account matter an attribute is."""
        return self._aspects_by_name.get((path.schema, path.attribute, path.sub_attribute))

    @cached_property
    def _aspects_by_name(self) -> dict[tuple[str | None, str, str | None], Aspect]:
        paths = reversed(self.aspects)
        return {(path.schema, path.attribute, path.sub_attribute): aspect for aspect, path in paths}

    def path_of(self, aspect: Aspect) -> AttributePath | None:
        """Tell which attribute an account matter is."""
        return self._paths_of_aspects.get(aspect)

    @cached_property
    def _paths_of_aspects(self) -> dict[Aspect, AttributePath]:
        return dict(reversed(self.aspects))

    def directory_attributes(self, wants: Wants) -> tuple[str, ...]:
        """Name the directory attributes that are needed to read the paths that ``wants`` says yes to."""
        found = self._needed.get(wants)
        if found is None:
            if len(self._needed) >= MAX_NEEDED:
                self._needed.clear()
            found = self._needed[wants] = self._attributes_for(wants)
        return found

    @cached_property
    def _needed(self) -> dict[Wants, tuple[str, ...]]:
        return {}

    def _attributes_for(self, wants: Wants) -> tuple[str, ...]:
        # What is only written is fetched, too: a change starts from what is there.
        values = (rule.attribute for rule in self.rules if wants(rule.place.path))
        references = (
            rule.attribute for rule in self.references if wants(rule.place.path) and not rule.is_elsewhere
        )
        fixed = (
            each.attribute
            for each in self.entry.attributes
            if any(map(wants, each.paths)) or any(source.generates for source in each.sources)
        )
        classes = ["objectClass"] if self.entry.auxiliary_classes else []
        kept = [self.keeps] if self.keeps else []
        return tuple(dict.fromkeys((*values, *references, *fixed, *classes, *kept)))
