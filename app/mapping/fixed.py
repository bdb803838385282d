"""Attributes of entries that no SCIM attribute is: constants, and texts made of the resource.

They are written when an entry is made. Later they follow the resource for as long as they are what was made of it: a
name or a number that somebody else has given stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.directory.dn import Ava
from app.directory.model import Change, Entry, Values
from app.mapping.expression import Evaluation
from app.mapping.model import EntryRules
from app.mapping.sources import first_made


def values(rules: EntryRules, evaluation: Evaluation) -> dict[str, Values]:
    """Return what is written for a resource."""
    return {
        fixed.attribute: tuple(
            text.encode()
            for text in first_made(fixed.sources, evaluation, place=f"entry.attributes.{fixed.attribute}")
        )
        for fixed in rules.attributes
    }


def changes(
    rules: EntryRules, entry: Entry, *, before: Mapping[str, Values], after: Mapping[str, Values]
) -> Iterator[Change]:
    """Say what follows a change of the resource."""
    for fixed in rules.attributes:
        old, new = before.get(fixed.attribute, ()), after.get(fixed.attribute, ())
        if new and new != old and entry.values(fixed.attribute) in {(), old}:
            yield Change("replace", fixed.attribute, new)


def is_anothers(rules: EntryRules, ava: Ava, before: Mapping[str, Values]) -> bool:
    """Tell whether an entry is named by such an attribute, and somebody else has chosen the name."""
    name = next((f.attribute for f in rules.attributes if f.attribute.lower() == ava.attribute.lower()), None)
    return name is not None and ava.value.encode() not in before.get(name, ())
