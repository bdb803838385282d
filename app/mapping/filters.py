"""From SCIM filters to directory filters, without dropping a condition.

A directory cannot express everything that SCIM can, and compares text more loosely. So each filter becomes two: one
that matches *at most* entries whose resources match, and one that matches *at least* those. "not" swaps them. Where
the two are the same nothing is left to do; else the directory is asked for the wider one and the resources that come
back are held against the whole SCIM filter: the residue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from app.directory import filters as ldap
from app.directory.dialects.base import Dialect
from app.mapping.compared import asks_unseen, moved
from app.mapping.model import Aspect, ReferenceRule, Rule, SchemaMap
from app.mapping.references import Alias, Name, is_fit
from app.mapping.value_filters import compared, compared_times
from app.scim.errors import InvalidFilter
from app.scim.filters import nodes as scim
from app.scim.path import AttributePath


@dataclass(frozen=True, slots=True)
class Bounds:
    """The entries that certainly match, and those that possibly do."""

    certain: ldap.Filter
    possible: ldap.Filter


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the directory is asked, and what is left to check on each resource that comes back."""

    filter: ldap.Filter
    residue: scim.Filter | None = None


UNKNOWN = Bounds(ldap.Nothing(), ldap.Everything())
"""The directory can say nothing."""
ALWAYS = Bounds(ldap.Everything(), ldap.Everything())
NEVER = Bounds(ldap.Nothing(), ldap.Nothing())


Names = Mapping[str, Sequence[Name]]
"""By the id of a resource, the names that stand for it where another one refers to it."""
Shown = Mapping[scim.Comparison, Sequence[Name]]
"""By a comparison of what references show, the names of those that fulfil it."""
Also = Mapping[tuple[str, str | scim.Comparison], ldap.Filter]
"""What matches besides the names: by a reference's attribute, and by what it is compared with."""
NO_NAMES: Names = {}
NOTHING_ELSE: Also = {}
NOBODY_SHOWN: Shown = {}


def compile_filter(  # noqa: PLR0913 - whom the filter refers to
    node: scim.Filter,
    schema_map: SchemaMap,
    dialect: Dialect,
    names: Names = NO_NAMES,
    shown: Shown = NOBODY_SHOWN,
    *,
    also: Also = NOTHING_ELSE,
) -> Compiled:
    """Compile a filter that has been resolved against the map's resource type.

    ``names`` are those of ``referred_ids``, as far as they could be found; ``shown`` those of ``shown_references``, as
    far as they were looked up.
    """
    compiler = _Compiler(schema_map, dialect, names, shown, also)
    bounds = compiler.bounds(node)
    residue = compiler.residue(node, bounds)
    refuse_unseen(residue, schema_map)
    return Compiled(bounds.possible, residue)


def refuse_unseen(residue: scim.Filter | None, schema_map: SchemaMap) -> None:
    """Refuse to hold resources against what they do not show.

    Raises:
        InvalidFilter: if the directory alone can tell a part of it.
    """
    if residue is not None and asks_unseen(residue, schema_map):
        path = schema_map.path_of("any_name")
        raise InvalidFilter(
            f"{path} is known to the directory alone: join it with the other conditions by and"
        )


def named(attribute: str, names: Iterable[Name]) -> ldap.Filter:
    """Match entries that are named so; ``attribute`` is what holds their names (DNs)."""
    return ldap.any_of(
        ldap.Equals(name.attribute if isinstance(name, Alias) else attribute, str(name).encode())
        for name in names
    )


def _refers_to(rule: ReferenceRule, names: Iterable[Name]) -> ldap.Filter:
    fitting = (name for name in names if is_fit(rule, name))
    return ldap.any_of(ldap.Equals(rule.attribute, str(name).encode()) for name in fitting)


def _exactly(node: ldap.Filter) -> Bounds:
    return Bounds(node, node)


def _at_most(node: ldap.Filter) -> Bounds:
    """Possible where ``node`` matches, and nothing certain."""
    return Bounds(ldap.Nothing(), node)


def _negated(bounds: Bounds) -> Bounds:
    return Bounds(ldap.negate(bounds.possible), ldap.negate(bounds.certain))


def _joined(parts: Sequence[Bounds], join: Callable[[Iterable[ldap.Filter]], ldap.Filter]) -> Bounds:
    if len(parts) == 1:
        return parts[0]
    return Bounds(join([part.certain for part in parts]), join([part.possible for part in parts]))


@dataclass(frozen=True, slots=True)
class _Compiler:
    schema_map: SchemaMap
    dialect: Dialect
    names: Names = field(default_factory=dict)
    shown: Shown = field(default_factory=dict)
    also: Also = field(default_factory=dict)

    def bounds(self, node: scim.Filter) -> Bounds:
        match node:
            case scim.And(operands):
                return _joined([self.bounds(operand) for operand in operands], ldap.all_of)
            case scim.Or(operands):
                return _joined([self.bounds(operand) for operand in operands], ldap.any_of)
            case scim.Not(operand):
                return _negated(self.bounds(operand))
            case scim.ValuePath(path, inner):
                return self._one_element(path, inner)
            case scim.Present(path):
                return self._present(path)
            case scim.Comparison():
                return self._comparison(node)
        assert_never(node)

    def residue(self, node: scim.Filter, bounds: Bounds) -> scim.Filter | None:
        """Return what the directory leaves to be checked of a filter, by its bounds."""
        if bounds.certain == bounds.possible:
            return None
        if not isinstance(node, scim.And) or not asks_unseen(node, self.schema_map):
            return node
        # What the directory alone can tell holds for whatever it finds.
        found = (self.residue(operand, self.bounds(operand)) for operand in node.operands)
        left = tuple(each for each in found if each is not None)
        return left[0] if len(left) == 1 else scim.And(left)

    def _one_element(self, path: AttributePath, inner: scim.Filter) -> Bounds:
        """An element that fulfils ``inner`` exists only if some value does, of whatever element."""
        if isinstance(inner, scim.Comparison) and inner.operator != "ne":
            return self._comparison(moved(path, inner))
        return Bounds(ldap.Nothing(), self._loosened(path, inner))

    def _loosened(self, path: AttributePath, inner: scim.Filter) -> ldap.Filter:
        match inner:
            case scim.And(operands):
                return ldap.all_of(self._loosened(path, operand) for operand in operands)
            case scim.Or(operands):
                return ldap.any_of(self._loosened(path, operand) for operand in operands)
            case scim.Comparison():
                return self._comparison(moved(path, inner)).possible
            case _:
                # What does not hold for one element may well hold for another.
                return self._any_value(path)

    def _any_value(self, path: AttributePath) -> ldap.Filter:
        reference = self.schema_map.reference_of(path)
        if reference is not None:
            return self._any_reference(reference)
        attributes = [rule.attribute for rule in self.schema_map.rules_of(path)]
        return ldap.any_of(map(ldap.Present, [*attributes, *self._kept(path)]))

    def _any_reference(self, rule: ReferenceRule) -> ldap.Filter:
        primary = self.dialect.primary
        is_told = primary is None or rule.attribute.lower() not in {
            primary.members.lower(),
            primary.groups.lower(),
        }
        return ldap.Present(rule.attribute) if is_told and not rule.is_elsewhere else ldap.Everything()

    def _kept(self, path: AttributePath) -> list[str]:
        """Name the attribute that may keep values of a path, unless a rule takes all of them."""
        keeps = self.schema_map.keeps
        if keeps is None:
            return []
        rules = self.schema_map.rules_of(path)
        is_taken = bool(rules) and rules[0].place.resolved.attribute.type != "complex"
        is_part = any(rule.place.path == path and not rule.place.is_element_part for rule in rules)
        return [] if is_taken or (is_part and path.sub_attribute is not None) else [keeps]

    def _or_kept(self, bounds: Bounds, path: AttributePath) -> Bounds:
        kept = self._kept(path)
        if not kept:
            return bounds
        return Bounds(bounds.certain, ldap.any_of((bounds.possible, *map(ldap.Present, kept))))

    def _reference(self, rule: ReferenceRule, node: scim.Comparison) -> Bounds:
        if node.operator == "ne" or node.value is None:
            return UNKNOWN
        if node.operator == "eq" and node.path.sub_attribute == "value":
            wanted = str(node.value).lower()
            return self._any_of(rule, self.names.get(wanted, ()), key=wanted)
        if node in self.shown:
            return self._any_of(rule, self.shown[node], key=node)
        return _at_most(self._any_reference(rule))

    def _any_of(self, rule: ReferenceRule, names: Sequence[Name], *, key: str | scim.Comparison) -> Bounds:
        also = self.also.get((rule.attribute, key), ldap.Nothing())
        if not rule.is_elsewhere:
            return _exactly(ldap.any_of((_refers_to(rule, names), also)))
        # Where entries do not tell whom they refer to, the names are those of the entries that do. Values are found in
        # any case, also where they are not the same to those who refer by them.
        found = ldap.any_of((named(self.dialect.name_attribute, names), also))
        return _at_most(found) if any(isinstance(name, Alias) for name in names) else _exactly(found)

    def _present(self, path: AttributePath) -> Bounds:
        if path.schema is None and path.attribute in {"id", "meta", "schemas"}:
            return ALWAYS if path.sub_attribute in {None, "resourceType"} else UNKNOWN
        aspect = self.schema_map.aspect_of(path)
        if aspect in _STATES:
            return _PRESENT.get(aspect, UNKNOWN)
        if self.schema_map.reference_of(path) is not None:
            return _at_most(self._any_value(path))
        rules = [rule for rule in self._rules(path) if rule.reads]
        present = ldap.any_of(ldap.Present(rule.attribute) for rule in rules)
        is_exact = path.sub_attribute not in {"type", "primary"} and all(
            rule.transform.reads_all for rule in rules
        )
        return self._or_kept(_exactly(present) if is_exact else _at_most(present), path)

    def _comparison(self, node: scim.Comparison) -> Bounds:
        path = node.path
        aspect = self.schema_map.aspect_of(path)
        if aspect in _STATES:
            return self._state(aspect, node)
        match path:
            case AttributePath("id", None, None):
                return self._id(node)
            case AttributePath("meta", _, None):
                return self._meta(node)
            case AttributePath("schemas", None, None):
                return UNKNOWN
        reference = self.schema_map.reference_of(path)
        if reference is not None:
            return self._reference(reference, node)
        if node.operator == "ne" or node.value is None:
            return UNKNOWN
        rules = [rule for rule in self._rules(path) if rule.reads]
        if path.sub_attribute in {"type", "primary"} and not any(rule.place.path == path for rule in rules):
            present = _at_most(ldap.any_of(ldap.Present(rule.attribute) for rule in rules))
            return self._or_kept(present, path)
        return self._or_kept(_joined([self._of_rule(rule, node) for rule in rules], ldap.any_of), path)

    def _of_rule(self, rule: Rule, node: scim.Comparison) -> Bounds:
        """Compare one directory attribute. Directories compare more loosely, so nothing is certain of it."""
        return _at_most(compared(rule, node, bit_rules=self.dialect.bit_rules))

    def _rules(self, path: AttributePath) -> Sequence[Rule]:
        """Return the rules whose directory values decide about ``path``."""
        rules = self.schema_map.rules_of(path)
        if path.sub_attribute in {None, "type", "primary"}:
            return rules
        return [rule for rule in rules if _decides(rule, path)]

    def _state(self, aspect: Aspect | None, node: scim.Comparison) -> Bounds:
        match aspect:
            case "enabled":
                return self._enabled(node)
            case "any_name":
                return self._any_name(node)
            case _:
                return UNKNOWN

    def _any_name(self, node: scim.Comparison) -> Bounds:
        if node.operator == "ne":
            return _negated(self._any_name(replace(node, operator="eq")))
        found = None
        if node.operator in {"eq", "sw"}:
            found = self.dialect.any_name(str(node.value), is_whole=node.operator == "eq")
        if found is None:
            raise InvalidFilter(
                f"{node.path}: the directory cannot look for names so; eq and sw are what it may know"
            )
        return _exactly(found)

    def _enabled(self, node: scim.Comparison) -> Bounds:
        if node.operator not in {"eq", "ne"} or not isinstance(node.value, bool):
            return UNKNOWN
        return _exactly(self.dialect.enabled(wanted=node.value is (node.operator == "eq")))

    def _id(self, node: scim.Comparison) -> Bounds:
        if node.operator != "eq":
            return UNKNOWN
        return _at_most(self.dialect.has_id(str(node.value)))

    def _meta(self, node: scim.Comparison) -> Bounds:
        times = {"created": self.dialect.created_attribute, "lastModified": self.dialect.modified_attribute}
        attribute = times.get(node.path.sub_attribute or "")
        if attribute is None or node.operator == "ne":
            return UNKNOWN
        return _at_most(compared_times(attribute, node))


_PRESENT: Mapping[Aspect, Bounds] = {"enabled": ALWAYS, "any_name": NEVER}
_STATES = {"enabled", "locked", "must_change", "any_name"}


def _decides(rule: Rule, path: AttributePath) -> bool:
    # RFC 7643 §2.4: the values of a simple multi-valued attribute are the "value" of its elements.
    is_value = rule.place.path.sub_attribute is None and path.sub_attribute == "value"
    return rule.place.path == path or is_value
