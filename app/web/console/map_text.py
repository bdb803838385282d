"""Changes to the text of a map: a rule's attribute, a rule that goes, one more rule. All else stays as it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_PLAIN = re.compile(r"(?!(?i:yes|no|on|off|true|false|null)\Z)[A-Za-z_$](?:[\w.:$\[\]-]*[\w\]])?")
_NAMING = ("attribute", "reference")
"""The keys of a rule that name an attribute of the entry."""
_BLOCKS = ("|", ">")


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule that a text has: its key, and what stands there."""

    key: yaml.Node
    value: yaml.Node

    @property
    def naming(self) -> yaml.ScalarNode | None:
        """The place where the attribute is named; None where it is not, or not here."""
        found: yaml.Node | None = self.value
        if isinstance(self.value, yaml.MappingNode):
            found = next((each for key, each in self.value.value if key.value in _NAMING), None)
        if not isinstance(found, yaml.ScalarNode) or found.style in _BLOCKS:
            return None
        # An alias has the marks of its anchor, which may be another rule's.
        return found if found.start_mark.index > self.key.end_mark.index else None


def changed(text: str, attributes: Mapping[str, str], whole: Mapping[str, Any]) -> str:
    """Give rules other attributes, or take them out where that is empty, by their places.

    ``whole`` has the rules of the map with those that it extends another by: one of these is written here anew.
    """
    text = _unified(text)
    rules = _rules(text)
    edits = [
        _edit(text, rules[place.lower()], new) for place, new in attributes.items() if place.lower() in rules
    ]
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    inherited = {place.lower(): rule for place, rule in whole.items()}
    for place, new in attributes.items():
        if place.lower() not in rules and place.lower() in inherited:
            text = _with_line(text, f"{_scalar(place)}: {_renamed(inherited[place.lower()], new)}")
    return text


def with_rule(text: str, place: str, attribute: str) -> str:
    """Write one more rule at the end of a map's attributes."""
    return _with_line(_unified(text), f"{_scalar(place)}: {_scalar(attribute)}")


def changeable(text: str) -> Mapping[str, bool]:
    """Say which rules a text has, by their places in lower case, and whether their attributes can be changed."""
    return {place: rule.naming is not None for place, rule in _rules(_unified(text)).items()}


def takes_rules(text: str) -> bool:
    """Whether rules can be written into a text: not where some stand on one line with the key of all."""
    attributes = _attributes(text)
    return attributes is None or not attributes.flow_style or not attributes.value


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n")


def _rules(text: str) -> dict[str, _Rule]:
    """Return the rules of a text; none where they stand on one line."""
    attributes = _attributes(text)
    if attributes is None or attributes.flow_style:
        return {}
    return {
        key.value.lower(): _Rule(key, value)
        for key, value in attributes.value
        if isinstance(key, yaml.ScalarNode)
    }


def _attributes(text: str) -> yaml.MappingNode | None:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    keys = root.value if isinstance(root, yaml.MappingNode) else ()
    found = next((value for key, value in keys if key.value == "attributes"), None)
    return found if isinstance(found, yaml.MappingNode) else None


def _edit(text: str, rule: _Rule, attribute: str) -> _Edit:
    if not attribute:
        return _removal(text, rule)
    if rule.naming is None:
        return _Edit(0, 0, "")
    return _Edit(rule.naming.start_mark.index, rule.naming.end_mark.index, _scalar(attribute))


def _removal(text: str, rule: _Rule) -> _Edit:
    """Take the lines of a rule out; comments and blank lines after it are the next one's."""
    lines = text.splitlines(keepends=True)
    first, end = rule.key.start_mark.line, rule.value.end_mark
    is_alias = rule.value.start_mark.index <= rule.key.end_mark.index
    last = first + 1 if is_alias else end.line + (1 if end.column else 0)
    if isinstance(rule.value, yaml.CollectionNode) and not rule.value.flow_style and not is_alias:
        last = end.line
        while last > first + 1 and lines[last - 1].strip()[:1] in {"", "#"}:
            last -= 1
    start = sum(map(len, lines[:first]))
    return _Edit(start, start + sum(map(len, lines[first:last])), "")


def _renamed(rule: Any, attribute: str) -> str:
    """Write a rule of the map that is extended, with another attribute; null takes it out."""
    if not attribute:
        return "null"
    if not isinstance(rule, Mapping):
        return _scalar(attribute)
    named = {key: attribute if key in _NAMING else value for key, value in rule.items()}
    # JSON is YAML, on one line.
    return json.dumps(named, ensure_ascii=False)


def _with_line(text: str, rule: str) -> str:
    lines = text.rstrip("\n").split("\n")
    start = next((n for n, each in enumerate(lines) if each.startswith("attributes:")), None)
    if start is None:
        return "\n".join([*lines, "attributes:", f"  {rule}", ""])
    if lines[start].replace(" ", "") == "attributes:{}":
        lines[start] = "attributes:"
    end = next((n for n in range(start + 1, len(lines)) if lines[n][:1] not in {" ", "", "#"}), len(lines))
    # As far to the right as the first one.
    first = next((each for each in lines[start + 1 : end] if each.strip()[:1] not in {"", "#"}), "  ")
    indent = first[: len(first) - len(first.lstrip(" "))] or "  "
    return "\n".join([*lines[:end], indent + rule, *lines[end:], ""])


def _scalar(text: str) -> str:
    # JSON's strings are YAML's.
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
