"""The mass-change guard as documents say it, met over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete

from app.store.tables import ChangeCountRow
from tests.web.scim.bridge import BULK, Bridge, problem, read


@pytest.fixture
def guarded(bridge: Bridge) -> Iterator[Bridge]:
    """Limit what the demo's domain and application may do, for a test, whatever others have done."""
    with bridge.services.database.session() as session:
        session.execute(delete(ChangeCountRow))
    documents = bridge.services.documents
    before = [documents.get("Domain", "PRIMARY"), documents.get("Application", "demo")]
    added: list[Mapping[str, Any]] = [
        {
            "guard": {"answer": 429, "window_minutes": 1, "deletes": {"per_window": 3}},
            "protected": {"filter": "(title=Chief)"},
        },
        {"guard": {"deletes": {"per_request": 1}}},
    ]
    documents.apply(
        [
            replace(each, body={**each.body, **keys}, source="")
            for each, keys in zip(before, added, strict=True)
        ],
        author="test",
    )
    bridge.services.configurations._checked = float("-inf")  # noqa: SLF001 - the next request looks again
    yield bridge
    documents.apply(before, author="test")
    bridge.services.configurations._checked = float("-inf")  # noqa: SLF001 - the same


def test_a_bulk_request_is_one_request(guarded: Bridge) -> None:
    """What is too much in it is refused by itself; the rest is done."""
    ids = [guarded.user(f"user{number}")["id"] for number in range(2)]
    operations = [{"method": "DELETE", "path": f"/Users/{each}"} for each in ids]

    answer = read(guarded.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}))

    assert [each["status"] for each in answer["Operations"]] == ["204", "403"]
    assert guarded.found("/Users") == ["user1"]


def test_a_change_that_is_held_goes_through_when_it_is_approved(guarded: Bridge) -> None:
    """The client is told when to come again; what it sends then is done, and recorded."""
    ids = [guarded.user(f"user{number}")["id"] for number in range(4)]
    for each in ids[:3]:
        guarded.send("DELETE", f"/Users/{each}")
    refused = guarded.send("DELETE", f"/Users/{ids[-1]}")
    assert problem(refused) == (429, None)
    assert refused.headers["Retry-After"] == "900"
    held = next(each for each in guarded.services.held_changes.list() if each.resource_id == ids[-1])

    guarded.services.held_changes.decide(held.id, approve=True, by="olga")

    assert guarded.send("DELETE", f"/Users/{ids[-1]}").status_code == 204
    assert guarded.send("DELETE", f"/Users/{ids[-1]}").status_code == 404


def test_a_protected_entry_is_refused(guarded: Bridge) -> None:
    """Also for itself at any endpoint that changes."""
    chief = guarded.user("chief", title="Chief")

    assert problem(guarded.send("DELETE", f"/Users/{chief['id']}")) == (403, None)
    assert problem(guarded.patch(f"/Users/{chief['id']}", {"op": "remove", "path": "title"})) == (403, None)
    assert guarded.get(f"/Users/{chief['id']}").status_code == 200


@pytest.mark.parametrize(
    ("kind", "key", "value", "words"),
    [
        ("Domain", "guard", {"answer": 500}, "guard.answer"),
        ("Domain", "guard", {"deletes": {"percent": 101}}, "guard.deletes.percent"),
        ("Domain", "guard", {"window_minutes": 0}, "guard.window_minutes"),
        ("Domain", "protected", {"filter": "(a"}, "protected.filter"),
        ("Domain", "protected", {"entries": ["nobody"]}, "protected.entries"),
        ("Domain", "protected", {"below": [1]}, "protected.below"),
        ("Application", "guard", {"creates": {}}, "guard.creates"),
    ],
)
def test_mistakes(shared_bridge: Bridge, kind: str, key: str, value: object, words: str) -> None:
    """A guard that is said wrongly is refused with its key."""
    documents = shared_bridge.services.documents
    [document] = [each for each in documents.list(kind) if each.name in {"PRIMARY", "demo"}]

    problems = documents.problems([replace(document, body={**document.body, key: value})])

    assert words in " ".join(map(str, problems))
