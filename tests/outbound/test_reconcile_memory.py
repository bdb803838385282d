"""A reconciliation holds a page of each side in memory, however much the sides have."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from app.outbound.document import read_rules
from app.outbound.legs import Leg, RemoteLeg
from app.outbound.linked import WALK_PAGE, Linked, Place
from app.outbound.outbox import Outbox
from app.outbound.reconcile import PAGE, Finding, Reconciliation
from app.outbound.serving import Serving
from app.outbound.sink_leg import SinkLeg
from app.outbound.sources import Source
from app.provisioning.target import Page, Query, Target, Wants, everything
from app.scim.resource import Resource
from app.store.database import Database
from app.store.document import Document
from app.store.links import Link, Links
from tests.provisioning.conftest import RESOURCE_TYPES

USER = RESOURCE_TYPES["User"]
DOCUMENT = Document("Connector", "crm", {"type": "scim2", "resource_types": ["User"], "settings": {}})
RULES = read_rules(DOCUMENT, RESOURCE_TYPES)


def held() -> int:
    """Count the resources that somebody holds."""
    return sum(isinstance(each, Resource) for each in gc.get_objects())


@dataclass
class Crowd:
    """A target with as many users as one likes, made when they are asked for; it remembers how many were held."""

    size: int
    prefix: str
    title: Callable[[int], str] = lambda _number: "Boss"
    most: int = 0

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        """Give a page, by index or by cursor."""
        del wants
        start = int(query.cursor or 0) if query.cursor is not None else query.start_index - 1
        numbers = range(start, min(start + query.count, self.size))
        resources = [self._user(number) for number in numbers]
        end = start + len(resources)
        self.most = max(self.most, held())
        following = str(end) if query.cursor is not None and end < self.size else None
        return Page(resources, self.size, next_cursor=following)

    def _user(self, number: int) -> Resource:
        attributes = {"id": self.id(number), "userName": f"user{number}", "title": self.title(number)}
        return Resource(USER, {**attributes, "active": True})

    def id(self, number: int) -> str:
        """Name a user."""
        return str(UUID(int=number)) if self.prefix == "ours" else f"{self.prefix}-{number}"


@dataclass(frozen=True)
class OneLeg:
    """The way to the one connector there is."""

    connectors: Any
    links: Links
    way: Leg

    def leg(self, *_: object, **__: object) -> Leg:
        """Return it."""
        return self.way


class Known:
    """The rules of the one connector there is."""

    def rules(self, _name: str) -> Any:
        """Return them."""
        return RULES


@pytest.fixture
def links(tmp_path: Path) -> Iterator[Links]:
    """Make an empty table of links."""
    database = Database(f"sqlite:///{tmp_path}/store.db")
    database.migrate()
    yield Links(database, new_id=lambda: "new")
    database.dispose()


def reconciliation(way: Leg, links: Links, ours: Crowd) -> Reconciliation:
    """Hold the one connector against a crowd."""
    legs = cast("Any", OneLeg(Known(), links, way))
    source = Source(cast("Target", ours), USER)
    return Reconciliation(
        legs,
        cast("Outbox", None),
        find_source=lambda *_: source,
        find_serving=lambda _rules: Serving(),
        request_id=lambda: "request",
    )


def kinds(found: Sequence[Finding]) -> dict[str, int]:
    """Count findings."""
    return {
        kind: sum(each.kind == kind for each in found)
        for kind in ("missing", "different", "extra", "foreign")
    }


@pytest.mark.parametrize("size", [3 * PAGE, 15 * PAGE])
def test_a_system_that_shows_what_it_has(links: Links, size: int) -> None:
    """With five times as many no more are held at once, and all that differs is found."""
    ours = Crowd(size, "ours", title=lambda number: "Chief" if number % 100 == 0 else "Boss")
    theirs = Crowd(size + 10, "theirs")
    way = RemoteLeg(RULES, USER, Linked(Place(RULES, cast("Target", theirs), links), USER), links)
    for number in range(0, size, 2):
        links.put(Link("crm", "User", ours.id(number), theirs.id(number)))
    before = held()

    counted = kinds([*reconciliation(way, links, ours).report("crm", "PRIMARY")])

    assert counted == {"missing": 0, "different": size // 2 + size // 100, "extra": 0, "foreign": 10}
    assert max(ours.most, theirs.most) - before <= 2 * (PAGE + WALK_PAGE)


def test_a_system_that_shows_nothing(links: Links) -> None:
    """What it is known to have been told is put aside as well."""
    ours = Crowd(4 * PAGE, "ours")
    for number in range(PAGE, 5 * PAGE):
        links.put(Link("crm", "User", ours.id(number), f"theirs-{number}"))
    way = SinkLeg(RULES, USER, cast("Any", None), links)
    before = held()

    found = [*reconciliation(way, links, ours).report("crm", "PRIMARY")]

    assert kinds(found) == {"missing": PAGE, "different": 0, "extra": PAGE, "foreign": 0}
    assert ours.most - before <= 2 * PAGE
