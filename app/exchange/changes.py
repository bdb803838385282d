"""What changes when somebody fills in a place anew: operations of a PATCH for what is different now, and for nothing else.

Values that were not filled in, such as emails of other types, stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias

from app.exchange.places import is_many, text_of, value_at, values_at
from app.mapping.model import Place
from app.scim.resource import Resource, values_of
from app.scim.schema import Value

Operation: TypeAlias = dict[str, Value]


def changes(place: Place, wanted: Value, current: Resource) -> Iterator[Operation]:
    """Yield what makes the resource have what is wanted at a place; an empty text, or no values, remove what is there."""
    if is_many(place):
        before, after = values_at(place, current.attributes), list(values_of(wanted))
        yield from _element_operations(place, before, after)
        return
    present = value_at(place, current.attributes)
    if text_of(wanted) == text_of(present) or (wanted is False and present is None):
        return
    path = path_of(place)
    if wanted in {"", None}:
        yield {"op": "remove", "path": path}
    else:
        yield {"op": "add" if present is None else "replace", "path": path, "value": wanted}


def path_of(place: Place) -> str:
    """Write a place as a PATCH path."""
    if not (place.is_element_part and place.element_type):
        return str(place.path)
    return f"{place.path.parent}[type eq {json.dumps(place.element_type)}].{place.path.sub_attribute}"


def _element_operations(place: Place, before: list[str], after: list[Value]) -> Iterator[Operation]:
    told = [text_of(value) for value in after]
    gone = [value for value in before if value not in told]
    new = [value for value in after if text_of(value) not in before]
    name = str(place.path.parent)
    if not place.is_elements:
        if gone or new:
            yield {"op": "replace", "path": name, "value": after} if after else {"op": "remove", "path": name}
        return
    if len(gone) == len(new) == 1:
        # One for one: what else the element has, such as primary, stays.
        yield {"op": "replace", "path": f"{name}[{_condition(place, gone[0])}].value", "value": new[0]}
        return
    for value in gone:
        yield {"op": "remove", "path": f"{name}[{_condition(place, value)}]"}
    if new:
        kind: dict[str, Value] = {"type": place.element_type} if place.element_type else {}
        yield {"op": "add", "path": name, "value": [{"value": value, **kind} for value in new]}


def _condition(place: Place, value: str) -> str:
    kind = place.element_type
    of_type = f"type eq {json.dumps(kind)} and " if kind else ""
    return f"{of_type}value eq {json.dumps(value)}"
