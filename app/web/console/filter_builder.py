"""A SCIM filter from rows of attribute, operator and value, for people who do not write filters. Works without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

from app.mapping.model import SchemaMap
from app.scim.errors import InvalidFilter
from app.scim.filters.nodes import And, ComparedValue, Comparison, Filter, Not, Operator, Or, Present
from app.scim.path import PathError, parse_path
from app.scim.path import resolve as resolve_path
from app.scim.schema import Attribute, ResourceType
from app.web.console.forms import Form

PRESENT, ABSENT = "pr", "np"
OPERATORS: Final = {
    "eq": "is",
    "ne": "is not",
    "co": "contains",
    "sw": "starts with",
    "ew": "ends with",
    "gt": "is greater than",
    "lt": "is less than",
    PRESENT: "has a value",
    ABSENT: "has no value",
}
MOST_ROWS: Final = 20
_TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as somebody chose it."""

    attribute: str = ""
    operator: str = "eq"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """All rows, and whether one of them is enough."""

    rows: tuple[Row, ...] = ()
    is_any: bool = False

    @property
    def shown(self) -> tuple[Row, ...]:
        """Return the rows with an empty one more to fill in."""
        return (*self.rows, Row())[:MOST_ROWS]

    def condition(self, resource_type: ResourceType) -> Filter | None:
        """Return the filter; None where there is no row. Raises ScimError."""
        conditions = tuple(_condition(row, resource_type) for row in self.rows)
        if len(conditions) < 2:  # noqa: PLR2004 - one needs no word between
            return conditions[0] if conditions else None
        return Or(conditions) if self.is_any else And(conditions)


def read_rows(form: Form) -> Built:
    """Read the rows that say something."""
    columns = (form.sent.getlist(name)[:MOST_ROWS] for name in ("attr", "op", "val"))
    rows = (
        Row(attribute.strip(), operator if operator in OPERATORS else "eq", value.strip())
        for attribute, operator, value in zip(*columns, strict=False)
    )
    return Built(tuple(row for row in rows if row.attribute), form.text("match") == "any")


def attributes_of(schema_map: SchemaMap) -> list[str]:
    """Name what can be asked for in a domain: what its map shows, as SCIM filters write it."""
    shown = (
        f"{rule.place.path}.value" if rule.place.is_elements else str(rule.place.path)
        for rule in schema_map.rules
        if rule.reads
    )
    aspects = (str(path) for aspect, path in schema_map.aspects if aspect != "password")
    references = (f"{rule.place.path}.value" for rule in schema_map.references)
    return [*dict.fromkeys((*shown, *aspects, *references, "id"))]


def _condition(row: Row, resource_type: ResourceType) -> Filter:
    try:
        path = parse_path(row.attribute)
        leaf = resolve_path(path, resource_type).leaf
    except PathError as error:
        raise InvalidFilter(str(error)) from error
    if row.operator in {PRESENT, ABSENT}:
        return Present(path) if row.operator == PRESENT else Not(Present(path))
    assert row.operator in get_args(Operator)  # noqa: S101 - all others are above
    return Comparison(path, cast("Operator", row.operator), _value(row, leaf))


def _value(row: Row, leaf: Attribute) -> ComparedValue:
    if leaf.type == "boolean":
        if row.value.lower() not in _TRUTHS:
            raise InvalidFilter(f"{row.attribute} is true or false")
        return _TRUTHS[row.value.lower()]
    if leaf.type == "integer":
        if not row.value.removeprefix("-").isdecimal():
            raise InvalidFilter(f"{row.attribute} is a number")
        return int(row.value)
    return row.value


def parameters(built: Built) -> dict[str, Sequence[str] | str]:
    """Return what makes the same rows again, for links."""
    if not built.rows:
        return {}
    return {
        "attr": [row.attribute for row in built.rows],
        "op": [row.operator for row in built.rows],
        "val": [row.value for row in built.rows],
        "match": "any" if built.is_any else "all",
    }
