"""How a directory compares values (RFC 4517), as far as filters are evaluated without a server.

Three-valued, like the protocol (RFC 4511 §4.5.1.7): True, False, or None for Undefined.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping

from app.directory.dn import Dn, InvalidDn
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
from app.directory.model import Entry, Values

Rule = Callable[[bytes], object]
"""Maps a value to what equal values have in common. Raises ValueError where the value has no such form."""


def case_ignore(value: bytes) -> object:
    """Compare without case, spaces counting once, by caseIgnoreMatch."""
    return " ".join(value.decode().casefold().split())


def octets(value: bytes) -> object:
    """Compare byte by byte, by octetStringMatch."""
    return value


def distinguished_name(value: bytes) -> object:
    """Compare names, by distinguishedNameMatch."""
    try:
        return Dn.parse(value.decode())
    except InvalidDn as error:
        raise ValueError(str(error)) from error


def unique_id(value: bytes) -> object:
    """Compare ids by UUIDMatch (RFC 4530)."""
    return uuid.UUID(value.decode()).bytes


RULES: Mapping[str, Rule] = {
    "entryuuid": unique_id,
    "member": distinguished_name,
    "uniquemember": distinguished_name,
    "memberof": distinguished_name,
    "manager": distinguished_name,
    "userpassword": octets,
    "jpegphoto": octets,
    "entrycsn": octets,
    "createtimestamp": octets,
    "modifytimestamp": octets,
    "pwdaccountlockedtime": octets,
}
"""Attributes that are not compared by caseIgnoreMatch."""


def rule_of(attribute: str) -> Rule:
    """Return how an attribute's values are compared."""
    return RULES.get(attribute.lower(), case_ignore)


def matches(node: Filter, entry: Entry) -> bool | None:
    """Tell whether an entry matches, or None where that is Undefined."""
    match node:
        case Everything():
            return True
        case Nothing():
            return False
        case And(operands):
            return _all(matches(operand, entry) for operand in operands)
        case Or(operands):
            found = _all(_invert(matches(operand, entry)) for operand in operands)
            return _invert(found)
        case Not(operand):
            return _invert(matches(operand, entry))
        case Present(attribute):
            return bool(entry.values(attribute))
        case Extensible():
            return None
        case _:
            return _compare(node, entry.values(node.attribute))


def _all(results: Iterable[bool | None]) -> bool | None:
    collected = list(results)
    if False in collected:
        return False
    return None if None in collected else True


def _invert(result: bool | None) -> bool | None:  # noqa: FBT001 - the logic's own value
    return None if result is None else not result


def _compare(node: Equals | Substrings | GreaterOrEqual | LessOrEqual, values: Values) -> bool | None:
    rule = rule_of(node.attribute)
    try:
        match node:
            case Equals(value=asserted):
                return any(rule(value) == rule(asserted) for value in values)
            case GreaterOrEqual(value=asserted):
                return any(_key(rule, value) >= _key(rule, asserted) for value in values)
            case LessOrEqual(value=asserted):
                return any(_key(rule, value) <= _key(rule, asserted) for value in values)
            case Substrings():
                return any(_has_parts(node, rule, value) for value in values)
    except ValueError:
        return None


def _key(rule: Rule, value: bytes) -> str:
    return str(rule(value))


def _has_parts(node: Substrings, rule: Rule, value: bytes) -> bool:
    text = _key(rule, value)
    initial, final = _fold(rule, node.initial), _fold(rule, node.final)
    if not text.startswith(initial) or not text.endswith(final) or len(text) < len(initial) + len(final):
        return False
    rest = text[len(initial) : len(text) - len(final)]
    for part in node.any:
        _, found, rest = rest.partition(_fold(rule, part))
        if not found:
            return False
    return True


def _fold(rule: Rule, part: bytes | None) -> str:
    return _key(rule, part) if part else ""
