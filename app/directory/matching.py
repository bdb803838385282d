"""How a directory compares values (RFC 4517), as far as filters are evaluated without a server.

Three-valued, like the protocol (RFC 4511 §4.5.1.7): True, False, or None for Undefined.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, assert_never

from app.directory.dialects.vocabulary import (
    CATEGORY_ATTRIBUTES,
    TIME_ATTRIBUTES,
    UNIQUE_ID_ATTRIBUTES,
    VERSION_ATTRIBUTES,
)
from app.directory.dn import Dn
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
from app.directory.text import prepare


@dataclass(frozen=True, slots=True)
class Rule:
    """An attribute's matching rules.

    ``normalize`` maps a value to what equal values have in common, and raises ValueError where the value has no such
    form. The others tell which comparisons the attribute has a rule for.
    """

    normalize: Callable[[bytes], Any]
    has_equality: bool = True
    has_substrings: bool = False
    has_order: bool = False


def _text(value: bytes) -> str:
    return prepare(value.decode())


def _ascii(value: bytes) -> str:
    return prepare(value.decode("ascii"))


def _exact_text(value: bytes) -> str:
    return " ".join(value.decode().split(" "))


def _telephone(value: bytes) -> str:
    return _text(value).replace(" ", "").replace("-", "")


def _octets(value: bytes) -> bytes:
    return value


def _name(value: bytes) -> Dn:
    return Dn.parse(value.decode())


def _category(value: bytes) -> str:
    # MS-ADTS §3.1.1.3.1.3.5: "person" stands for CN=Person,CN=Schema,CN=Configuration,…
    text = value.decode()
    return prepare(Dn.parse(text).rdn.avas[0].value if "=" in text else text)


def _unique_id(value: bytes) -> bytes:
    return uuid.UUID(value.decode()).bytes


def _time(value: bytes) -> tuple[str, str]:
    # What servers make themselves is in UTC; minutes and seconds may be left out.
    whole, _, fraction = value.decode("ascii").removesuffix("Z").partition(".")
    return whole.ljust(14, "0"), fraction.rstrip("0")


CASE_IGNORE = Rule(_text, has_substrings=True)
_TELEPHONE = Rule(_telephone, has_substrings=True)
_NAME = Rule(_name)
_TIME = Rule(_time, has_order=True)
_OCTETS = Rule(_octets)
_NUMBER = Rule(int, has_order=True)

RULES: Mapping[str, Rule] = {
    **dict.fromkeys(UNIQUE_ID_ATTRIBUTES, Rule(_unique_id, has_order=True)),
    **dict.fromkeys(VERSION_ATTRIBUTES, Rule(_octets, has_order=True)),
    **dict.fromkeys(TIME_ATTRIBUTES, _TIME),
    **dict.fromkeys(CATEGORY_ATTRIBUTES, Rule(_category)),
    "uidnumber": _NUMBER,
    "gidnumber": _NUMBER,
    "member": _NAME,
    "uniquemember": _NAME,
    "memberof": _NAME,
    "manager": _NAME,
    "mail": Rule(_ascii, has_substrings=True),
    "labeleduri": Rule(_exact_text),
    "memberuid": Rule(_exact_text),
    "telephonenumber": _TELEPHONE,
    "homephone": _TELEPHONE,
    "mobile": _TELEPHONE,
    "pager": _TELEPHONE,
    "facsimiletelephonenumber": Rule(_octets, has_equality=False),
    "jpegphoto": Rule(_octets, has_equality=False),
    "userpassword": _OCTETS,
}
"""Attributes that are not compared by caseIgnoreMatch, as in OpenLDAP's own schemas."""


def rule_of(attribute: str) -> Rule:
    """Return how an attribute's values are compared."""
    return RULES.get(attribute.lower(), CASE_IGNORE)


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
            return _invert(_all(_invert(matches(operand, entry)) for operand in operands))
        case Not(operand):
            return _invert(matches(operand, entry))
        case Present(attribute):
            return bool(entry.values(attribute))
        case Extensible(attribute):
            return _related(node, entry.values(attribute))
        case _:
            return _compare(node, entry.values(node.attribute))


_RELATIONS: Mapping[str, Callable[[Dn, Dn], bool]] = {
    "dnSubtreeMatch": lambda name, top: name.is_within(top),
    "dnOneLevelMatch": lambda name, top: bool(name.rdns) and name.parent == top,
}
"""The rules for names that are found by where they are."""


def _related(node: Extensible, values: Values) -> bool | None:
    relation = _RELATIONS.get(node.rule)
    if relation is None:
        return None
    top = Dn.parse(node.value.decode())
    return any(relation(Dn.parse(value.decode()), top) for value in values)


def _all(results: Iterable[bool | None]) -> bool | None:
    collected = list(results)
    if False in collected:
        return False
    return None if None in collected else True


def _invert(result: bool | None) -> bool | None:  # noqa: FBT001 - the logic's own value
    return None if result is None else not result


Comparison = Equals | Substrings | GreaterOrEqual | LessOrEqual


def _compare(node: Comparison, values: Values) -> bool | None:
    rule = rule_of(node.attribute)
    if not _has_rule(node, rule):
        return None
    try:
        if not _is_valid(node, rule):
            return None
        is_written_so = isinstance(node, Equals) and node.value in values
        return is_written_so or any(_fulfils(node, rule, value) for value in values)
    except ValueError:
        return None


def _has_rule(node: Comparison, rule: Rule) -> bool:
    match node:
        case Equals():
            return rule.has_equality
        case Substrings():
            return rule.has_substrings
        case GreaterOrEqual() | LessOrEqual():
            return rule.has_order
    assert_never(node)


def _is_valid(node: Comparison, rule: Rule) -> bool:
    """Look at the asserted value, which must have the form that the rule wants also where no value is there."""
    if isinstance(node, Substrings):
        parts = [_folded(rule, part) for part in (node.initial, *node.any, node.final) if part]
        return all(parts)
    _asserted(rule.normalize, node.value)
    return True


@lru_cache(maxsize=256)
def _asserted(normalize: Callable[[bytes], Any], value: bytes) -> Any:
    """Normalize what a filter asserts: it is held against many values."""
    return normalize(value)


def _fulfils(node: Comparison, rule: Rule, value: bytes) -> bool:
    found = rule.normalize(value)
    match node:
        case Equals(value=asserted):
            return bool(found == _asserted(rule.normalize, asserted))
        case GreaterOrEqual(value=asserted):
            return bool(found >= _asserted(rule.normalize, asserted))
        case LessOrEqual(value=asserted):
            return bool(found <= _asserted(rule.normalize, asserted))
        case Substrings():
            return _has_parts(node, rule, found)
    assert_never(node)


def _has_parts(node: Substrings, rule: Rule, text: str) -> bool:
    initial, final = _folded(rule, node.initial), _folded(rule, node.final)
    if not text.startswith(initial) or not text.endswith(final) or len(text) < len(initial) + len(final):
        return False
    rest = text[len(initial) : len(text) - len(final)]
    for part in node.any:
        _, found, rest = rest.partition(_folded(rule, part))
        if not found:
            return False
    return True


def _folded(rule: Rule, part: bytes | None) -> str:
    return str(rule.normalize(part)) if part else ""
