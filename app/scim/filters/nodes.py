"""The nodes of a parsed filter: a closed union, to be taken apart with ``match``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.scim.path import AttributePath

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
ComparedValue: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """``path operator value``. Inside a value path, ``path`` is relative to the element: ``type eq "work"``."""

    path: AttributePath
    operator: Operator
    value: ComparedValue


@dataclass(frozen=True, slots=True)
class Present:
    """``path pr``: the attribute has a non-empty value."""

    path: AttributePath


@dataclass(frozen=True, slots=True)
class And:
    """All of ``operands`` hold."""

    operands: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of ``operands`` holds."""

    operands: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``operand`` does not hold."""

    operand: Filter


@dataclass(frozen=True, slots=True)
class ValuePath:
    """``path[filter]``: one single element of a multi-valued attribute fulfils all of ``filter``."""

    path: AttributePath
    filter: Filter


Filter: TypeAlias = Comparison | Present | And | Or | Not | ValuePath
