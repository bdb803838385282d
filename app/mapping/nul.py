"""NUL characters, which some directories take for the end of a text when they compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.scim.errors import InvalidValue
from app.scim.filters.nodes import And, Comparison, Filter, Not, Or, ValuePath
from app.scim.resource import Resource, is_complex, is_list
from app.scim.schema import Value

NUL = "\0"


def refuse_nul(after: Resource, *, before: Resource | None = None) -> None:
    """Refuse a resource with such a text; one that was there ``before`` may stay.

    Raises:
        InvalidValue: naming all attributes that have one.
    """
    known = set(_places(before.attributes)) if before else set()
    places = [place for place in dict.fromkeys(_places(after.attributes)) if place not in known]
    if places:
        raise InvalidValue(f"{', '.join(places)}: has a NUL character, which the directory cannot keep")


def asks_for_nul(condition: Filter) -> bool:
    """Tell whether a filter compares with such a text."""
    match condition:
        case And(operands) | Or(operands):
            return any(map(asks_for_nul, operands))
        case Not(operand) | ValuePath(_, operand):
            return asks_for_nul(operand)
        case Comparison(_, _, value):
            return isinstance(value, str) and NUL in value
        case _:
            return False


def _places(attributes: Mapping[str, Value], above: str = "") -> Iterator[str]:
    for name, value in attributes.items():
        # RFC 7644 §3.10: a colon stands between a schema and its attribute.
        place = f"{above}{':' if ':' in above else '.'}{name}" if above else name
        for each in value if is_list(value) else (value,):
            if is_complex(each):
                yield from _places(each, place)
            elif isinstance(each, str) and NUL in each:
                yield place
