"""Which indexes a server wants for a search to be fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias, assert_never

from app.directory.filters import (
    And,
    Equals,
    Everything,
    Extensible,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Nothing,
    Or,
    Present,
    Substrings,
)

Kind: TypeAlias = Literal["equality", "substring", "presence", "ordering"]
Index: TypeAlias = tuple[str, Kind]


def indexes_for(node: Filter) -> list[Index]:
    """Name the attributes that a filter looks at and how, each once, in the filter's order."""
    return list(dict.fromkeys(_indexes(node)))


def _indexes(node: Filter) -> Iterator[Index]:
    match node:
        case And(operands) | Or(operands):
            yield from _of_all(operands)
        case Not(operand):
            yield from _indexes(operand)
        case Equals(attribute):
            yield attribute, "equality"
        case Substrings(attribute):
            yield attribute, "substring"
        case Present(attribute):
            yield attribute, "presence"
        case GreaterOrEqual(attribute) | LessOrEqual(attribute):
            yield attribute, "ordering"
        case Everything() | Nothing() | Extensible():
            # Servers have no index for the rules that are named in a filter.
            return
        case _:
            assert_never(node)


def _of_all(operands: Iterable[Filter]) -> Iterator[Index]:
    for operand in operands:
        yield from _indexes(operand)
