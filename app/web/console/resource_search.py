"""What to look for among users or groups, from the page's search fields, and the pages of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.provisioning.target import Query
from app.scim.filters.nodes import And, Comparison, Filter, Or
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.path import parse_path
from app.scim.schema import ResourceType
from app.web.console.filter_builder import read_rows
from app.web.console.forms import Form

COUNTS = (25, 50, 100)
SEARCHED = {
    "User": ("userName", "displayName", "name.givenName", "name.familyName", "emails.value"),
    "Group": ("displayName",),
}


@dataclass(frozen=True, slots=True)
class Pages:
    """Where in the list a page stands. ``start`` counts from 1; None where there is no such page."""

    start: int
    count: int
    shown: int
    total: int

    @property
    def last(self) -> int:
        """Return the number of the last one shown."""
        return self.start + self.shown - 1

    @property
    def previous(self) -> int | None:
        """Return where the page before starts."""
        return max(1, self.start - self.count) if self.start > 1 else None

    @property
    def next(self) -> int | None:
        """Return where the page after starts."""
        return self.last + 1 if self.shown and self.last < self.total else None


def query_of(form: Form, resource_type: ResourceType) -> Query:
    """Read what is looked for. Raises InvalidFilter."""
    built = read_rows(form).condition(resource_type)
    conditions = [
        *_contains(form.text("q"), SEARCHED[resource_type.name]),
        *_filter(form.text("filter")),
        *([built] if built else []),
    ]
    return Query(
        filter=resolve(And(tuple(conditions)), resource_type) if conditions else None,
        start_index=start_of(form),
        count=count_of(form),
    )


def start_of(form: Form) -> int:
    """Return which one a page begins with, counted from 1."""
    return _number(form.text("start"), default=1)


def count_of(form: Form) -> int:
    """Return how many a page has."""
    wanted = _number(form.text("count"), default=COUNTS[0])
    return wanted if wanted in COUNTS else COUNTS[0]


def _contains(text: str, places: Sequence[str]) -> list[Filter]:
    if not text:
        return []
    return [Or(tuple(Comparison(parse_path(place), "co", text) for place in places))]


def _filter(text: str) -> list[Filter]:
    return [parse(text)] if text else []


def _number(text: str, *, default: int) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else default  # noqa: PLR2004
