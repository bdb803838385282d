"""What SCIM shows of a rule's directory attribute."""

from __future__ import annotations

from app.directory.dn import Ava
from app.directory.model import Entry
from app.mapping.model import Rule
from app.scim.schema import Value


def shown_values(rule: Rule, entry: Entry) -> list[Value]:
    """Return what SCIM shows of a rule's attribute."""
    values = entry.values(rule.attribute)
    if len(values) > 1:
        return [rule.transform.to_scim(raw) for raw in shown(rule, entry)]
    try:
        return [rule.transform.to_scim(raw) for raw in values]
    except ValueError:
        return []


def shown(rule: Rule, entry: Entry) -> list[bytes]:
    """Return the values that SCIM shows: those that can be read, and of them as many as the attribute has.

    Where there are several, the primary one comes first, and before it that by which the entry is named.
    """
    found = readable(rule, entry)
    if len(found) < 2:  # noqa: PLR2004 - nothing is to be put in order
        return found
    naming = [ava for ava in entry.dn.rdn.avas if ava.attribute.lower() == rule.attribute.lower()]
    is_marked = rule.transform.is_marked
    if is_marked is not None:
        found.sort(key=lambda raw: not is_marked(raw))
    found.sort(key=lambda raw: not any(is_named(ava, raw) for ava in naming))
    return found if rule.is_list else found[:1]


def readable(rule: Rule, entry: Entry) -> list[bytes]:
    """Return the values that could be shown."""
    return [raw for raw in entry.values(rule.attribute) if _is_readable(rule, raw)]


def _is_readable(rule: Rule, raw: bytes) -> bool:
    try:
        rule.transform.to_scim(raw)
    except ValueError:
        return False
    return True


def is_named(ava: Ava, value: bytes) -> bool:
    """Tell whether a value is the one in a name."""
    return Ava(ava.attribute, value.decode("utf-8", "replace")).key == ava.key
