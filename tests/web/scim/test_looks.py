"""A read looks once whether anything has changed in the store, whatever it goes by: tokens, documents, externalIds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.store.witness import _View
from tests.web.scim.bridge import Bridge

pytestmark = pytest.mark.directory


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[_View]:
    """Note each look at the store."""
    noted: list[_View] = []
    look = _View.numbers

    def numbers(view: _View) -> Mapping[str, int | None]:
        noted.append(view)
        return look(view)

    monkeypatch.setattr(_View, "numbers", numbers)
    return noted


@pytest.mark.parametrize("query", ["/{id}", "", '?filter=userName eq "ada"'])
def test_a_read(bridge: Bridge, looks: list[_View], query: str) -> None:
    """One look is enough for one and for many."""
    ada = bridge.create(userName="ada", name={"familyName": "Lovelace"})
    looks.clear()

    assert bridge.get(f"/Users{query.format(id=ada['id'])}").status_code == 200

    assert len(looks) == 1


def test_what_was_written_before(bridge: Bridge) -> None:
    """The first externalId of all is there for the read that comes after it."""
    ada = bridge.create(userName="ada", name={"familyName": "Lovelace"})
    assert "externalId" not in bridge.get(f"/Users/{ada['id']}").get_json()

    bridge.create(userName="bob", name={"familyName": "Noyce"}, externalId="1")

    found = bridge.get('/Users?filter=userName eq "bob"').get_json()["Resources"]
    assert [each["externalId"] for each in found] == ["1"]
