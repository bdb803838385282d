"""What a resolved filter means, in two-valued logic.

A comparison holds when at least one value of the attribute fulfils it, and does not when there is none. ``ne`` is
the negation of ``eq`` (RFC 7644 §3.4.2.2 calls it "not identical"): it holds when no value is equal, also where the
attribute is unassigned. A value path holds when one single element fulfils all of its filter.
"""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias, assert_never

from app.scim.comparison import comparable
from app.scim.filters.nodes import And, Comparison, Filter, Not, Operator, Or, Present, ValuePath
from app.scim.path import AttributePath, resolve
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Attribute, Value

_Lookup: TypeAlias = Callable[[AttributePath], tuple[Attribute, Sequence[Value]]]

_TESTS: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    "eq": operators.eq,
    "co": operators.contains,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": operators.gt,
    "ge": operators.ge,
    "lt": operators.lt,
    "le": operators.le,
}


def matches(condition: Filter, resource: Resource) -> bool:
    """Tell whether a resource fulfils a filter that was resolved against its type."""
    return _holds(condition, partial(_in_resource, resource))


def element_matches(condition: Filter, element: Value, attribute: Attribute) -> bool:
    """Tell whether one element of ``attribute`` fulfils a filter with paths relative to the element."""
    return _holds(condition, partial(_in_element, attribute, element))


def _in_resource(resource: Resource, path: AttributePath) -> tuple[Attribute, Sequence[Value]]:
    return resolve(path, resource.type).leaf, values_of(resource.get(path))


def _in_element(
    attribute: Attribute, element: Value, path: AttributePath
) -> tuple[Attribute, Sequence[Value]]:
    sub = attribute.sub_attribute(path.attribute)
    if sub is None:
        return attribute, (element,)
    return sub, values_of(element.get(sub.name) if is_complex(element) else None)


def _holds(condition: Filter, lookup: _Lookup) -> bool:
    match condition:
        case Comparison(path, "ne", value):
            return not _holds(Comparison(path, "eq", value), lookup)
        case Comparison(path, operator, value):
            attribute, values = lookup(path)
            wanted = comparable(attribute, value)
            return any(_TESTS[operator](comparable(attribute, found), wanted) for found in values)
        case Present(path):
            return bool(lookup(path)[1])
        case ValuePath(path, inner):
            attribute, values = lookup(path)
            return any(element_matches(inner, element, attribute) for element in values)
        case Not(operand):
            return not _holds(operand, lookup)
        case And(operands):
            return all(_holds(operand, lookup) for operand in operands)
        case Or(operands):
            return any(_holds(operand, lookup) for operand in operands)
    assert_never(condition)
