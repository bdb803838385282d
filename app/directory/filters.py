"""Search filters: a closed algebra, its RFC 4515 text, and what an entry makes of it.

Filters are built with ``all_of``, ``any_of`` and ``negate``, which keep the constants ``Everything`` and ``Nothing``
out of everything but the top, since few servers know RFC 4526's "(&)" and "(|)".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, assert_never

# Values that stand in filters as they are, as most do: ASCII without spaces and what has a meaning there.
_PLAIN = re.compile(rb"[!-'+-\[\]-~]+")
_ESCAPED = {ord(character): f"\\{ord(character):02x}" for character in "\\*()\0"}


@dataclass(frozen=True, slots=True)
class Everything:
    """Every entry matches."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No entry matches."""


@dataclass(frozen=True, slots=True)
class And:
    """All operands match."""

    operands: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one operand matches."""

    operands: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The operand does not match."""

    operand: Filter


@dataclass(frozen=True, slots=True)
class Equals:
    """One value equals ``value`` by the attribute's equality rule."""

    attribute: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Substrings:
    """One value starts with ``initial``, has ``any`` in order and ends with ``final``, where these are given."""

    attribute: str
    initial: bytes | None = None
    any: tuple[bytes, ...] = ()
    final: bytes | None = None


@dataclass(frozen=True, slots=True)
class GreaterOrEqual:
    """One value is greater or equal by the attribute's ordering rule."""

    attribute: str
    value: bytes


@dataclass(frozen=True, slots=True)
class LessOrEqual:
    """One value is less or equal by the attribute's ordering rule."""

    attribute: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Present:
    """The attribute has a value."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Extensible:
    """One value matches by a matching rule named here, such as a bit mask or a chain of links."""

    attribute: str
    rule: str
    value: bytes


Filter: TypeAlias = (
    Everything
    | Nothing
    | And
    | Or
    | Not
    | Equals
    | Substrings
    | GreaterOrEqual
    | LessOrEqual
    | Present
    | Extensible
)


def all_of(operands: Iterable[Filter]) -> Filter:
    """Join filters by "and", leaving out what is always true."""
    kept: list[Filter] = []
    for operand in operands:
        match operand:
            case Nothing():
                return operand
            case Everything():
                continue
            case And(inner):
                kept.extend(inner)
            case _:
                kept.append(operand)
    unique = _unique(kept)
    if not unique:
        return Everything()
    return unique[0] if len(unique) == 1 else And(unique)


def any_of(operands: Iterable[Filter]) -> Filter:
    """Join filters by "or", leaving out what is never true."""
    kept: list[Filter] = []
    for operand in operands:
        match operand:
            case Everything():
                return operand
            case Nothing():
                continue
            case Or(inner):
                kept.extend(inner)
            case _:
                kept.append(operand)
    unique = _unique(kept)
    if not unique:
        return Nothing()
    return unique[0] if len(unique) == 1 else Or(unique)


def _unique(operands: list[Filter]) -> tuple[Filter, ...]:
    """Leave out what stands there twice; two are compared without hashing all that is in them."""
    if len(operands) > 2:  # noqa: PLR2004
        return tuple(dict.fromkeys(operands))
    is_twice = len(operands) == 2 and operands[0] == operands[1]  # noqa: PLR2004
    return tuple(operands[:1] if is_twice else operands)


def negate(operand: Filter) -> Filter:
    """Turn a filter round."""
    match operand:
        case Everything():
            return Nothing()
        case Nothing():
            return Everything()
        case Not(inner):
            return inner
        case _:
            return Not(operand)


def loosened(node: Filter, attributes: frozenset[str]) -> Filter:
    """Match at least what a filter matches, without asking which values these attributes (in lower case) have."""
    match node:
        case Equals(attribute) if attribute.lower() in attributes:
            return Everything()
        case And(operands):
            return all_of(loosened(operand, attributes) for operand in operands)
        case Or(operands):
            return any_of(loosened(operand, attributes) for operand in operands)
        case _:
            return node


def escape(value: bytes) -> str:
    """Escape an assertion value (RFC 4515 §3).

    Values that are not UTF-8, or that begin or end with white space, which parsers like to trim, are escaped byte by
    byte.
    """
    if _PLAIN.fullmatch(value):
        return value.decode()
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return _escape_bytes(value)
    return text.translate(_ESCAPED) if text == text.strip() else _escape_bytes(value)


def _escape_bytes(value: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in value)


def render(node: Filter) -> str:
    """Write a filter as RFC 4515 text.

    ``Nothing`` has no text that every server knows; a search for it need not be sent.
    """
    match node:
        case Everything():
            return "(objectClass=*)"
        case Nothing():
            return "(!(objectClass=*))"
        case And(operands):
            return f"(&{''.join(map(render, operands))})"
        case Or(operands):
            return f"(|{''.join(map(render, operands))})"
        case Not(operand):
            return f"(!{render(operand)})"
        case Equals(attribute, value):
            return f"({attribute}={escape(value)})"
        case GreaterOrEqual(attribute, value):
            return f"({attribute}>={escape(value)})"
        case LessOrEqual(attribute, value):
            return f"({attribute}<={escape(value)})"
        case Present(attribute):
            return f"({attribute}=*)"
        case Extensible(attribute, rule, value):
            return f"({attribute}:{rule}:={escape(value)})"
        case Substrings():
            return f"({node.attribute}={_pattern(node)})"
    assert_never(node)


def _pattern(node: Substrings) -> str:
    parts = [node.initial or b"", *node.any, node.final or b""]
    return "*".join(escape(part) for part in parts)


def attributes_of(node: Filter) -> frozenset[str]:
    """Name the attributes that a filter looks at, in lower case."""
    match node:
        case Everything() | Nothing():
            return frozenset()
        case And(operands) | Or(operands):
            return frozenset().union(*(attributes_of(operand) for operand in operands))
        case Not(operand):
            return attributes_of(operand)
        case _:
            return frozenset({node.attribute.lower()})
