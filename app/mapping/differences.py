"""What turns an attribute of an entry into what a resource has become."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.directory.model import Change, Entry, Values, same_values
from app.mapping.image import Image
from app.mapping.model import ReferenceRule, Rule
from app.mapping.shown import readable, shown
from app.mapping.written import distinct


def rule_changes(rule: Rule, entry: Entry, after: Values) -> Iterator[Change]:
    """Put ``after`` in the place of the values that SCIM shows; all others are somebody else's and stay.

    Where nothing takes their place all that SCIM could show goes, or another value would be shown instead.
    """
    if rule.transform.merge is not None:
        yield from _merged(rule, rule.transform.merge, entry, after=after)
        return
    present = entry.values(rule.attribute)
    replaced = _replaced(rule, entry, after)
    if rule.transform.mark is not None:
        # Values say themselves which one is the primary, so none is as good as another form of it.
        yield from _one_by_one(rule, present, (*after, *(v for v in present if v not in replaced)))
        return
    known = {_canonical(rule, raw): raw for raw in reversed(replaced)}
    wanted = distinct(
        rule, (*(known.get(value, value) for value in after), *(v for v in present if v not in replaced))
    )
    if wanted == present:
        return
    # The first value is the primary one, so another first value is another order. Values of attributes without an
    # equality rule cannot be deleted one by one.
    if rule.matching == "none" or wanted[:1] != present[:1] or same_values(wanted, present):
        yield Change("replace", rule.attribute, wanted)
        return
    yield from _one_by_one(rule, present, wanted)


def _one_by_one(rule: Rule, present: Values, wanted: Values) -> Iterator[Change]:
    removed = tuple(value for value in present if value not in wanted)
    added = tuple(value for value in wanted if value not in present)
    if removed:
        yield Change("delete", rule.attribute, removed)
    if added:
        yield Change("add", rule.attribute, added)


def _merged(
    rule: Rule, merge: Callable[[bytes, bytes], bytes], entry: Entry, *, after: Values
) -> Iterator[Change]:
    """Change a part of a value; where SCIM says nothing of it, it stays."""
    present = _readable_first(rule, entry)
    wanted = tuple(merge(present, value) if present is not None else value for value in after)
    if wanted and wanted != entry.values(rule.attribute):
        yield Change("replace", rule.attribute, wanted)


def _readable_first(rule: Rule, entry: Entry) -> bytes | None:
    return next(iter(readable(rule, entry)), None)


def _replaced(rule: Rule, entry: Entry, after: Values) -> list[bytes]:
    if not rule.reads:
        return list(entry.values(rule.attribute))
    return shown(rule, entry) if after else readable(rule, entry)


def _canonical(rule: Rule, raw: bytes) -> bytes:
    try:
        return rule.transform.to_directory(rule.transform.to_scim(raw))
    except ValueError:
        return raw


def reference_changes(rule: ReferenceRule, entry: Entry, *, before: Image, after: Image) -> Iterator[Change]:
    """Change references one by one, by what the two images differ in."""
    old, new = before.attributes.get(rule.attribute, ()), after.attributes.get(rule.attribute, ())
    removed = tuple(value for value in old if value not in new)
    added = tuple(value for value in new if value not in old)
    present = entry.values(rule.attribute)
    if rule.placeholder is not None and removed and not added and len(present) == len(removed):
        added = (str(rule.placeholder).encode(),)
    # Added first, so that the attribute is never empty where its object class demands a value.
    if added:
        yield Change("add", rule.attribute, added)
    if removed:
        yield Change("delete", rule.attribute, removed)
