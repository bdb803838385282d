"""From comparisons of values to filters that match at least what they mean; what is certain of them nobody says here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta

from app.directory import filters as ldap
from app.mapping.model import Rule
from app.mapping.patterns import text_filter
from app.mapping.transforms import BOOLEAN, GENERALIZED_TIME, Bits
from app.scim.filters import nodes as scim
from app.scim.instant import parse_instant

_ORDERED = {"gt", "ge", "lt", "le"}


NO_RULES: Mapping[str, str] = {}


def compared(rule: Rule, node: scim.Comparison, *, bit_rules: Mapping[str, str] = NO_RULES) -> ldap.Filter:
    """Match at least the entries whose attribute fulfils a comparison; ``bit_rules`` match by bits of numbers."""
    bits = rule.transform.bits
    if bits is not None and bits.which in bit_rules and node.operator == "eq":
        return _bits(rule.attribute, bits, bit_rules[bits.which], wanted=node.value is True)
    try:
        value = rule.transform.to_directory(node.value)
    except ValueError:
        return _without_form(rule, node)
    return _text(rule, node) if rule.transform.is_text else _typed(rule, node, value)


def _bits(attribute: str, bits: Bits, rule: str, *, wanted: bool) -> ldap.Filter:
    are_set = ldap.Extensible(attribute, rule, str(bits.mask).encode())
    if wanted is bits.is_true_when_set:
        return are_set
    return ldap.all_of((ldap.Present(attribute), ldap.negate(are_set)))


def _without_form(rule: Rule, node: scim.Comparison) -> ldap.Filter:
    """No entry shows such a value, but for the empty one, what others have stored, and what is greater or less."""
    is_nobodys = node.operator == "eq" and node.value != "" and not rule.transform.refuses_shown
    return ldap.Nothing() if is_nobodys else ldap.Present(rule.attribute)


def _text(rule: Rule, node: scim.Comparison) -> ldap.Filter:
    case_exact = rule.place.resolved.leaf.case_exact
    # Few directories order text, and none as SCIM does.
    is_comparable = node.operator not in _ORDERED and rule.matching in {"caseIgnore", "caseExact"}
    has_rule = node.operator == "eq" or rule.substrings
    if not is_comparable or not has_rule or (rule.matching == "caseExact" and not case_exact):
        return ldap.Present(rule.attribute)
    text = rule.transform.asked(node.operator, str(node.value))
    if text is None:
        return ldap.Present(rule.attribute)
    return text_filter(rule.attribute, node.operator, text, case_exact=case_exact)


def _typed(rule: Rule, node: scim.Comparison, value: bytes) -> ldap.Filter:
    if rule.transform is GENERALIZED_TIME and rule.matching == "typed":
        return compared_times(rule.attribute, node)
    if not rule.transform.is_exact:
        return ldap.Present(rule.attribute)
    is_known = rule.transform is BOOLEAN or rule.transform.is_one_to_one
    if node.operator == "eq" and (rule.matching == "typed" or (is_known and rule.matching != "none")):
        return ldap.Equals(rule.attribute, value)
    if node.operator in _ORDERED and rule.transform.is_ordered and rule.matching == "typed":
        return _ordered(rule.attribute, node.operator, value)
    return ldap.Present(rule.attribute)


def compared_times(attribute: str, node: scim.Comparison) -> ldap.Filter:
    """Compare instants by whole seconds, around whatever fraction either side has."""
    try:
        moment = parse_instant(str(node.value)).astimezone(UTC).replace(microsecond=0)
        earliest, latest = (
            GENERALIZED_TIME.to_directory(each.isoformat())
            for each in (moment, moment + timedelta(seconds=1))
        )
    except OverflowError:
        return ldap.Present(attribute)
    match node.operator:
        case "gt" | "ge":
            return ldap.GreaterOrEqual(attribute, earliest)
        case "lt" | "le":
            return ldap.LessOrEqual(attribute, latest)
        case _:
            return ldap.all_of(
                (ldap.GreaterOrEqual(attribute, earliest), ldap.LessOrEqual(attribute, latest))
            )


def _ordered(attribute: str, operator: scim.Operator, value: bytes) -> ldap.Filter:
    if operator in {"gt", "ge"}:
        return ldap.GreaterOrEqual(attribute, value)
    return ldap.LessOrEqual(attribute, value)
