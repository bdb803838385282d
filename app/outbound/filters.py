"""Filters on our resources as filters on a system's: its names for attributes, its ids for resources.

No condition is dropped. What the system cannot be asked is an error that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, assert_never

from app.outbound.attribute_map import AttributeMap, Written
from app.outbound.references import referring_paths
from app.scim.errors import InvalidFilter
from app.scim.filters.nodes import And, Comparison, Filter, Not, Or, Present, ValuePath
from app.scim.path import AttributePath

ID: Final = AttributePath("id")
_TYPE: Final = AttributePath("type")
EVERYTHING: Final[Filter] = Present(ID)
NOTHING: Final[Filter] = Not(EVERYTHING)

RemoteId = Callable[[str], str | None]
"""What the system calls one of our resources."""


def to_remote(condition: Filter, attribute_map: AttributeMap, remote_id: RemoteId) -> Filter:
    """Translate a filter; EVERYTHING and NOTHING stand for what always and never holds. Raises InvalidFilter."""
    translate = _Translation(attribute_map, remote_id).translate
    return _folded(translate(condition))


class _Translation:
    def __init__(self, attribute_map: AttributeMap, remote_id: RemoteId) -> None:
        self._map = attribute_map
        self._remote_id = remote_id
        self._references = {path for path, _ in referring_paths(attribute_map.resource_type)}

    def translate(self, condition: Filter) -> Filter:
        match condition:
            case And(operands):
                return And(tuple(self.translate(operand) for operand in operands))
            case Or(operands):
                return Or(tuple(self.translate(operand) for operand in operands))
            case Not(operand):
                return Not(self.translate(operand))
            case Comparison(path, operator, value):
                return self._comparison(path, condition, is_equality=operator in {"eq", "ne"}, value=value)
            case Present(path):
                return self._moved(path, Present)
            case ValuePath(path, inner):
                return self._elements(path, inner)
        assert_never(condition)

    def _comparison(
        self, path: AttributePath, condition: Comparison, *, is_equality: bool, value: object
    ) -> Filter:
        written = self._map.written_from(path)
        if written is not None and written.transform is not None:
            return self._transformed(condition, written, is_equality=is_equality)
        if not self._is_id(path):
            return self._moved(path, lambda moved: Comparison(moved, condition.operator, condition.value))
        if not is_equality:
            raise InvalidFilter(f"{path} {condition.operator}: ids are compared by eq and ne only")
        known = self._remote_id(str(value).lower())
        if known is None:
            return NOTHING if condition.operator == "eq" else EVERYTHING
        return Comparison(path, condition.operator, known)

    def _transformed(self, condition: Comparison, written: Written, *, is_equality: bool) -> Filter:
        """Ask for the value in the system's form; what has none there fulfils no equality."""
        if not is_equality or written.transform is None:
            raise InvalidFilter(
                f"{condition.path} is kept in another form there, and is compared by eq and ne only"
            )
        try:
            value = written.transform.to_directory(condition.value).decode()
        except ValueError as error:
            if written.transform.refuses_shown:
                # The system may have such a value all the same, in whatever form.
                raise InvalidFilter(f"{condition.path}: the value {error}") from error
            return NOTHING if condition.operator == "eq" else EVERYTHING
        return self._moved(condition.path, lambda moved: Comparison(moved, condition.operator, value))

    def _is_id(self, path: AttributePath) -> bool:
        return path == ID or (path.sub_attribute == "value" and path.parent in self._references)

    def _elements(self, path: AttributePath, inner: Filter) -> Filter:
        if path in self._references:
            return ValuePath(path, self._element(inner))
        if not self._map.has(path) or self._is_renamed_in_part(path):
            raise InvalidFilter(f"{path}: the connector keeps its elements elsewhere")
        return ValuePath(path, inner)

    def _element(self, condition: Filter) -> Filter:
        """Translate the ids in a filter on the elements of a reference."""
        match condition:
            case Comparison(AttributePath("value", None, None), "eq" | "ne" as operator, value):
                known = self._remote_id(str(value).lower())
                # No id of a system is empty.
                return Comparison(AttributePath("value"), operator, known or "")
            case And(operands):
                return And(tuple(map(self._element, operands)))
            case Or(operands):
                return Or(tuple(map(self._element, operands)))
            case Not(operand):
                return Not(self._element(operand))
            case Comparison() | Present() | ValuePath():
                return condition
        assert_never(condition)

    def _is_renamed_in_part(self, path: AttributePath) -> bool:
        return any(written.place.path.parent == path.parent for written in self._map.places)

    def _moved(self, path: AttributePath, make: Callable[[AttributePath], Filter]) -> Filter:
        place = self._map.remote_path(path)
        if place is None:
            if self._map.has(path):
                return make(path)
            raise InvalidFilter(f"{path}: the connector does not have it")
        if place.element_type is None:
            return make(place.path)
        inner = make(AttributePath(place.path.sub_attribute or "value"))
        return ValuePath(place.path.parent, And((Comparison(_TYPE, "eq", place.element_type), inner)))


def _folded(condition: Filter) -> Filter:
    """Take out what always or never holds."""
    match condition:
        case Not(operand):
            inner = _folded(operand)
            return {NOTHING: EVERYTHING, EVERYTHING: NOTHING}.get(inner) or Not(inner)
        case And(operands):
            return _joined(operands, And, dominant=NOTHING, neutral=EVERYTHING)
        case Or(operands):
            return _joined(operands, Or, dominant=EVERYTHING, neutral=NOTHING)
        case _:
            return condition


def _joined(
    operands: Sequence[Filter],
    join: Callable[[tuple[Filter, ...]], Filter],
    *,
    dominant: Filter,
    neutral: Filter,
) -> Filter:
    folded = [_folded(operand) for operand in operands]
    if dominant in folded:
        return dominant
    kept = tuple(operand for operand in folded if operand != neutral)
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else join(kept)
