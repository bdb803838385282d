"""The elements of multi-valued attributes: which of them are the same, and what adding and removing does to them.

Two elements are the same when their ``value`` is, and their ``type`` where both have one: RFC 7643 §2.4 wants each
(type, value) pair once. Elements without a ``value`` are the same when they agree in all that one of them says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias

from app.scim.comparison import comparable
from app.scim.errors import InvalidValue
from app.scim.resource import is_complex
from app.scim.schema import Attribute, Value

_Positions: TypeAlias = dict[Hashable, list[int]]


def added(attribute: Attribute, elements: Sequence[Value], new: Iterable[Value]) -> list[Value]:
    """Add elements; one that is there already is brought up to date in its place (RFC 7644 §3.5.2.1)."""
    result = list(elements)
    positions = _positions(attribute, result)
    for element in new:
        position = _position_of(attribute, element, result, positions)
        if position is None:
            positions[_key(attribute, element)].append(len(result))
            result.append(element)
        else:
            result[position] = _updated(attribute, result[position], element)
    return result


def removed(attribute: Attribute, elements: Sequence[Value], unwanted: Iterable[Value]) -> list[Value]:
    """Remove the elements that are the same as one of ``unwanted``."""
    positions = _positions(attribute, elements)
    gone: set[int] = set()
    for element in unwanted:
        near = positions[_key(attribute, element)] if _has_value(attribute, element) else range(len(elements))
        gone.update(position for position in near if _agrees(attribute, elements[position], element))
    return [element for position, element in enumerate(elements) if position not in gone]


def carried_over(attribute: Attribute, elements: Sequence[Value], new: Sequence[Value]) -> list[Value]:
    """Give new elements what the same elements had and clients cannot set: read-only and immutable parts."""
    positions = _positions(attribute, elements)
    result = []
    for element in new:
        position = _position_of(attribute, element, elements, positions)
        result.append(
            element if position is None else _with_fixed_parts(attribute, elements[position], element)
        )
    return result


def with_one_primary(before: Sequence[Value], after: Sequence[Value]) -> list[Value]:
    """Let the newest primary win, where elements kept their places (RFC 7644 §3.5.2)."""
    was = {position for position, element in enumerate(before) if _is_primary(element)}
    now = {position for position, element in enumerate(after) if _is_primary(element)}
    newest = now - was
    if not newest:
        return list(after)
    if len(newest) > 1:
        raise InvalidValue("only one value can be primary")
    return [
        {**element, "primary": False} if position in now - newest and is_complex(element) else element
        for position, element in enumerate(after)
    ]


def _is_primary(element: Value) -> bool:
    return is_complex(element) and element.get("primary") is True


def _positions(attribute: Attribute, elements: Sequence[Value]) -> _Positions:
    positions: _Positions = defaultdict(list)
    for position, element in enumerate(elements):
        positions[_key(attribute, element)].append(position)
    return positions


def _position_of(
    attribute: Attribute, element: Value, elements: Sequence[Value], positions: Mapping[Hashable, list[int]]
) -> int | None:
    near = positions.get(_key(attribute, element), ())
    same = [position for position in near if _agrees(attribute, elements[position], element)]
    return min(same, key=lambda position: _distance(elements[position], element), default=None)


def _distance(element: Value, wanted: Value) -> int:
    if element == wanted:
        return 0
    has_type = [is_complex(each) and "type" in each for each in (element, wanted)]
    return 1 if has_type[0] == has_type[1] else 2


def _key(attribute: Attribute, element: Value) -> Hashable:
    if not is_complex(element):
        return _meaning(attribute, element)
    if _has_value(attribute, element):
        return _part(attribute, element, "value")
    settable = (name for name in element if not _is_read_only(attribute, name))
    return frozenset((name, _part(attribute, element, name)) for name in settable)


def _agrees(attribute: Attribute, element: Value, wanted: Value) -> bool:
    if not is_complex(element) or not is_complex(wanted):
        return _key(attribute, element) == _key(attribute, wanted)
    if not _has_value(attribute, wanted):
        return all(_part(attribute, element, name) == _part(attribute, wanted, name) for name in wanted)
    types = {_part(attribute, each, "type") for each in (element, wanted) if "type" in each}
    return _part(attribute, element, "value") == _part(attribute, wanted, "value") and len(types) <= 1


def _has_value(attribute: Attribute, element: Value) -> bool:
    return not is_complex(element) or (attribute.sub_attribute("value") is not None and "value" in element)


def _part(attribute: Attribute, element: Mapping[str, Value], name: str) -> Hashable:
    sub = attribute.sub_attribute(name)
    return None if sub is None else _meaning(sub, element.get(name))


def _meaning(attribute: Attribute, value: Value) -> Hashable:
    meaning = comparable(attribute, value)
    return tuple(meaning) if isinstance(meaning, list) else meaning


def _updated(attribute: Attribute, old: Value, new: Value) -> Value:
    if not is_complex(old) or not is_complex(new):
        return old
    settable = {
        name: value for name, value in new.items() if name not in old or not _is_fixed(attribute, name)
    }
    same = (
        name
        for name in settable
        if name in old and _part(attribute, old, name) == _part(attribute, new, name)
    )
    return {**old, **settable, **{name: old[name] for name in same}}


def _with_fixed_parts(attribute: Attribute, old: Value, new: Value) -> Value:
    if not is_complex(old) or not is_complex(new):
        return new
    return {**new, **{name: value for name, value in old.items() if _is_fixed(attribute, name)}}


def _is_read_only(attribute: Attribute, name: str) -> bool:
    sub = attribute.sub_attribute(name)
    return sub is not None and sub.mutability == "readOnly"


def _is_fixed(attribute: Attribute, name: str) -> bool:
    sub = attribute.sub_attribute(name)
    return sub is not None and sub.mutability in {"readOnly", "immutable"}
