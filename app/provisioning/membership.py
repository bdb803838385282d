"""Who a request refers to, and how members join and leave a group that is not read for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from app.directory.filters import Equals, Filter, Not, all_of
from app.directory.matching import rule_of
from app.directory.model import Change, Entry
from app.mapping.model import ReferenceRule, SchemaMap
from app.mapping.references import Name, Referent, allowed, name_for
from app.scim.errors import Conflict
from app.scim.filters.nodes import And, Comparison, Or
from app.scim.filters.nodes import Filter as ScimFilter
from app.scim.membership import Reference, ReferenceDelta, reference_delta
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex, values_of


def mentioned_ids(schema_map: SchemaMap, operations: Iterable[PatchOperation]) -> Iterator[str]:
    """Yield the ids that PATCH operations name in attributes that refer to other resources."""
    for operation in operations:
        if schema_map.reference_of(operation.target.path) is not None:
            yield from _ids_of_value(operation.value)
            if operation.target.condition is not None:
                yield from _ids_of_condition(operation.target.condition)


def examined(schema_map: SchemaMap, operations: Iterable[PatchOperation]) -> frozenset[AttributePath]:
    """Name the references whose conditions may hold for some that are not mentioned by their ids."""
    return frozenset(
        rule.place.path
        for operation in operations
        if (rule := schema_map.reference_of(operation.target.path)) is not None
        and operation.target.condition is not None
        and not _names_whom_it_means(operation.target.condition)
    )


def members_delta(
    schema_map: SchemaMap, operations: Sequence[PatchOperation]
) -> tuple[ReferenceRule, ReferenceDelta] | None:
    """Read off which members join and leave, if that can be done without knowing the present ones."""
    for rule in schema_map.references:
        if rule.writes and rule.place.resolved.attribute.multi_valued:
            delta = reference_delta(operations, rule.place.path)
            is_plain = (
                delta is not None
                and delta.replaced is None
                and not delta.rest
                and bool(delta.added or delta.removed)
            )
            return (rule, delta) if delta is not None and is_plain else None
    return None


def without(schema_map: SchemaMap, resource: Resource, unknown: Collection[str]) -> Resource:
    """Leave some ids out of a resource's lists of references."""
    attributes = dict(resource.attributes)
    for rule in schema_map.references:
        path, attribute = rule.place.path, rule.place.resolved.attribute
        if rule.writes and attribute.multi_valued and resource.get(path) is not None:
            kept = [e for e in values_of(resource.get(path)) if set(_ids_of_value(e)).isdisjoint(unknown)]
            below = attributes.get(path.schema) if path.schema else None
            changed = {path.attribute: kept}
            attributes |= (
                {path.schema: {**below, **changed}} if path.schema and is_complex(below) else changed
            )
    return Resource(resource.type, {name: value for name, value in attributes.items() if value != []})


def member_changes(
    rule: ReferenceRule, delta: ReferenceDelta, known: Mapping[str, Referent], *, passes_over: bool = False
) -> list[Change]:
    """Say how the directory's attribute changes. Whoever leaves and no longer exists has left.

    Raises:
        InvalidValue: if somebody joins who does not exist, and is not to be passed over.
    """
    joining = (each for each in delta.added if not passes_over or id_of(each) in known)
    added = tuple(allowed(rule, id_of(reference), known) for reference in joining)
    leaving = (name_for(rule, known[found]) for each in delta.removed if (found := id_of(each)) in known)
    removed = tuple(name for name in leaving if name is not None)
    changes = [
        Change("add", rule.attribute, _values(added)),
        Change("delete", rule.attribute, _values(removed)),
    ]
    return [change for change in changes if change.values]


def are_due(changes: Iterable[Change]) -> Filter:
    """Match the group only if none of the changes is made already."""
    return all_of(
        Not(is_there) if change.kind == "add" else is_there
        for change in changes
        for is_there in (Equals(change.attribute, value) for value in change.values)
    )


def due(changes: Iterable[Change], found: Iterable[Entry]) -> list[Change]:
    """Leave out what is made already, as far as the entry tells that was found."""
    present = {
        (name, _key(name, value))
        for entry in found
        for name, values in entry.attributes.items()
        for value in values
    }

    def is_due(change: Change, value: bytes) -> bool:
        name = change.attribute.lower()
        return ((name, _key(name, value)) in present) is (change.kind == "delete")

    kept = (
        replace(change, values=tuple(v for v in change.values if is_due(change, v))) for change in changes
    )
    return [change for change in kept if change.values]


def with_placeholder(rule: ReferenceRule, changes: Sequence[Change]) -> list[Change]:
    """Have the placeholder join as the last member leaves, where an object class demands one."""
    if rule.placeholder is None or any(change.kind == "add" for change in changes):
        raise Conflict(f"{rule.place}: the directory refuses a group without members.")
    return [Change("add", rule.attribute, (str(rule.placeholder).encode(),)), *changes]


def _key(attribute: str, value: bytes) -> object:
    try:
        return rule_of(attribute).normalize(value)
    except ValueError:
        return value


def _names_whom_it_means(condition: ScimFilter) -> bool:
    match condition:
        case And(operands):
            return any(map(_names_whom_it_means, operands))
        case Or(operands):
            return all(map(_names_whom_it_means, operands))
        case Comparison(AttributePath("value"), "eq"):
            return True
        case _:
            return False


def id_of(reference: Reference) -> str:
    """Return the id that a reference names."""
    return str(reference["value"]).lower()


def _values(names: Sequence[Name]) -> tuple[bytes, ...]:
    return tuple(str(name).encode() for name in dict.fromkeys(names))


def _ids_of_value(value: object) -> Iterator[str]:
    for element in values_of(value):  # type: ignore[arg-type]  # any JSON value
        found = element.get("value") if is_complex(element) else element
        if isinstance(found, str):
            yield found.lower()


def _ids_of_condition(condition: ScimFilter) -> Iterator[str]:
    match condition:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _ids_of_condition(operand)
        case Comparison(AttributePath("value"), _, str(value)):
            yield value.lower()
        case _:
            return
