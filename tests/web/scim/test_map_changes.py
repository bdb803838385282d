"""A map may change at any time: whoever is being served is served by one revision of it to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import pytest

from app.provisioning.routing import Router
from app.provisioning.target import Target
from app.store.document import Document
from app.store.loading import parse
from app.web.current import EXTENSION
from tests.web.scim.bridge import BULK, Bridge, read

pytestmark = pytest.mark.directory
MAP = """
kind: SchemaMap
name: openldap-user
resource_type: User
entry: {object_classes: [inetOrgPerson], scope: (objectClass=inetOrgPerson), rdn: uid, parent: ou=People}
attributes:
  userName: uid
  name.familyName: {attribute: sn, default: x}
  name.formatted: {attribute: cn, default: x}
  title: ATTRIBUTE
"""
ATTRIBUTES = ("title", "roomNumber")


def revision(attribute: str) -> list[Document]:
    """Write a revision of the map, by which titles are kept in one attribute."""
    return list(parse(MAP.replace("ATTRIBUTE", attribute), file="map.yaml").documents)


@dataclass(frozen=True)
class Changing:
    """A router that has the map changed whenever it is asked where something goes."""

    inner: Router
    change: Callable[[], object]

    def pinned(self) -> Changing:
        """Pin what it asks."""
        return Changing(self.inner.pinned(), self.change)

    def target(self, *args: Any, **others: Any) -> Target:
        """Answer, and change the map."""
        target = self.inner.target(*args, **others)
        self.change()
        return target


@pytest.fixture
def attentive(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bridge]:
    """Have changes of the map taken up at once, and the shipped map in force again in the end."""
    monkeypatch.setattr("app.provisioning.configuration.CHECK_SECONDS", 0.0)
    before = [bridge.services.documents.get("SchemaMap", "openldap-user")]
    yield bridge
    bridge.services.documents.apply(before, author="test")
    bridge.services.configurations.current()


@pytest.fixture
def changing(attentive: Bridge, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Change the map with every operation; list the changes."""
    services, changes, made = attentive.services, cycle(ATTRIBUTES), list[str]()

    def change() -> None:
        made.append(next(changes))
        services.documents.apply(revision(made[-1]), author="test")

    change()
    router: Any = Changing(services.router, change)
    monkeypatch.setitem(attentive.app.extensions, EXTENSION, replace(services, router=router))
    return made


def holding(bridge: Bridge, attribute: str) -> int:
    """Count the users that have something in an attribute."""
    return bridge.directory.export(search_filter=f"(&(uid=*)({attribute}=*))").count("dn: uid=")


def test_bulk_is_served_by_one_revision(bridge: Bridge, changing: list[str]) -> None:
    """All operations of a bulk request are carried out by the same map, however often it changes meanwhile."""
    operations = [
        {
            "method": "POST",
            "path": "/Users",
            "bulkId": f"b{n}",
            "data": {"userName": f"u{n}", "title": "Chief"},
        }
        for n in range(4)
    ]

    answer = bridge.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})

    assert {each["status"] for each in read(answer)["Operations"]} == {"201"}
    assert len(changing) == 5
    assert [holding(bridge, attribute) for attribute in ATTRIBUTES] == [4, 0]


def test_next_request_is_served_by_the_next(attentive: Bridge) -> None:
    """Whoever comes after a change is served by it."""
    for number, attribute in enumerate(ATTRIBUTES):
        attentive.services.documents.apply(revision(attribute), author="test")
        attentive.user(f"u{number}", title="Chief")

        assert holding(attentive, attribute) == 1
